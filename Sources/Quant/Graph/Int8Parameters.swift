import Int8Kernels

/// What a node of a quantized graph carries besides its attributes.
///
/// Multipliers are not stored: they follow from the weights' scales and the scales of the node's input and output, by one
/// Double division each (`LayerFactory`). So a model file cannot contradict itself.
public enum Int8Parameters: Hashable, Sendable {
  case none
  case convolution(Int8Convolution)
  case dense(Int8Dense)
  /// A batch normalization of a vector that no dense layer takes up.
  case affine(Int8Affine)
  /// PReLU's on a vector, one slope an element.
  case slopes([Float])
}

extension Int8Parameters {
  /// The weights will hardly be read again.
  func giveBack() {
    switch self {
    case .convolution(let numbers): numbers.weights.giveBack()
    case .dense(let numbers): numbers.weights.giveBack()
    default: break
    }
  }
}

/// A convolution's numbers: `acc[o] = bias[o] + Σ (q − zIn[c]) · weights[o, …, c]`, worth `weightScales[o]` a unit.
///
/// The input's scales are absorbed: `weights[o, …, c] · weightScales[o]` stands for `w[o, …, c] · sIn[c]`.
public struct Int8Convolution: Hashable, Sendable {
  /// OHWI, −127…127.
  public var weights: Int8Weights
  public var bias: [Int32]
  public var weightScales: [Float]
  /// LeakyReLU's and PReLU's slopes, one an output channel.
  public var negativeSlopes: [Float]?
  /// For activations that are tables over the q16 strip.
  public var activation: Int8Activation?

  public init(
    weights: Int8Weights, bias: [Int32], weightScales: [Float], negativeSlopes: [Float]? = nil,
    activation: Int8Activation? = nil
  ) {
    self.weights = weights
    self.bias = bias
    self.weightScales = weightScales
    self.negativeSlopes = negativeSlopes
    self.activation = activation
  }
}

/// The q16 strip's scale 2^−k and the gain M of each channel, and the function's table (Docs/numerics.md).
public struct Int8Activation: Hashable, Sendable {
  public var shifts: [UInt8]
  public var gains: [Int16]
  package var table: ActivationTable

  package init(shifts: [UInt8], gains: [Int16], table: ActivationTable) {
    self.shifts = shifts
    self.gains = gains
    self.table = table
  }
}

/// A dense layer on Float vectors: `acc = Σ x[i] · weights[o, i]`, then `acc · weightScales[o] + bias[o]`.
public struct Int8Dense: Hashable, Sendable {
  /// `[output][input]`, −127…127.
  public var weights: Int8Weights
  public var weightScales: [Float]
  public var bias: [Float]
  /// PReLU's slopes, one an output.
  public var negativeSlopes: [Float]?

  public init(weights: Int8Weights, weightScales: [Float], bias: [Float], negativeSlopes: [Float]? = nil) {
    self.weights = weights
    self.weightScales = weightScales
    self.bias = bias
    self.negativeSlopes = negativeSlopes
  }
}

/// `y[i] = x[i] · factor[i] + offset[i]` of a Float vector.
public struct Int8Affine: Hashable, Sendable {
  public var factor: [Float]
  public var offset: [Float]

  public init(factor: [Float], offset: [Float]) {
    self.factor = factor
    self.offset = offset
  }
}

public typealias Int8Graph = Graph<Int8Parameters>

/// What a node of a graph carries where only its attributes matter.
public struct NoParameters: Hashable, Sendable {
  public init() {}
}
