/// One picture's own mean and deviation: y = (x − mean) / deviation over all its bytes, as TensorFlow's
/// `per_image_standardization`.
///
/// Sums are exact; the deviation is at least 1 / √n, so that a picture of one colour gives zeros.
package struct ImageStandardization: Hashable, Sendable {
  package let mean: Double
  package let deviation: Double

  package init(_ bytes: some Sequence<UInt8>) {
    var (count, sum, squares) = (0, 0, 0)
    for byte in bytes {
      count += 1
      sum += Int(byte)
      squares += Int(byte) * Int(byte)
    }
    let n = Double(max(count, 1))
    mean = Double(sum) / n
    let spread = Double(squares) / n - mean * mean
    deviation = max(max(spread, 0).squareRoot(), 1 / n.squareRoot())
  }

  package func value(_ byte: UInt8) -> Float { Float((Double(byte) - mean) / deviation) }

  /// Steps of the engine's input in one deviation; it holds ±4 of them.
  package static let steps: Float = 32

  /// What the engine reads for a byte: rne(32 · y) + 128, clamped to 0…255. As bytes at scale 32 and mean 4, it is
  /// the network's input to 1/64 of a deviation.
  package func standardized(_ byte: UInt8) -> UInt8 {
    let value = ((Double(byte) - mean) / deviation * Double(Self.steps)).rounded(.toNearestOrEven) + 128
    return UInt8(min(max(value, 0), 255))
  }
}
