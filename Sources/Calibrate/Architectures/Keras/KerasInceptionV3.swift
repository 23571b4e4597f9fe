import Quant

/// InceptionV3. Source: `keras/applications/inception_v3.py`.
///
/// Its layers have no names: `conv2d_12`, `batch_normalization_7`. Normalizations have no gamma.
struct KerasInceptionV3: KerasApplication.Definition {
  private typealias Value = KerasModelBuilder.Value

  let name = "inceptionv3"

  static let all = [KerasInceptionV3()]

  func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value {
    var x = conv(&k, k.input(), 32, 3, 3, strides: 2, same: false)
    x = conv(&k, x, 32, 3, 3, same: false)
    x = k.maxPool(conv(&k, x, 64, 3, 3), 3, strides: 2)
    x = conv(&k, x, 80, 1, 1, same: false)
    x = k.maxPool(conv(&k, x, 192, 3, 3, same: false), 3, strides: 2)
    for poolFilters in [32, 64, 64] { x = mixed35(&k, x, poolFilters) }
    x = reduction17(&k, x)
    for filters in [128, 160, 160, 192] { x = mixed17(&k, x, filters) }
    x = reduction8(&k, x)
    for _ in 0..<2 { x = mixed8(&k, x) }
    return x
  }

  private func conv(
    _ k: inout KerasModelBuilder, _ x: Value, _ filters: Int, _ rows: Int, _ columns: Int, strides: Int = 1,
    same: Bool = true
  ) -> Value {
    k.relu(k.norm(k.conv(x, filters, rows, columns, strides: strides, same: same), scale: false))
  }

  private func pooled(_ k: inout KerasModelBuilder, _ x: Value, _ filters: Int) -> Value {
    conv(&k, k.averagePool(x, 3, strides: 1, same: true), filters, 1, 1)
  }

  /// mixed0 to mixed2
  private func mixed35(_ k: inout KerasModelBuilder, _ x: Value, _ poolFilters: Int) -> Value {
    let one = conv(&k, x, 64, 1, 1)
    let five = conv(&k, conv(&k, x, 48, 1, 1), 64, 5, 5)
    var double = conv(&k, conv(&k, x, 64, 1, 1), 96, 3, 3)
    double = conv(&k, double, 96, 3, 3)
    let pool = pooled(&k, x, poolFilters)
    return k.concatenate(one, five, double, pool)
  }

  /// mixed3
  private func reduction17(_ k: inout KerasModelBuilder, _ x: Value) -> Value {
    let three = conv(&k, x, 384, 3, 3, strides: 2, same: false)
    var double = conv(&k, conv(&k, x, 64, 1, 1), 96, 3, 3)
    double = conv(&k, double, 96, 3, 3, strides: 2, same: false)
    return k.concatenate(three, double, k.maxPool(x, 3, strides: 2))
  }

  /// mixed4 to mixed7
  private func mixed17(_ k: inout KerasModelBuilder, _ x: Value, _ filters: Int) -> Value {
    let one = conv(&k, x, 192, 1, 1)
    var seven = conv(&k, conv(&k, x, filters, 1, 1), filters, 1, 7)
    seven = conv(&k, seven, 192, 7, 1)
    var double = conv(&k, conv(&k, x, filters, 1, 1), filters, 7, 1)
    double = conv(&k, conv(&k, double, filters, 1, 7), filters, 7, 1)
    double = conv(&k, double, 192, 1, 7)
    let pool = pooled(&k, x, 192)
    return k.concatenate(one, seven, double, pool)
  }

  /// mixed8
  private func reduction8(_ k: inout KerasModelBuilder, _ x: Value) -> Value {
    let three = conv(&k, conv(&k, x, 192, 1, 1), 320, 3, 3, strides: 2, same: false)
    var seven = conv(&k, conv(&k, x, 192, 1, 1), 192, 1, 7)
    seven = conv(&k, conv(&k, seven, 192, 7, 1), 192, 3, 3, strides: 2, same: false)
    return k.concatenate(three, seven, k.maxPool(x, 3, strides: 2))
  }

  /// mixed9 and mixed10
  private func mixed8(_ k: inout KerasModelBuilder, _ x: Value) -> Value {
    let one = conv(&k, x, 320, 1, 1)
    let three = split(&k, conv(&k, x, 384, 1, 1))
    let double = split(&k, conv(&k, conv(&k, x, 448, 1, 1), 384, 3, 3))
    let pool = pooled(&k, x, 192)
    return k.concatenate(one, three, double, pool)
  }

  private func split(_ k: inout KerasModelBuilder, _ x: Value) -> Value {
    let rows = conv(&k, x, 384, 1, 3)
    let columns = conv(&k, x, 384, 3, 1)
    return k.concatenate(rows, columns)
  }
}
