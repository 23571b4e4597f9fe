/// An element-wise function that follows a convolution, a dense layer or an addition.
public enum Activation: Hashable, Sendable {
  case identity
  /// max(x, 0)
  case relu
  /// min(max(x, 0), 6)
  case relu6
  /// x for x ≥ 0, slope · x otherwise.
  case leakyRelu(slope: Float)
  /// As `leakyRelu` with one slope a channel, held in the node's parameters.
  case prelu
  /// x · σ(x), also called swish
  case silu
  /// x · min(max(x + 3, 0), 6) / 6
  case hardSwish
  /// x · Φ(x), Φ the normal distribution function
  case gelu
  /// 1 / (1 + e⁻ˣ)
  case sigmoid
  /// min(max(x + 3, 0), 6) / 6
  case hardSigmoid
  case tanh
}

extension Activation {
  /// Whether the quantized form is a clamp of the requantized value (the q8 epilogue of Docs/numerics.md).
  public var isClamp: Bool {
    switch self {
    case .identity, .relu, .relu6: true
    default: false
    }
  }

  /// Whether the quantized form is a q8 epilogue whose multiplier depends on the accumulator's sign.
  public var isLeaky: Bool {
    switch self {
    case .leakyRelu, .prelu: true
    default: false
    }
  }

  /// Whether the quantized form is a table over the q16 strip (Docs/numerics.md, "Activations on maps").
  public var isTable: Bool { !isClamp && !isLeaky }

  /// The interval that the function's results lie in.
  public var bounds: ClosedRange<Float> {
    switch self {
    case .identity, .leakyRelu, .prelu: -.infinity ... .infinity
    case .relu: 0 ... .infinity
    case .relu6: 0...6
    case .silu: -0.27846456 ... .infinity
    case .hardSwish: -0.375 ... .infinity
    case .gelu: -0.16997121 ... .infinity
    case .sigmoid, .hardSigmoid: 0...1
    case .tanh: -1...1
    }
  }
}
