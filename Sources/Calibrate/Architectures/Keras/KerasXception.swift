import Quant

/// Xception. Source: `keras/applications/xception.py`. Its four shortcuts have no names: `conv2d`, `conv2d_1`, …
struct KerasXception: KerasApplication.Definition {
  let name = "xception"

  static let all = [KerasXception()]

  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var x = k.conv(k.input(), 32, 3, strides: 2, name: "block1_conv1")
    x = k.relu(k.norm(x, name: "block1_conv1_bn"))
    x = k.conv(x, 64, 3, name: "block1_conv2")
    x = k.relu(k.norm(x, name: "block1_conv2_bn"))
    for (block, filters) in [(2, 128), (3, 256), (4, 728)] {
      x = strided(&k, x, first: filters, filters, block: block, activatesFirst: block > 2)
    }
    for block in 5...12 { x = middle(&k, x, block: block) }
    x = strided(&k, x, first: 728, 1024, block: 13, activatesFirst: true)
    for (index, filters) in [(1, 1536), (2, 2048)] {
      x = k.relu(separable(&k, x, filters, name: "block14_sepconv\(index)"))
    }
    return x
  }

  private func separable(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, _ filters: Int, name: String
  )
    -> KerasModelBuilder.Value
  {
    let y = k.separable(x, filters, 3, name: name)
    return k.norm(y, name: "\(name)_bn")
  }

  private func strided(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, first: Int, _ filters: Int, block: Int,
    activatesFirst: Bool
  ) -> KerasModelBuilder.Value {
    let shortcut = k.norm(k.conv(x, filters, 1, strides: 2, same: true))
    var y = activatesFirst ? k.relu(x) : x
    y = separable(&k, y, first, name: "block\(block)_sepconv1")
    y = separable(&k, k.relu(y), filters, name: "block\(block)_sepconv2")
    return k.add(k.maxPool(y, 3, strides: 2, same: true), shortcut)
  }

  private func middle(_ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, block: Int)
    -> KerasModelBuilder.Value
  {
    var y = x
    for index in 1...3 { y = separable(&k, k.relu(y), 728, name: "block\(block)_sepconv\(index)") }
    return k.add(y, x)
  }
}
