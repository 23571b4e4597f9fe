import Quant

/// ResNet-50, 101 and 152. Source: `keras/applications/resnet.py`.
///
/// The stride stands on the bottleneck's first 1×1, every convolution has a bias, ε is 1.001e-5.
struct KerasResNet: KerasApplication.Definition {
  let name: String
  let blocks: [Int]

  static let all = [
    KerasResNet(name: "resnet50", blocks: [3, 4, 6, 3]),
    KerasResNet(name: "resnet101", blocks: [3, 4, 23, 3]),
    KerasResNet(name: "resnet152", blocks: [3, 8, 36, 3]),
  ]

  static let epsilon: Float = 1.001e-5

  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var x = k.pad(k.input(), Padding(3))
    x = k.conv(x, 64, 7, strides: 2, bias: true, name: "conv1_conv")
    x = k.relu(k.norm(x, epsilon: Self.epsilon, name: "conv1_bn"))
    x = k.maxPool(k.pad(x, Padding(1)), 3, strides: 2)
    for (stage, count) in blocks.enumerated() {
      for block in 1...count {
        x = bottleneck(
          &k, x, filters: 64 << stage, strides: block == 1 && stage > 0 ? 2 : 1, hasShortcut: block == 1,
          name: "conv\(stage + 2)_block\(block)")
      }
    }
    return x
  }

  private func bottleneck(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, filters: Int, strides: Int, hasShortcut: Bool,
    name: String
  ) -> KerasModelBuilder.Value {
    var shortcut = x
    if hasShortcut {
      shortcut = k.conv(x, 4 * filters, 1, strides: strides, bias: true, name: "\(name)_0_conv")
      shortcut = k.norm(shortcut, epsilon: Self.epsilon, name: "\(name)_0_bn")
    }
    var y = k.conv(x, filters, 1, strides: strides, bias: true, name: "\(name)_1_conv")
    y = k.relu(k.norm(y, epsilon: Self.epsilon, name: "\(name)_1_bn"))
    y = k.conv(y, filters, 3, same: true, bias: true, name: "\(name)_2_conv")
    y = k.relu(k.norm(y, epsilon: Self.epsilon, name: "\(name)_2_bn"))
    y = k.conv(y, 4 * filters, 1, bias: true, name: "\(name)_3_conv")
    y = k.norm(y, epsilon: Self.epsilon, name: "\(name)_3_bn")
    return k.relu(k.add(shortcut, y))
  }
}
