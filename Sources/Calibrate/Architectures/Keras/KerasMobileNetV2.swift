import Quant

/// MobileNetV2 of any width. Source: `keras/applications/mobilenet_v2.py`.
struct KerasMobileNetV2: KerasApplication.Definition {
  let name = "mobilenetv2"

  static let all = [KerasMobileNetV2()]

  private typealias Stage = (filters: Int, repeats: Int, strides: Int)
  private static let stages: [Stage] = [
    (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1),
  ]

  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var width = k.width("conv1", 32)
    var x = k.conv(k.input(), width, 3, strides: 2, same: true, name: "Conv1")
    x = k.activation(k.norm(x, name: "bn_Conv1"), .relu6)
    x = block(&k, x, &width, filters: 16, expansion: 1, strides: 1, prefix: "expanded_conv_")
    var number = 1
    for stage in Self.stages {
      for index in 0..<stage.repeats {
        x = block(
          &k, x, &width, filters: stage.filters, expansion: 6, strides: index == 0 ? stage.strides : 1,
          prefix: "block_\(number)_")
        number += 1
      }
    }
    x = k.conv(x, k.width("conv_1", 1280), 1, name: "Conv_1")
    return k.activation(k.norm(x, name: "Conv_1_bn"), .relu6)
  }

  /// SAME is what Keras' explicit padding for the input's size amounts to.
  private func block(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, _ width: inout Int, filters: Int,
    expansion: Int,
    strides: Int, prefix: String
  ) -> KerasModelBuilder.Value {
    var y = x
    if expansion > 1 {
      y = k.conv(y, expansion * width, 1, same: true, name: "\(prefix)expand")
      y = k.activation(k.norm(y, name: "\(prefix)expand_BN"), .relu6)
    }
    y = k.depthwise(y, 3, strides: strides, name: "\(prefix)depthwise")
    y = k.activation(k.norm(y, name: "\(prefix)depthwise_BN"), .relu6)
    let outputs = k.width("\(prefix)project", filters)
    y = k.norm(k.conv(y, outputs, 1, same: true, name: "\(prefix)project"), name: "\(prefix)project_BN")
    defer { width = outputs }
    return strides == 1 && outputs == width ? k.add(x, y) : y
  }
}
