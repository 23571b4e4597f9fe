/// One node, prepared: the work of its `tileCount` tiles is independent, and whoever computes a tile, the bits are the same.
protocol FloatStep: Sendable {
  var tileCount: Int { get }
  /// Scratch bytes a worker must hand to `run`, aligned to 64.
  var scratchByteCount: Int { get }

  func run(tile: Int, _ buffers: FloatBuffers)
}

extension FloatStep {
  var tileCount: Int { 1 }
  var scratchByteCount: Int { 0 }
}

/// Where one execution of a node reads and writes: one pointer an input in the node's order, maps in NHWC.
package struct FloatBuffers: @unchecked Sendable {
  package var inputs: UnsafePointer<UnsafePointer<Float>>
  package var output: UnsafeMutablePointer<Float>
  package var scratch: UnsafeMutableRawPointer

  package init(
    inputs: UnsafePointer<UnsafePointer<Float>>, output: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutableRawPointer
  ) {
    self.inputs = inputs
    self.output = output
    self.scratch = scratch
  }
}

/// `count` elements cut into tiles of nearly equal size.
struct Tiling: Sendable {
  let count: Int
  let tileSize: Int

  init(count: Int, tileSize: Int) {
    self.count = count
    self.tileSize = max(tileSize, 1)
  }

  var tileCount: Int { max(1, (count + tileSize - 1) / tileSize) }

  func range(_ tile: Int) -> Range<Int> { min(tile * tileSize, count)..<min((tile + 1) * tileSize, count) }
}
