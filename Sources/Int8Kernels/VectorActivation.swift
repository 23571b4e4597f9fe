import CInt8Kernels

/// eˣ as numerics.md "Exponential" defines it: the same bits everywhere, within 2⁻²¹ of the true value, x
/// clamped to [−87, 88].
package func exponential(_ x: Float) -> Float { i8k_exponential(x) }

/// An element-wise function on Float vectors, every operation rounded once in the order written.
package enum VectorActivation: Hashable, Sendable {
  case identity
  case relu
  case relu6
  case leakyRelu(slope: Float)
  /// One slope an element.
  case prelu(slopes: [Float])
  case silu
  case hardSwish
  /// By the normal distribution function's approximation of `normal(_:)`.
  case gelu
  case sigmoid
  case hardSigmoid
  case tanh

  package func callAsFunction(_ x: Float, at index: Int) -> Float {
    switch self {
    case .identity: x
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .leakyRelu(let slope): x < 0 ? x * slope : x
    case .prelu(let slopes): x < 0 ? x * slopes[index] : x
    case .silu: x * sigmoid(x)
    case .hardSwish: x * hardSigmoid(x)
    case .gelu: x * normal(x)
    case .sigmoid: sigmoid(x)
    case .hardSigmoid: hardSigmoid(x)
    case .tanh: hyperbolicTangent(x)
    }
  }

  /// Applies the function to `count` elements, of which the first has index `start`; `output` may be `input`.
  ///
  /// - Parameter sigmoid: the kernel for sigmoid and SiLU.
  func apply(
    _ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, count: Int, from start: Int,
    sigmoid: MicroKernel
  ) {
    switch self {
    case .sigmoid, .silu:
      var arguments = i8k_sigmoid_arguments(
        input: input, output: output, count: count, timesInput: self == .silu)
      sigmoid.entry.pointee.run.sigmoid(&arguments)
    default:
      for index in 0..<count { output[index] = self(input[index], at: start + index) }
    }
  }

  /// 1 / (1 + e⁻ˣ)
  private func sigmoid(_ x: Float) -> Float { 1 / (1 + exponential(-x)) }

  /// 1 − 2 / (e^(2|x|) + 1) with the sign of x: within 2⁻²³ in absolute terms.
  private func hyperbolicTangent(_ x: Float) -> Float {
    let value = 1 - 2 / (exponential(2 * abs(x)) + 1)
    return x < 0 ? -value : value
  }

  private func hardSigmoid(_ x: Float) -> Float { min(max(x + 3, 0), 6) / 6 }

  /// Φ(x) = ½·(1 + erf(x / √2)), erf by Abramowitz and Stegun 7.1.26: within 1.5e-7 in exact arithmetic.
  private func normal(_ x: Float) -> Float {
    let z = abs(x) * 0.70710678
    let t = 1 / (1 + 0.3275911 * z)
    let polynomial =
      ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    let half = 0.5 * (polynomial * exponential(-(z * z)))
    return x < 0 ? half : 1 - half
  }
}
