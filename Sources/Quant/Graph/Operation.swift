/// What a node computes: its attributes, without weights.
///
/// One set of operations serves the importers, the float reference and the Int8 engine.
public enum Operation: Hashable, Sendable {
  /// map [, residual map] → map
  case convolution(Convolution)
  /// vector → vector
  case dense(Dense)
  /// map → map or vector → vector; y = (x − mean) / √(variance + epsilon) · gamma + beta, folded before quantization.
  case batchNormalization(epsilon: Float)
  /// map → map
  case maxPool(Pooling)
  /// map → map
  case averagePool(Pooling, countsPadding: Bool)
  /// map → vector
  case globalPool(GlobalPooling)
  /// map, map → map, or vector, vector → vector
  case add(Activation)
  /// map, vector → map: every channel times its gate
  case gate
  /// value → value of the same shape
  case activation(Activation)
  /// maps of one height and width → map, or vectors → vector
  case concatenate
  /// map → map, with zeros added
  case pad(Padding)
  /// map → vector, in NHWC order
  case flatten
  /// vector → vector
  case softmax
  /// vector → vector of length 1 (L2); a zero vector stays zero
  case normalize
}

/// Attributes of a two-dimensional convolution. Weights are OHWI: `[output][kernel.height][kernel.width][input / groups]`.
///
/// With a residual (the node's second input, of the output's shape): activation(convolution(x) + residual).
public struct Convolution: Hashable, Sendable {
  public var inputChannels: Int
  public var outputChannels: Int
  public var kernel: Size2D
  public var stride: Size2D
  public var dilation: Size2D
  public var padding: Padding
  public var groups: Int
  public var activation: Activation
  public var hasResidual: Bool

  public init(
    inputChannels: Int, outputChannels: Int, kernel: Size2D = Size2D(1), stride: Size2D = Size2D(1),
    dilation: Size2D = Size2D(1), padding: Padding = .none, groups: Int = 1,
    activation: Activation = .identity,
    hasResidual: Bool = false
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
    self.groups = groups
    self.activation = activation
    self.hasResidual = hasResidual
  }

  /// One input and one output channel a group.
  public var isDepthwise: Bool { groups > 1 && groups == inputChannels && groups == outputChannels }

  /// 1×1, stride 1, no padding, one group: a matrix product over the map's pixels.
  public var isPointwise: Bool {
    kernel == Size2D(1) && stride == Size2D(1) && padding == .none && groups == 1
  }

  public var inputChannelsPerGroup: Int { inputChannels / groups }

  /// Products in one output element.
  public var products: Int { kernel.height * kernel.width * inputChannelsPerGroup }

  public var weightCount: Int { outputChannels * products }
}

/// Attributes of a fully connected layer. Weights are `[output][input]`.
public struct Dense: Hashable, Sendable {
  public var inputs: Int
  public var outputs: Int
  public var activation: Activation

  public init(inputs: Int, outputs: Int, activation: Activation = .identity) {
    self.inputs = inputs
    self.outputs = outputs
    self.activation = activation
  }
}

public struct Pooling: Hashable, Sendable {
  public var kernel: Size2D
  public var stride: Size2D
  public var padding: Padding

  public init(kernel: Size2D, stride: Size2D, padding: Padding = .none) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }
}

public enum GlobalPooling: Hashable, Sendable {
  case average
  case maximum
  /// (mean of max(x, 0)ᵖ)^(1/p), p in 2, 3, 4
  case generalizedMean(Int)
}
