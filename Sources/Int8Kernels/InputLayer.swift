/// UInt8 pixels to the network's Int8 input, exactly: `q = u8 − 128`.
///
/// inputs: UInt8 NHWC. output: a map. A tile is a run of pixels.
package final class InputLayer: LayerKernel {
  private let channels: Int
  private let tiles: PixelTiles

  package init(extent: MapExtent) {
    channels = extent.channels
    tiles = PixelTiles(pixels: extent.pixels, channels: extent.channels)
  }

  package var kernelName: String { "input" }
  package var tileCount: Int { tiles.count }
  package var scratchByteCount: Int { 0 }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let pixels = tiles.range(of: tile)
    let source = buffers.inputs[0].assumingMemoryBound(to: UInt8.self)
    let output = buffers.outputMap
    for place in pixels.lowerBound * channels..<pixels.upperBound * channels {
      output[place] = Int8(bitPattern: source[place] ^ 0x80)
    }
  }
}
