import Int8Kernels
import Quant

/// A convolution's numbers before they are rounded, in Double: the input's scales are absorbed, so that its inputs are whole
/// numbers q − z (Docs/numerics.md, "Convolution").
struct ScaledConvolution: Sendable {
  let convolution: Convolution
  /// `w[o, …, c] · s[c]`, OHWI.
  let weights: [Double]
  /// One an output channel, in real units, with whatever the input's representation adds to it.
  let bias: [Double]
  /// What an output's weight scale must not be below: the bias is an Int32, a multiplier at most 2⁴⁰.
  private let leastScales: [Double]

  /// - Parameters:
  ///   - weights: OHWI, Float.
  ///   - inputScales: one an input channel.
  ///   - outputScales: of the result, or nil where it is a q16 strip.
  init(
    _ convolution: Convolution, weights: [Float], bias: [Double], inputScales: [Float], outputScales: [Float]?
  ) {
    self.convolution = convolution
    self.weights = Self.absorb(inputScales, into: weights, convolution)
    self.bias = bias
    leastScales = bias.indices.map { output in
      max(abs(bias[output]) * 0x1p-28, 0x1p-90, outputScales.map { 0x1p-40 * Double($0[output]) } ?? 0)
    }
  }

  var products: Int { convolution.products }

  func row(_ output: Int) -> ArraySlice<Double> { rows(output..<output + 1) }

  func rows(_ outputs: Range<Int>) -> ArraySlice<Double> {
    weights[outputs.lowerBound * products..<outputs.upperBound * products]
  }

  /// The first input channel of the group that `output` belongs to.
  func firstInput(of output: Int) -> Int { convolution.firstInput(of: output) }

  /// The scale at which the output's largest weight is 127.
  private func scale(of output: Int) -> Float {
    let largest = row(output).reduce(0) { max($0, abs($1)) }
    return Float(max(largest / 127, leastScales[output]))
  }

  /// Every weight rounded by itself.
  func nearest() -> RoundedWeights {
    var result = RoundedWeights(elements: [], scales: [])
    result.elements.reserveCapacity(weights.count)
    for output in 0..<convolution.outputChannels {
      let scale = scale(of: output)
      result.elements.append(contentsOf: row(output).map { Self.rounded($0 / Double(scale)) })
      result.scales.append(scale)
    }
    return result
  }

  /// - Parameter shifts: what is taken from each output's bias, in real units.
  /// - Throws: `InputError` when a channel's sum could leave Int32.
  func int8(_ rounded: RoundedWeights, shifts: [Double]?) throws -> Int8Convolution {
    var biases: [Int32] = []
    for output in 0..<convolution.outputChannels {
      let bias = (bias[output] - (shifts?[output] ?? 0)) / Double(rounded.scales[output])
      let quantized = bias.rounded(.toNearestOrEven)
      let sum = rounded.elements[output * products..<(output + 1) * products].reduce(0) { $0 + abs(Int($1)) }
      guard abs(quantized) + 255 * Double(sum) < 0x1p31 else {
        throw InputError(
          .unsupported, "", "the sum of \(products) products of channel \(output) may leave Int32")
      }
      biases.append(Int32(quantized))
    }
    return Int8Convolution(
      weights: Int8Weights(rounded.elements), bias: biases, weightScales: rounded.scales)
  }

  private static func absorb(_ scales: [Float], into weights: [Float], _ convolution: Convolution) -> [Double]
  {
    let channels = convolution.inputChannelsPerGroup
    var result: [Double] = []
    result.reserveCapacity(weights.count)
    for output in 0..<convolution.outputChannels {
      let first = convolution.firstInput(of: output)
      let start = output * convolution.products
      for index in 0..<convolution.products {
        result.append(Double(weights[start + index]) * Double(scales[first + index % channels]))
      }
    }
    return result
  }

  static func rounded(_ value: Double) -> Int8 {
    Int8(min(max(value.rounded(.toNearestOrEven), -127), 127))
  }
}

/// Weights as a model file has them: OHWI elements −127…127 and a scale an output channel.
struct RoundedWeights: Sendable {
  var elements: [Int8]
  var scales: [Float]
}

extension Convolution {
  /// The first input channel of the group that `output` belongs to.
  func firstInput(of output: Int) -> Int { output / (outputChannels / groups) * inputChannelsPerGroup }
}
