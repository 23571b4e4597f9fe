import Calibrate
import Quant
import TestSupport

/// The layers of the float reference written a second time, plainly, from Docs/numerics.md.
enum FloatReference {
  /// Sum from 0 in (kh, kw, c) order, one fused multiply-add a step, padding as zeros; then bias, residual, activation.
  static func convolution(
    _ convolution: Convolution, _ parameters: FloatParameters, _ input: [Float], shape: Shape,
    residual: [Float]? = nil
  ) throws -> [Float] {
    let output = try Operation.convolution(convolution).resultShape(
      of: residual == nil ? [shape] : [shape, outputShape(convolution, shape)])
    var result: [Float] = []
    for y in 0..<output.height {
      for x in 0..<output.width {
        for o in 0..<output.channels {
          var sum: Float = 0
          forEachTerm(convolution, output: (y, x, o), shape) { index, weight in
            sum = sum.addingProduct(index.map { input[$0] } ?? 0, parameters.weights[weight])
          }
          if !parameters.bias.isEmpty { sum += parameters.bias[o] }
          if let residual { sum += residual[result.count] }
          let slope = parameters.slopes.isEmpty ? 0 : parameters.slopes[o]
          result.append(activated(sum, convolution.activation, slope: slope))
        }
      }
    }
    return result
  }

  /// The sums in Double, and the sums of magnitudes that bound their rounding errors; no bias, no activation.
  static func doubleSums(
    _ convolution: Convolution, _ parameters: FloatParameters, _ input: [Float], shape: Shape
  ) throws -> [(sum: Double, magnitude: Double)] {
    let output = try outputShape(convolution, shape)
    var result: [(Double, Double)] = []
    for y in 0..<output.height {
      for x in 0..<output.width {
        for o in 0..<output.channels {
          var sum = 0.0
          var magnitude = 0.0
          forEachTerm(convolution, output: (y, x, o), shape) { index, weight in
            let product = Double(index.map { input[$0] } ?? 0) * Double(parameters.weights[weight])
            sum += product
            magnitude += product.magnitude
          }
          result.append((sum, magnitude))
        }
      }
    }
    return result
  }

  static func outputShape(_ convolution: Convolution, _ shape: Shape) throws -> Shape {
    var plain = convolution
    plain.hasResidual = false
    return try Operation.convolution(plain).resultShape(of: [shape])
  }

  /// Calls `body` for every term of one output in order, with the input's index (nil in padding) and the weight's.
  private static func forEachTerm(
    _ convolution: Convolution, output: (y: Int, x: Int, channel: Int), _ shape: Shape,
    _ body: (Int?, Int) -> Void
  ) {
    let perGroup = convolution.inputChannelsPerGroup
    let group = output.channel / (convolution.outputChannels / convolution.groups)
    for kh in 0..<convolution.kernel.height {
      for kw in 0..<convolution.kernel.width {
        let y =
          output.y * convolution.stride.height + kh * convolution.dilation.height - convolution.padding.top
        let x =
          output.x * convolution.stride.width + kw * convolution.dilation.width - convolution.padding.left
        let isInside = y >= 0 && y < shape.height && x >= 0 && x < shape.width
        for c in 0..<perGroup {
          let index = (y * shape.width + x) * shape.channels + group * perGroup + c
          let weight =
            ((output.channel * convolution.kernel.height + kh) * convolution.kernel.width + kw) * perGroup + c
          body(isInside ? index : nil, weight)
        }
      }
    }
  }

  /// The activations that need no exponential.
  static func activated(_ x: Float, _ activation: Activation, slope: Float = 0) -> Float {
    func clamped(_ value: Float) -> Float { value < 0 ? 0 : value > 6 ? 6 : value }
    switch activation {
    case .relu: return x < 0 ? 0 : x
    case .relu6: return clamped(x)
    case .leakyRelu(let slope): return x < 0 ? slope * x : x
    case .prelu: return x < 0 ? slope * x : x
    case .hardSwish: return x * clamped(x + 3) / 6
    case .hardSigmoid: return clamped(x + 3) / 6
    default: return x
    }
  }
}

extension SeededGenerator {
  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in float(in: range) }
  }

  mutating func parameters(_ convolution: Convolution, hasBias: Bool = true) -> FloatParameters {
    FloatParameters(
      weights: floats(convolution.weightCount), bias: hasBias ? floats(convolution.outputChannels) : [],
      slopes: convolution.activation == .prelu ? floats(convolution.outputChannels, in: 0...1) : [])
  }
}

/// A layer of its own, as a graph's node.
func makeLayer(
  _ operation: Operation, _ parameters: FloatParameters, inputs: [Shape], kernels: FloatKernelSet
) throws -> FloatLayer {
  try FloatLayer(
    "layer", operation, parameters, inputShapes: inputs, outputShape: operation.resultShape(of: inputs),
    kernels: kernels)
}

extension [Float] {
  var bits: [UInt32] { map(\.bitPattern) }
}
