/// A gate product and the 1×1 convolution that alone reads it, as after squeeze-and-excitation: the gated map is never
/// written to memory.
///
/// inputs: the map, the vector of gates, and the residual where the convolution has one. output: the convolution's map.
package final class GatedConvolution: LayerKernel {
  private let geometry: ConvolutionGeometry
  private let gate: PackedGate
  private let convolution: PanelConvolution
  private let tiles: TileChoice
  private let rows: PixelRows
  private let strip: Int
  private let gates: Int
  private let gated: Int
  package let scratchByteCount: Int

  /// - Precondition: `serves(geometry)`, and the parameters' arrays have the sizes the geometry implies.
  package init(
    _ gateParameters: GateParameters, _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters,
    kernels: KernelSet, workers: Int = 4
  ) {
    precondition(Self.serves(geometry) && parameters.fit(geometry))
    precondition(gateParameters.factors.count == geometry.inputChannels)
    self.geometry = geometry
    gate = PackedGate(gateParameters, kernels: kernels)
    let plan = PanelPlan(
      geometry, parameters.epilogue, taps: 1, depth: geometry.inputChannels, kernels: kernels, kernel: nil)
    var costs = plan.costs()
    costs.preparation += Self.gateCost * geometry.inputChannels
    tiles = TileChoice(
      positions: geometry.inputHeight * geometry.inputWidth, pixelsPerPosition: 1, multiple: plan.kernel.mr,
      panels: plan.layout.panelCount, workers: workers, costs: costs)
    var scratch = ScratchLayout()
    rows = PixelRows(plan, pixels: tiles.positionsPerTile, scratch: &scratch)
    strip = scratch.add(plan.stripByteCount)
    gates = scratch.add(gate.scratchByteCount)
    gated = scratch.add(tiles.positionsPerTile * geometry.inputChannels + LayerBuffers.slackByteCount)
    convolution = PanelConvolution(
      plan, geometry, parameters, kernels: kernels, turnedDistance: rows.turnedDistance)
    scratchByteCount = scratch.byteCount
  }

  /// What a product with a gate costs, in products of a convolution.
  private static let gateCost = 16

  package static func serves(_ geometry: ConvolutionGeometry) -> Bool {
    PointwiseConvolution.serves(geometry)
  }

  package var kernelName: String { "\(gate.kernel.name) + \(convolution.kernelName)" }
  package func kernelReason(in kernels: KernelSet) -> String {
    "gate and projection fused; \(convolution.plan.reason(in: kernels))"
  }
  package var tileCount: Int { tiles.count }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let pixels = tiles.positions(of: tile)
    let panels = tiles.panels(of: tile)
    let place = (buffers.scratch + gated).assumingMemoryBound(to: Int8.self)
    gate.run(
      buffers.map(0) + pixels.lowerBound * geometry.inputChannels, gates: buffers.vector(1),
      pixels: pixels.count, scratch: buffers.scratch + gates, into: place)
    // As the convolution sees them, the residual is the second input.
    var inner = buffers
    inner.inputs += 1
    convolution.run(
      panels: panels, pixelCount: pixels.count,
      rows: rows.prepare(place, count: pixels.count, buffers.scratch), strip: buffers.scratch + strip,
      into: convolution.place(pixels.lowerBound, panel: panels.lowerBound, geometry, inner))
  }
}
