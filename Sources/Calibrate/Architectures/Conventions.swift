/// What a framework's code decides and tensors do not show.
struct Conventions: Hashable, Sendable {
  enum PaddingRule: Hashable, Sendable {
    /// (kernel − 1) / 2 on every side, PyTorch's.
    case symmetric
    /// TensorFlow's `SAME`: dependent on the input's size, the odd row at the bottom and right.
    case same
  }

  var padding: PaddingRule = .symmetric
  var epsilon: Float = 1e-5
  /// The stride of a ResNet's bottleneck: on the first 1×1 (Caffe) instead of the 3×3 (torchvision).
  var stridesOnFirst = false
  /// Caffe's stem pooling: no padding, but a window that reaches over the bottom and right edge.
  var poolsInCeilMode = false
  /// Whether an EfficientNet stage's first block has a residual where its shapes allow one; efficientnet_pytorch's
  /// code never gives it one.
  var skipsIntoStages = true

  /// timm's ports from TensorFlow.
  static let tensorFlow = Conventions(padding: .same, epsilon: 1e-3)
}
