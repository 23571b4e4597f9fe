import Quant

/// What a layer computes: the attributes of the classes that are read, checked for their type and range.
enum KerasLayerKind: Hashable, Sendable {
  /// Height, width and channels; nil where the configuration leaves them open. Of a nested model, not looked at.
  case input([Int?])
  /// Dropout, noise and augmentation: nothing at inference.
  case identity
  case convolution(KerasConvolution)
  case depthwise(KerasConvolution)
  case separable(KerasConvolution)
  case batchNormalization(KerasNormalization)
  case activation(KerasActivation)
  case prelu(sharedAxes: Set<Int>)
  case dense(units: Int, usesBias: Bool, KerasActivation)
  case pool(KerasPooling)
  case globalPool(GlobalPooling)
  case zeroPadding(Padding)
  case operation(KerasOperation)
  case flatten
  case reshape([Int])
  case rescaling(scale: [Double], offset: [Double])
  /// `(x − mean) / max(√variance, 10⁻⁷)`; nil where both are weights.
  case normalization(KerasMoments?)
  case unitNormalization
  case model(KerasModel)
}

/// Attributes of a convolution of any of the three kinds.
struct KerasConvolution: Hashable, Sendable {
  /// Output channels; of a depthwise convolution, what each input channel makes (`depth_multiplier`).
  var filters: Int
  var kernel: Size2D
  var stride = Size2D(1)
  var dilation = Size2D(1)
  var isSame = false
  var groups = 1
  /// Of a separable convolution's first part.
  var depthMultiplier = 1
  var usesBias = true
  var activation = KerasActivation.plain(.identity)
}

struct KerasNormalization: Hashable, Sendable {
  var axis = -1
  var epsilon: Float = 1e-3
  var hasScale = true
  var hasCenter = true
}

struct KerasMoments: Hashable, Sendable {
  let mean: [Double]
  let variance: [Double]
}

struct KerasPooling: Hashable, Sendable {
  var isMaximum: Bool
  var kernel: Size2D
  var stride: Size2D
  var isSame = false
}

/// An activation, by name or as a layer.
enum KerasActivation: Hashable, Sendable {
  case plain(Activation)
  /// min(max(0.2x + 0.5, 0), 1): `hard_sigmoid` before Keras 3.
  case olderHardSigmoid
  case softmax
}

/// What operates on several tensors, or on tensors and constants: merging layers and functional operations.
enum KerasOperation: Hashable, Sendable {
  case add, subtract, multiply, divide
  case concatenate(axis: Int)
  /// Of the single channels that slices took.
  case stack(axis: Int)
  /// The limits, where the configuration holds them and not the call.
  case clip(lower: Double?, upper: Double?)
  case activation(KerasActivation)
  /// `x[…]`; the slices are an argument.
  case slice
  case normalize
  case biasAdd
  /// The mean over axes, where the configuration holds them and not the call.
  case mean(axes: [Int]?)
  case cast
}
