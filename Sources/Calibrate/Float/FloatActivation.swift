import CFloatKernels
import Quant

/// What is applied to a layer's sums: a clamp that the kernels do in registers, then perhaps a function over the result.
struct FloatActivation: Sendable {
  private enum Function: Sendable {
    case none
    case elementwise(fk_function, slope: Float)
    case slopes(FloatBuffer)
  }

  /// The clamp; infinite where there is none.
  let lower: Float
  let upper: Float
  private let function: Function

  /// `slopes` are PReLU's, one a channel.
  ///
  /// - Throws: `InputError` without a subject when there are not as many slopes as channels.
  init(_ activation: Activation, slopes: [Float], channels: Int) throws {
    switch activation {
    case .relu: (lower, upper, function) = (0, .infinity, .none)
    case .relu6: (lower, upper, function) = (0, 6, .none)
    case .prelu:
      guard slopes.count == channels else {
        throw InputError(.mismatch, "", "it has \(slopes.count) slopes for \(channels) channels")
      }
      (lower, upper, function) = (-.infinity, .infinity, .slopes(FloatBuffer(slopes)))
    default:
      let elementwise = FloatActivation.elementwise(activation)
      (lower, upper, function) = (-.infinity, .infinity, elementwise)
    }
  }

  private static func elementwise(_ activation: Activation) -> Function {
    switch activation {
    case .identity, .relu, .relu6, .prelu: .none
    case .leakyRelu(let slope): .elementwise(fk_leaky_relu, slope: slope)
    case .silu: .elementwise(fk_silu, slope: 0)
    case .hardSwish: .elementwise(fk_hard_swish, slope: 0)
    case .gelu: .elementwise(fk_gelu, slope: 0)
    case .sigmoid: .elementwise(fk_sigmoid, slope: 0)
    case .hardSigmoid: .elementwise(fk_hard_sigmoid, slope: 0)
    case .tanh: .elementwise(fk_tanh, slope: 0)
    }
  }

  var isClamp: Bool { if case .none = function { true } else { false } }

  /// The function in place over `rows` pixels of `channels`, `stride` elements apart, the first channel being
  /// `firstChannel`; the clamp is not applied.
  func applyFunction(
    _ kernels: FloatKernelSet, _ values: UnsafeMutablePointer<Float>, rows: Int, channels: Int, stride: Int,
    firstChannel: Int = 0
  ) {
    switch function {
    case .none: return
    case .elementwise(let function, let slope):
      var numbers = fk_activation(function: function, slope: slope, lower: 0, upper: 0)
      if channels == stride {
        kernels.pointer.pointee.activation(&numbers, values, values, rows * channels)
      } else {
        for row in 0..<rows {
          let pixel = values + row * stride
          kernels.pointer.pointee.activation(&numbers, pixel, pixel, channels)
        }
      }
    case .slopes(let slopes):
      for row in 0..<rows {
        let pixel = values + row * stride
        kernels.pointer.pointee.prelu(pixel, slopes.pointer + firstChannel, pixel, channels)
      }
    }
  }

  /// Clamp and function over whole pixels; output may be input.
  func apply(
    _ kernels: FloatKernelSet, from input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>,
    rows: Int,
    channels: Int
  ) {
    var clamp = fk_activation(function: fk_clamp, slope: 0, lower: lower, upper: upper)
    kernels.pointer.pointee.activation(&clamp, input, output, rows * channels)
    applyFunction(kernels, output, rows: rows, channels: channels, stride: channels)
  }
}
