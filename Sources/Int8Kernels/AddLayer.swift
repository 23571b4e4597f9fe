import CInt8Kernels

/// One of the two maps an addition reads: `f32(q − zeroPoints[c]) · multipliers[c]` in output steps.
package typealias AddOperand = ResidualOperand

/// `clamp(rne(f32(a − zA)·mA + f32(b − zB)·mB) + zOut, minimum, maximum)`, all a channel.
///
/// inputs: two maps. output: a map. A tile is a run of pixels.
package final class AddLayer: LayerKernel {
  private let channels: Int
  private let tiles: PixelTiles
  private let kernel: MicroKernel
  private let multipliers: (AlignedArray<Float>, AlignedArray<Float>)
  private let operandZeroPoints: (AlignedArray<Int16>, AlignedArray<Int16>)
  private let lower: AlignedArray<Float>
  private let upper: AlignedArray<Float>
  private let zeroPoints: AlignedArray<Int16>

  package init(
    extent: MapExtent, _ first: AddOperand, _ second: AddOperand, zeroPoints: [Int8], minimum: [Int8],
    maximum: [Int8], kernels: KernelSet, kernel: MicroKernel? = nil
  ) {
    channels = extent.channels
    tiles = PixelTiles(pixels: extent.pixels, channels: extent.channels)
    self.kernel = kernel ?? .kernel(for: i8k_operation_add, in: kernels)
    multipliers = (AlignedArray(first.multipliers), AlignedArray(second.multipliers))
    operandZeroPoints = (
      AlignedArray(first.zeroPoints.map(Int16.init)), AlignedArray(second.zeroPoints.map(Int16.init))
    )
    lower = AlignedArray(bounds(minimum, zeroPoints))
    upper = AlignedArray(bounds(maximum, zeroPoints))
    self.zeroPoints = AlignedArray(zeroPoints.map(Int16.init))
  }

  package var kernelName: String { kernel.name }
  package func kernelReason(in kernels: KernelSet) -> String { kernel.reason(in: kernels) }
  package var tileCount: Int { tiles.count }
  package var scratchByteCount: Int { 0 }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let pixels = tiles.range(of: tile)
    let offset = pixels.lowerBound * channels
    var arguments = i8k_add_arguments(
      a: buffers.map(0) + offset, b: buffers.map(1) + offset, output: buffers.outputMap + offset,
      pixels: pixels.count, channels: channels, multipliersA: multipliers.0.base,
      multipliersB: multipliers.1.base,
      zeroPointsA: operandZeroPoints.0.base, zeroPointsB: operandZeroPoints.1.base, lower: lower.base,
      upper: upper.base, zeroPoints: zeroPoints.base)
    kernel.entry.pointee.run.add(&arguments)
  }
}
