import CInt8Kernels

/// The numbers of a gate product: `G[c] = clamp(rne(g[c] · factors[c]), 0, 32767)`, then
/// `y = clamp(outputZeroPoints[c] + mulr((q − inputZeroPoints[c]) << shift, G[c]))`.
package struct GateParameters: Hashable, Sendable {
  package var inputZeroPoints: [Int8]
  package var outputZeroPoints: [Int8]
  /// `f32(sIn[c] / sOut[c] · 2^(15 − shift))`, so that a gate of 1 in an unchanged scale is 2¹⁵⁻ˢ.
  package var factors: [Float]
  /// 0…7, the layer's smallest with sIn[c] / sOut[c] < 2^shift for every c.
  package var shift: Int

  package init(inputZeroPoints: [Int8], outputZeroPoints: [Int8], factors: [Float], shift: Int) {
    self.inputZeroPoints = inputZeroPoints
    self.outputZeroPoints = outputZeroPoints
    self.factors = factors
    self.shift = shift
  }

  /// The numbers for a map's scales and the product's; nil where some channel's ratio is 128 or more.
  package init?(
    inputScales: [Float], inputZeroPoints: [Int8], outputScales: [Float], outputZeroPoints: [Int8]
  ) {
    let ratios = zip(inputScales, outputScales).map { Double($0) / Double($1) }
    guard let shift = (0...7).first(where: { shift in ratios.allSatisfy { $0 < Double(1 << shift) } }) else {
      return nil
    }
    self.init(
      inputZeroPoints: inputZeroPoints, outputZeroPoints: outputZeroPoints,
      factors: ratios.map { Float($0 * Double(1 << (15 - shift))) }, shift: shift)
  }
}

/// Every channel of a map times its gate.
///
/// inputs: the map, the vector of gates. output: a map. A tile is a run of pixels.
package final class GateLayer: LayerKernel {
  private let gate: PackedGate
  private let tiles: PixelTiles

  package init(
    extent: MapExtent, parameters: GateParameters, kernels: KernelSet, kernel: MicroKernel? = nil
  ) {
    precondition(parameters.factors.count == extent.channels)
    tiles = PixelTiles(pixels: extent.pixels, channels: extent.channels)
    gate = PackedGate(parameters, kernels: kernels, kernel: kernel)
  }

  package var kernelName: String { gate.kernel.name }
  package func kernelReason(in kernels: KernelSet) -> String { gate.kernel.reason(in: kernels) }
  package var tileCount: Int { tiles.count }
  package var scratchByteCount: Int { gate.scratchByteCount }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let pixels = tiles.range(of: tile)
    let offset = pixels.lowerBound * gate.channels
    gate.run(
      buffers.map(0) + offset, gates: buffers.vector(1), pixels: pixels.count, scratch: buffers.scratch,
      into: buffers.outputMap + offset)
  }
}

/// A gate product's numbers as its kernel reads them.
struct PackedGate: Sendable {
  let kernel: MicroKernel
  let channels: Int
  private let shift: Int
  private let factors: AlignedArray<Float>
  private let inputZeroPoints: AlignedArray<Int16>
  private let zeroPoints: AlignedArray<Int16>

  init(_ parameters: GateParameters, kernels: KernelSet, kernel: MicroKernel? = nil) {
    precondition((0...7).contains(parameters.shift))
    self.kernel = kernel ?? .kernel(for: i8k_operation_gate, in: kernels)
    channels = parameters.factors.count
    shift = parameters.shift
    factors = AlignedArray(parameters.factors)
    inputZeroPoints = AlignedArray(parameters.inputZeroPoints.map(Int16.init))
    zeroPoints = AlignedArray(parameters.outputZeroPoints.map(Int16.init))
  }

  /// The gates as whole numbers.
  var scratchByteCount: Int { channels * 2 + LayerBuffers.slackByteCount }

  /// `pixels` pixels from `input` on times `gates`.
  func run(
    _ input: UnsafePointer<Int8>, gates: UnsafePointer<Float>, pixels: Int, scratch: UnsafeMutableRawPointer,
    into output: UnsafeMutablePointer<Int8>
  ) {
    let numbers = scratch.assumingMemoryBound(to: Int16.self)
    i8k_make_gates(gates, factors.base, channels, numbers)
    var arguments = i8k_gate_arguments(
      input: input, output: output, pixels: pixels, channels: channels, gates: numbers,
      inputZeroPoints: inputZeroPoints.base, zeroPoints: zeroPoints.base, shift: Int32(shift))
    kernel.entry.pointee.run.gate(&arguments)
  }
}
