import Quant

/// Symmetric Int8 weights with one scale an output channel, the input's scales absorbed (Docs/numerics.md, "Convolution").
enum WeightQuantizer {
  /// - Parameters:
  ///   - weights: OHWI, Float.
  ///   - bias: one an output channel, in real units, with whatever the input's representation adds to it.
  ///   - inputScales: one an input channel.
  ///   - inputMeans: of the float input, one an input channel, or nil where they are not known.
  ///   - outputScales: of the result, or nil where it is a q16 strip.
  ///
  /// Where the means are known, the bias takes up what rounding the weights adds to the mean of the sum: ReLU and its kin
  /// leave inputs far from zero on average, so that the rounding errors of a channel's weights do not cancel.
  /// - Throws: `InputError` when a channel's sum could leave Int32 or a multiplier its range.
  static func quantize(
    _ convolution: Convolution, weights: [Float], bias: [Double], inputScales: [Float],
    inputMeans: [Float]? = nil, outputScales: [Float]?
  ) throws -> Int8Convolution {
    let products = convolution.products
    var result = Int8Convolution(weights: [], bias: [], weightScales: [])
    result.weights.reserveCapacity(weights.count)
    for output in 0..<convolution.outputChannels {
      let scaled = scaledWeights(of: output, convolution, weights: weights, inputScales: inputScales)
      var scale = largestMagnitude(scaled) / 127
      scale = max(scale, abs(bias[output]) * 0x1p-28, 0x1p-90)
      if let outputScales { scale = max(scale, 0x1p-40 * Double(outputScales[output])) }
      let stored = Float(scale)
      let quantized = scaled.map { rounded($0 / Double(stored)) }
      let shift = inputMeans.map {
        meanShift(
          of: output, convolution, exact: scaled, quantized: quantized, scale: Double(stored),
          scales: inputScales, means: $0)
      }
      let quantizedBias = ((bias[output] - (shift ?? 0)) / Double(stored)).rounded(.toNearestOrEven)
      let sum = quantized.reduce(0) { $0 + abs(Int($1)) }
      guard abs(quantizedBias) + 255 * Double(sum) < 0x1p31 else {
        throw InputError(
          .unsupported, "", "the sum of \(products) products of channel \(output) may leave Int32")
      }
      result.weights.append(contentsOf: quantized)
      result.bias.append(Int32(quantizedBias))
      result.weightScales.append(stored)
    }
    return result
  }

  /// The mean of `Σ (quantized weight − weight) · input`.
  private static func meanShift(
    of output: Int, _ convolution: Convolution, exact: [Double], quantized: [Int8], scale: Double,
    scales: [Float],
    means: [Float]
  ) -> Double {
    let channels = convolution.inputChannelsPerGroup
    let first = output / (convolution.outputChannels / convolution.groups) * channels
    var shift = 0.0
    for index in exact.indices {
      let channel = first + index % channels
      shift +=
        (Double(quantized[index]) * scale - exact[index]) * (Double(means[channel]) / Double(scales[channel]))
    }
    return shift
  }

  /// What the quantized weights stand for, per unit of the *quantized* input: `qW · sW`, OHWI.
  ///
  /// As `quantize`, without a bias; for judging ranges.
  static func roundTrip(_ convolution: Convolution, weights: [Float], inputScales: [Float]) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(weights.count)
    for output in 0..<convolution.outputChannels {
      let scaled = scaledWeights(of: output, convolution, weights: weights, inputScales: inputScales)
      let scale = Double(Float(max(largestMagnitude(scaled) / 127, 0x1p-90)))
      for weight in scaled { result.append(Float(Double(rounded(weight / scale)) * scale)) }
    }
    return result
  }

  /// A dense layer's weights: one scale an output.
  static func quantize(_ dense: Dense, weights: [Float], bias: [Float]) -> Int8Dense {
    var result = Int8Dense(
      weights: [], weightScales: [], bias: bias.isEmpty ? .init(repeating: 0, count: dense.outputs) : bias)
    result.weights.reserveCapacity(weights.count)
    for output in 0..<dense.outputs {
      let row = weights[output * dense.inputs..<(output + 1) * dense.inputs].map(Double.init)
      let scale = Float(max(largestMagnitude(row) / 127, 0x1p-90))
      result.weights.append(contentsOf: row.map { rounded($0 / Double(scale)) })
      result.weightScales.append(scale)
    }
    return result
  }

  /// `w[o, …, c] · s[c]` of output channel o, in Double.
  private static func scaledWeights(
    of output: Int, _ convolution: Convolution, weights: [Float], inputScales: [Float]
  ) -> [Double] {
    let products = convolution.products
    let channels = convolution.inputChannelsPerGroup
    let group = output / (convolution.outputChannels / convolution.groups)
    let start = output * products
    return (0..<products).map { index in
      Double(weights[start + index]) * Double(inputScales[group * channels + index % channels])
    }
  }

  private static func largestMagnitude(_ values: [Double]) -> Double { values.reduce(0) { max($0, abs($1)) } }

  private static func rounded(_ value: Double) -> Int8 {
    Int8(min(max(value.rounded(.toNearestOrEven), -127), 127))
  }
}
