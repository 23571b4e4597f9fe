import CInt8Kernels

/// The largest q under each window; scales and zero points pass through. Padding never wins.
///
/// inputs: the map. output: a map. A tile is one output row.
package final class MaxPoolLayer: LayerKernel {
  private let geometry: PoolingGeometry
  private let kernel: MicroKernel
  private let unused: AlignedArray<Float>

  package init(geometry: PoolingGeometry, kernels: KernelSet, kernel: MicroKernel? = nil) {
    self.geometry = geometry
    self.kernel = kernel ?? .kernel(for: i8k_operation_max_pool, in: kernels)
    unused = AlignedArray([0])
  }

  package var kernelName: String { kernel.name }
  package func kernelReason(in kernels: KernelSet) -> String { kernel.reason(in: kernels) }
  package var tileCount: Int { geometry.outputHeight }
  package var scratchByteCount: Int { geometry.taps * MemoryLayout<UnsafeRawPointer>.stride }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let table = buffers.scratch.assumingMemoryBound(to: UnsafePointer<Int8>.self)
    let channels = geometry.input.channels
    let unusedNumbers = UnsafeRawPointer(unused.base).assumingMemoryBound(to: Int16.self)
    for x in 0..<geometry.outputWidth {
      let count = geometry.fill(table, y: tile, x: x, map: buffers.map(0))
      var arguments = i8k_pool_arguments(
        rows: table, taps: count, channels: channels,
        output: buffers.outputMap + (tile * geometry.outputWidth + x) * channels,
        inputZeroPoints: unusedNumbers,
        multipliers: unused.base, lower: unused.base, upper: unused.base, zeroPoints: unusedNumbers)
      kernel.entry.pointee.run.pool(&arguments)
    }
  }
}
