/// Work on a map cut into runs of pixels of about 16 KiB, which stay in the nearest cache between input and
/// output.
struct PixelTiles: Hashable, Sendable {
  let pixels: Int
  let pixelsPerTile: Int

  init(pixels: Int, channels: Int) {
    self.pixels = pixels
    pixelsPerTile = max(1, min(pixels, (16 << 10) / max(1, channels)))
  }

  var count: Int { pixels.dividedRoundingUp(by: pixelsPerTile) }

  func range(of tile: Int) -> Range<Int> {
    let first = tile * pixelsPerTile
    return first..<min(pixels, first + pixelsPerTile)
  }
}

/// The extent of a map.
package struct MapExtent: Hashable, Sendable {
  package var height: Int
  package var width: Int
  package var channels: Int

  package init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  package var pixels: Int { height * width }
  package var elementCount: Int { pixels * channels }
}

extension LayerBuffers {
  func map(_ index: Int) -> UnsafePointer<Int8> { inputs[index].assumingMemoryBound(to: Int8.self) }
  func vector(_ index: Int) -> UnsafePointer<Float> { inputs[index].assumingMemoryBound(to: Float.self) }
  var outputMap: UnsafeMutablePointer<Int8> { output.assumingMemoryBound(to: Int8.self) }
  var outputVector: UnsafeMutablePointer<Float> { output.assumingMemoryBound(to: Float.self) }
}
