import Quant

/// What a tensor from a file may be; everything beyond is refused before it is allocated.
package enum TensorLimits {
  package static let rank = 8
  package static let side = 1 << 24
  package static let elementCount = 1 << 34
  package static let tensors = SafetensorsFile.tensorLimit

  /// The product of a shape's sides, 1 for a scalar; nil when a side is negative or a limit is exceeded.
  package static func elementCount(of shape: [Int]) -> Int? {
    guard shape.count <= rank else { return nil }
    var product = 1
    for side in shape {
      guard side >= 0, side <= Self.side else { return nil }
      // Two factors of at most 2³⁴ and 2²⁴: no overflow.
      product *= side
      guard product <= elementCount else { return nil }
    }
    return product
  }
}
