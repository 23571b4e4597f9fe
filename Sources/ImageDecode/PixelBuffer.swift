/// Memory that one photo after the other is decoded into: tens of megabytes from the system for each photo take longer
/// than what is done with them.
///
/// One thread at a time.
package final class PixelBuffer {
  private var spare: [UInt8] = []
  /// More is not kept between photos.
  private static let keptByteLimit = 128 << 20

  package init() {}

  /// An array of `byteCount` bytes that hold anything.
  func take(_ byteCount: Int) -> [UInt8] {
    var pixels = spare
    spare = []
    guard pixels.capacity >= byteCount else {
      return [UInt8](unsafeUninitializedCapacity: byteCount) { $1 = byteCount }
    }
    if pixels.count > byteCount {
      pixels.removeLast(pixels.count - byteCount)
    } else {
      pixels.append(contentsOf: repeatElement(0, count: byteCount - pixels.count))
    }
    return pixels
  }

  /// Gives back what `take` gave, once nobody else holds it.
  package func give(_ pixels: [UInt8]) {
    if pixels.count <= Self.keptByteLimit { spare = pixels }
  }
}
