import Quant

/// ResNet-50, 101 and 152 V2, with normalization and activation before each convolution. Source:
/// `keras/applications/resnet.py`, `resnet_v2.py`.
///
/// The last block of a stage strides, on its 3×3.
struct KerasResNetV2: KerasApplication.Definition {
  let name: String
  let blocks: [Int]

  static let all = [
    KerasResNetV2(name: "resnet50v2", blocks: [3, 4, 6, 3]),
    KerasResNetV2(name: "resnet101v2", blocks: [3, 4, 23, 3]),
    KerasResNetV2(name: "resnet152v2", blocks: [3, 8, 36, 3]),
  ]

  private let epsilon = KerasResNet.epsilon

  init(name: String, blocks: [Int]) {
    self.name = name
    self.blocks = blocks
  }

  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var x = k.conv(k.pad(k.input(), Padding(3)), 64, 7, strides: 2, bias: true, name: "conv1_conv")
    x = k.maxPool(k.pad(x, Padding(1)), 3, strides: 2)
    for (stage, count) in blocks.enumerated() {
      for block in 1...count {
        x = bottleneck(
          &k, x, filters: 64 << stage, strides: block == count && stage < 3 ? 2 : 1, hasShortcut: block == 1,
          name: "conv\(stage + 2)_block\(block)")
      }
    }
    return k.relu(k.norm(x, epsilon: epsilon, name: "post_bn"))
  }

  private func bottleneck(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, filters: Int, strides: Int, hasShortcut: Bool,
    name: String
  ) -> KerasModelBuilder.Value {
    let preactivated = k.relu(k.norm(x, epsilon: epsilon, name: "\(name)_preact_bn"))
    var shortcut = x
    if hasShortcut {
      shortcut = k.conv(preactivated, 4 * filters, 1, strides: strides, bias: true, name: "\(name)_0_conv")
    } else if strides > 1 {
      shortcut = k.maxPool(x, 1, strides: strides)
    }
    var y = k.conv(preactivated, filters, 1, name: "\(name)_1_conv")
    y = k.relu(k.norm(y, epsilon: epsilon, name: "\(name)_1_bn"))
    y = k.conv(k.pad(y, Padding(1)), filters, 3, strides: strides, name: "\(name)_2_conv")
    y = k.relu(k.norm(y, epsilon: epsilon, name: "\(name)_2_bn"))
    y = k.conv(y, 4 * filters, 1, bias: true, name: "\(name)_3_conv")
    return k.add(shortcut, y)
  }
}
