/// UInt8 pixels to the network's Int8 input: exactly `q = u8 − 128`, or through a table of 256 entries a
/// channel.
///
/// inputs: UInt8 NHWC. output: a map. A tile is a run of pixels.
package final class InputLayer: LayerKernel {
  private let channels: Int
  private let tiles: PixelTiles
  private let table: AlignedArray<Int8>?

  /// - Parameter table: `[channel][256]`; nil for `u8 − 128`.
  package init(extent: MapExtent, table: [Int8]? = nil) {
    precondition(table.map { $0.count == 256 * extent.channels } ?? true)
    channels = extent.channels
    tiles = PixelTiles(pixels: extent.pixels, channels: extent.channels)
    self.table = table.map { AlignedArray($0) }
  }

  package var kernelName: String { table == nil ? "input" : "input_table" }
  package var tileCount: Int { tiles.count }
  package var scratchByteCount: Int { 0 }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let pixels = tiles.range(of: tile)
    let source = buffers.inputs[0].assumingMemoryBound(to: UInt8.self)
    let output = buffers.outputMap
    if let table {
      for pixel in pixels {
        for channel in 0..<channels {
          let place = pixel * channels + channel
          output[place] = table.base[channel * 256 + Int(source[place])]
        }
      }
    } else {
      for place in pixels.lowerBound * channels..<pixels.upperBound * channels {
        output[place] = Int8(bitPattern: source[place] ^ 0x80)
      }
    }
  }
}
