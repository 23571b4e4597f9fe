/// Maps of one height and width side by side in channels: a copy, for each part keeps its own scales.
///
/// inputs: the maps. output: a map. A tile is a run of pixels.
package final class ConcatenateLayer: LayerKernel {
  private let parts: [Int]
  private let channels: Int
  private let tiles: PixelTiles

  /// - Parameter parts: channels of each input.
  package init(height: Int, width: Int, parts: [Int]) {
    self.parts = parts
    channels = parts.reduce(0, +)
    tiles = PixelTiles(pixels: height * width, channels: channels)
  }

  package var kernelName: String { "concatenate" }
  package var tileCount: Int { tiles.count }
  package var scratchByteCount: Int { 0 }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    for pixel in tiles.range(of: tile) {
      var destination = buffers.output + pixel * channels
      for index in parts.indices {
        destination.copyMemory(from: buffers.inputs[index] + pixel * parts[index], byteCount: parts[index])
        destination += parts[index]
      }
    }
  }
}

/// A map with rows and columns of its zero points, which stand for 0, added on its sides.
///
/// inputs: the map. output: a map. A tile is one output row.
package final class PadLayer: LayerKernel {
  private let extent: MapExtent
  private let top: Int
  private let left: Int
  private let outputHeight: Int
  private let outputWidth: Int
  private let zeroRow: AlignedArray<Int8>

  package init(extent: MapExtent, top: Int, left: Int, bottom: Int, right: Int, zeroPoints: [Int8]) {
    precondition(zeroPoints.count == extent.channels)
    self.extent = extent
    self.top = top
    self.left = left
    outputHeight = top + extent.height + bottom
    outputWidth = left + extent.width + right
    zeroRow = AlignedArray([[Int8]](repeating: zeroPoints, count: outputWidth).flatMap { $0 })
  }

  package var kernelName: String { "pad" }
  package var tileCount: Int { outputHeight }
  package var scratchByteCount: Int { 0 }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let row = buffers.output + tile * zeroRow.count
    row.copyMemory(from: zeroRow.base, byteCount: zeroRow.count)
    let y = tile - top
    guard (0..<extent.height).contains(y) else { return }
    let inputRow = extent.width * extent.channels
    (row + left * extent.channels).copyMemory(from: buffers.inputs[0] + y * inputRow, byteCount: inputRow)
  }
}

/// A map as a Float vector in NHWC order: `s[c] · f32(q − z[c])`.
///
/// inputs: the map. output: a vector. A tile is a run of pixels.
package final class FlattenLayer: LayerKernel {
  private let channels: Int
  private let tiles: PixelTiles
  private let scales: [Float]
  private let zeroPoints: [Int8]

  package init(extent: MapExtent, scales: [Float], zeroPoints: [Int8]) {
    precondition(scales.count == extent.channels && zeroPoints.count == extent.channels)
    channels = extent.channels
    tiles = PixelTiles(pixels: extent.pixels, channels: extent.channels)
    self.scales = scales
    self.zeroPoints = zeroPoints
  }

  package var kernelName: String { "flatten" }
  package var tileCount: Int { tiles.count }
  package var scratchByteCount: Int { 0 }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let map = buffers.map(0)
    for pixel in tiles.range(of: tile) {
      for channel in 0..<channels {
        let place = pixel * channels + channel
        buffers.outputVector[place] = scales[channel] * Float(Int(map[place]) - Int(zeroPoints[channel]))
      }
    }
  }
}
