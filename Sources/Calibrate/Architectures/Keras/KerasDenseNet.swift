import Quant

/// DenseNet-121, 169 and 201. Source: `keras/applications/densenet.py`.
struct KerasDenseNet: KerasApplication.Definition {
  let name: String
  let blocks: [Int]

  static let all = [
    KerasDenseNet(name: "densenet121", blocks: [6, 12, 24, 16]),
    KerasDenseNet(name: "densenet169", blocks: [6, 12, 32, 32]),
    KerasDenseNet(name: "densenet201", blocks: [6, 12, 48, 32]),
  ]

  private static let growth = 32
  private static let epsilon: Float = 1.001e-5

  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var width = 64
    var x = k.conv(k.pad(k.input(), Padding(3)), width, 7, strides: 2, name: "conv1_conv")
    x = k.relu(k.norm(x, epsilon: Self.epsilon, name: "conv1_bn"))
    x = k.maxPool(k.pad(x, Padding(1)), 3, strides: 2)
    for (stage, count) in blocks.enumerated() {
      for block in 1...count { x = convolve(&k, x, name: "conv\(stage + 2)_block\(block)") }
      width += count * Self.growth
      guard stage < 3 else { break }
      width /= 2
      x = k.relu(k.norm(x, epsilon: Self.epsilon, name: "pool\(stage + 2)_bn"))
      x = k.averagePool(k.conv(x, width, 1, name: "pool\(stage + 2)_conv"), 2, strides: 2)
    }
    return k.relu(k.norm(x, epsilon: Self.epsilon, name: "bn"))
  }

  private func convolve(_ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, name: String)
    -> KerasModelBuilder.Value
  {
    var y = k.relu(k.norm(x, epsilon: Self.epsilon, name: "\(name)_0_bn"))
    y = k.conv(y, 4 * Self.growth, 1, name: "\(name)_1_conv")
    y = k.relu(k.norm(y, epsilon: Self.epsilon, name: "\(name)_1_bn"))
    y = k.conv(y, Self.growth, 3, same: true, name: "\(name)_2_conv")
    return k.concatenate(x, y)
  }
}
