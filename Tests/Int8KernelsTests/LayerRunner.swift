import Int8Kernels
import TestSupport

/// Runs all tiles of a layer on guarded buffers; odd tiles first, for the order must not matter.
func run<Output: BitwiseCopyable>(
  _ layer: some LayerKernel, maps: [[Int8]] = [], vectors: [[Float]] = [], mapsAfter: [[Int8]] = [],
  outputCount: Int, as type: Output.Type
) -> (elements: [Output], isExact: Bool) {
  let slack = LayerBuffers.slackByteCount
  var inputs = maps.map { GuardedBuffer($0, slack: slack) }
  inputs += vectors.map { GuardedBuffer($0, slack: slack) }
  inputs += mapsAfter.map { GuardedBuffer($0, slack: slack) }
  let output = GuardedBuffer(byteCount: outputCount * MemoryLayout<Output>.stride)
  let scratch = GuardedBuffer(byteCount: (layer.scratchByteCount + 63) / 64 * 64)
  let pointers = inputs.map { UnsafeRawPointer($0.start) }
  defer { withExtendedLifetime(inputs) {} }
  pointers.withUnsafeBufferPointer { table in
    guard let base = table.baseAddress else { return }
    let buffers = LayerBuffers(inputs: base, output: output.start, scratch: scratch.start)
    for tile in stride(from: 1, to: layer.tileCount, by: 2) { layer.run(tile: tile, buffers) }
    for tile in stride(from: 0, to: layer.tileCount, by: 2) { layer.run(tile: tile, buffers) }
  }
  return (
    output.elements(of: type, count: outputCount),
    output.surroundingsAreIntact && scratch.surroundingsAreIntact
  )
}
