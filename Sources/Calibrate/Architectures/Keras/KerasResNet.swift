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
        let prefix = "conv\(stage + 2)_block\(block)"
        x = k.bottleneck(
          x, filters: 64 << stage, strides: block == 1 && stage > 0 ? 2 : 1, hasShortcut: block == 1
        ) { ("\(prefix)_\($0)_conv", "\(prefix)_\($0)_bn", Self.epsilon) }
      }
    }
    return x
  }
}

extension KerasModelBuilder {
  /// What a layer pair of a bottleneck is called, and its normalization's ε where it is not Keras' own.
  typealias BottleneckNames = (convolution: String, norm: String, epsilon: Float?)

  /// A bottleneck with the stride on its first 1×1.
  ///
  /// - Parameter names: of part 0, the shortcut, and of the parts 1 to 3.
  mutating func bottleneck(
    _ x: Value, filters: Int, strides: Int, hasShortcut: Bool, names: (_ part: Int) -> BottleneckNames
  ) -> Value {
    let shortcut =
      hasShortcut ? normalized(x, 4 * filters, 1, strides: strides, names(0)) : x
    var y = relu(normalized(x, filters, 1, strides: strides, names(1)))
    y = relu(normalized(y, filters, 3, strides: 1, names(2)))
    y = normalized(y, 4 * filters, 1, strides: 1, names(3))
    return relu(add(shortcut, y))
  }

  private mutating func normalized(
    _ x: Value, _ filters: Int, _ kernel: Int, strides: Int, _ names: BottleneckNames
  ) -> Value {
    let convolved = conv(
      x, filters, kernel, strides: strides, same: kernel > 1, bias: true, name: names.convolution)
    return norm(convolved, epsilon: names.epsilon ?? 1e-3, name: names.norm)
  }
}
