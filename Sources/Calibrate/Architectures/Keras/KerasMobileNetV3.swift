import Quant

/// MobileNetV3 Small and Large of any width, also minimalistic, with their own scaling of the input. Source:
/// `keras/applications/mobilenet_v3.py`.
struct KerasMobileNetV3: KerasApplication.Definition {
  /// An inverted-residual block; `squeezes` is squeeze-and-excitation, `hard` hard-swish instead of ReLU.
  private typealias Block = (
    expansion: Double, filters: Int, kernel: Int, strides: Int, squeezes: Bool, hard: Bool
  )

  let name: String
  private let blocks: [Block]
  private let pointFilters: Int
  /// Kernels of 3×3, ReLU and no squeeze-and-excitation everywhere.
  private var isMinimalistic = false

  static let all = [
    KerasMobileNetV3(name: "mobilenetv3small", blocks: small, pointFilters: 1024),
    KerasMobileNetV3(name: "mobilenetv3large", blocks: large, pointFilters: 1280),
    KerasMobileNetV3(
      name: "mobilenetv3small-minimalistic", blocks: small, pointFilters: 1024, isMinimalistic: true),
    KerasMobileNetV3(
      name: "mobilenetv3large-minimalistic", blocks: large, pointFilters: 1280, isMinimalistic: true),
  ]

  private static let small: [Block] = [
    (1, 16, 3, 2, true, false), (4.5, 24, 3, 2, false, false), (88.0 / 24, 24, 3, 1, false, false),
    (4, 40, 5, 2, true, true), (6, 40, 5, 1, true, true), (6, 40, 5, 1, true, true),
    (3, 48, 5, 1, true, true),
    (3, 48, 5, 1, true, true), (6, 96, 5, 2, true, true), (6, 96, 5, 1, true, true),
    (6, 96, 5, 1, true, true),
  ]
  private static let large: [Block] = [
    (1, 16, 3, 1, false, false), (4, 24, 3, 2, false, false), (3, 24, 3, 1, false, false),
    (3, 40, 5, 2, true, false), (3, 40, 5, 1, true, false), (3, 40, 5, 1, true, false),
    (6, 80, 3, 2, false, true), (2.5, 80, 3, 1, false, true), (2.3, 80, 3, 1, false, true),
    (2.3, 80, 3, 1, false, true), (6, 112, 3, 1, true, true), (6, 112, 3, 1, true, true),
    (6, 160, 5, 2, true, true), (6, 160, 5, 1, true, true), (6, 160, 5, 1, true, true),
  ]

  var headLayers: [String] { ["conv_2", "logits"] }

  /// Outside the blocks.
  private var activation: Activation { isMinimalistic ? .relu : .hardSwish }

  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var width = k.width("conv", 16)
    var x = k.rescale(k.input(), [1 / 127.5], offset: -1)
    x = k.conv(x, width, 3, strides: 2, same: true, name: "conv")
    x = k.activation(k.norm(x, name: "conv_bn"), activation)
    for (index, block) in blocks.enumerated() {
      x = residual(&k, x, &width, block, prefix: index == 0 ? "expanded_conv_" : "expanded_conv_\(index)_")
    }
    x = k.conv(x, k.width("conv_1", 6 * width), 1, same: true, name: "conv_1")
    return k.activation(k.norm(x, name: "conv_1_bn"), activation)
  }

  private func residual(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, _ width: inout Int, _ block: Block,
    prefix: String
  ) -> KerasModelBuilder.Value {
    let activation: Activation = block.hard ? self.activation : .relu
    var y = x
    var inner = width
    if prefix != "expanded_conv_" {
      inner = k.width("\(prefix)expand", Self.rounded(Double(width) * block.expansion))
      y = k.conv(y, inner, 1, same: true, name: "\(prefix)expand")
      y = k.activation(k.norm(y, name: "\(prefix)expand_bn"), activation)
    }
    y = k.depthwise(y, isMinimalistic ? 3 : block.kernel, strides: block.strides, name: "\(prefix)depthwise")
    y = k.activation(k.norm(y, name: "\(prefix)depthwise_bn"), activation)
    if block.squeezes, !isMinimalistic { y = squeeze(&k, y, inner, prefix: "\(prefix)squeeze_excite") }
    let outputs = k.width("\(prefix)project", block.filters)
    y = k.norm(k.conv(y, outputs, 1, same: true, name: "\(prefix)project"), name: "\(prefix)project_bn")
    defer { width = outputs }
    return block.strides == 1 && outputs == width ? k.add(x, y) : y
  }

  private func squeeze(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, _ width: Int, prefix: String
  )
    -> KerasModelBuilder.Value
  {
    let pooled = k.globalAveragePool(x, name: "\(prefix)_avg_pool")
    let reduced = k.width("\(prefix)_conv", Self.rounded(Double(width) * 0.25))
    var gate = k.relu(k.conv(pooled, reduced, 1, same: true, bias: true, name: "\(prefix)_conv"))
    gate = k.conv(gate, width, 1, same: true, bias: true, name: "\(prefix)_conv_1")
    return k.multiply(x, k.activation(gate, .hardSigmoid))
  }

  /// `_depth`: to a multiple of 8, not below nine tenths.
  private static func rounded(_ width: Double) -> Int {
    let nearest = max(8, Int(width + 4) / 8 * 8)
    return Double(nearest) < 0.9 * width ? nearest + 8 : nearest
  }

  func ownHead(_ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value) -> KerasModelBuilder.Value {
    let pooled = k.globalAveragePool(x, name: "global_average_pooling2d")
    var y = k.conv(pooled, k.width("conv_2", pointFilters), 1, same: true, bias: true, name: "conv_2")
    y = k.activation(y, activation)
    y = k.conv(y, k.width("logits", 1000), 1, same: true, bias: true, name: "logits")
    return k.softmax(y, name: "predictions")
  }
}
