/// Decoded pixels: 8-bit RGB, three bytes a pixel, rows from the top without gaps.
///
/// - Invariant: `pixels.count == height · width · 3`, both sides at least 1.
public struct Image: Hashable, Sendable {
  public let height: Int
  public let width: Int
  public var pixels: [UInt8]

  public init(height: Int, width: Int, pixels: [UInt8]) {
    precondition(height > 0 && width > 0 && pixels.count == height * width * 3)
    self.height = height
    self.width = width
    self.pixels = pixels
  }
}
