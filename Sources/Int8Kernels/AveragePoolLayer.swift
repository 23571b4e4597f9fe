import CInt8Kernels

/// The mean under each window: `clamp(rne(f32(Σ(q − zIn[c])) · m_n[c]) + zOut[c])`, n the taps counted.
///
/// inputs: the map. output: a map. A tile is one output row.
package final class AveragePoolLayer: LayerKernel {
  private let geometry: PoolingGeometry
  private let kernel: MicroKernel
  private let inputZeroPoints: AlignedArray<Int16>
  private let zeroPoints: AlignedArray<Int16>
  private let lower: AlignedArray<Float>
  private let upper: AlignedArray<Float>
  /// `m_n[c]` by the number of map elements under the window.
  private let multipliers: [Int: AlignedArray<Float>]

  /// - Parameters:
  ///   - inputScales, outputScales: one a channel, from which `m_n[c] = f32(sIn[c] / (sOut[c]·n))`, the
  ///     quotient in Double.
  ///   - countsPadding: n is the kernel's size everywhere, not the number of map elements under the window.
  package init(
    geometry: PoolingGeometry, inputScales: [Float], inputZeroPoints: [Int8], outputScales: [Float],
    outputZeroPoints: [Int8], countsPadding: Bool, kernels: KernelSet, kernel: MicroKernel? = nil
  ) {
    self.geometry = geometry
    self.kernel = kernel ?? .kernel(for: i8k_operation_average_pool, in: kernels)
    self.inputZeroPoints = AlignedArray(inputZeroPoints.map(Int16.init))
    zeroPoints = AlignedArray(outputZeroPoints.map(Int16.init))
    lower = AlignedArray(outputZeroPoints.map { Float(-128 - Int($0)) })
    upper = AlignedArray(outputZeroPoints.map { Float(127 - Int($0)) })
    multipliers = Dictionary(
      uniqueKeysWithValues: geometry.tapCounts.map { count in
        let divisor = Double(countsPadding ? geometry.taps : count)
        let values = zip(inputScales, outputScales).map { Float(Double($0) / (Double($1) * divisor)) }
        return (count, AlignedArray(values))
      })
  }

  package var kernelName: String { kernel.name }
  package func kernelReason(in kernels: KernelSet) -> String { kernel.reason(in: kernels) }
  package var tileCount: Int { geometry.outputHeight }
  package var scratchByteCount: Int { geometry.taps * MemoryLayout<UnsafeRawPointer>.stride }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let table = buffers.scratch.assumingMemoryBound(to: UnsafePointer<Int8>.self)
    let channels = geometry.input.channels
    for x in 0..<geometry.outputWidth {
      let count = geometry.fill(table, y: tile, x: x, map: buffers.map(0))
      guard let multipliers = multipliers[count] else { preconditionFailure("a window of an unknown size") }
      var arguments = i8k_pool_arguments(
        rows: table, taps: count, channels: channels,
        output: buffers.outputMap + (tile * geometry.outputWidth + x) * channels,
        inputZeroPoints: inputZeroPoints.base, multipliers: multipliers.base, lower: lower.base,
        upper: upper.base, zeroPoints: zeroPoints.base)
      kernel.entry.pointee.run.pool(&arguments)
    }
  }
}
