import CInt8Kernels

/// 1×1, stride 1, no padding, one group: a matrix product over the map's pixels.
///
/// Rows are the input's own pixels where the kernel reads Int8 as it stands; else a tile's pixels are prepared, or
/// joined in pairs, in scratch first.
///
/// With a gate product that it alone reads, as after squeeze-and-excitation, a tile's pixels are first multiplied by
/// their gates, into scratch: the gated map is never written to memory. The gates are then the second input, the residual
/// is the third.
package final class PointwiseConvolution: LayerKernel {
  private let geometry: ConvolutionGeometry
  private let gate: PackedGate?
  private let convolution: PanelConvolution
  private let tiles: TileChoice
  private let rows: PixelRows
  private let strip: Int
  private let gates: Int
  private let gated: Int
  package let scratchByteCount: Int

  /// What a product with a gate costs, in products of a convolution.
  private static let gateCost = 16

  /// - Precondition: `serves(geometry)`, and the parameters' arrays have the sizes the geometry implies.
  package init(
    _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters,
    gate gateParameters: GateParameters? = nil,
    kernels: KernelSet, kernel: MicroKernel? = nil, workers: Int = 4
  ) {
    precondition(Self.serves(geometry) && parameters.fit(geometry))
    self.geometry = geometry
    gate = gateParameters.map { PackedGate($0, kernels: kernels) }
    precondition((gate?.channels ?? geometry.inputChannels) == geometry.inputChannels)
    let plan = PanelPlan(
      geometry, parameters.epilogue, taps: 1, depth: geometry.inputChannels, kernels: kernels, kernel: kernel)
    var costs = plan.costs()
    if gate != nil { costs.preparation += Self.gateCost * geometry.inputChannels }
    tiles = TileChoice(
      positions: geometry.inputHeight * geometry.inputWidth, pixelsPerPosition: 1,
      multiple: plan.kernel.mr, panels: plan.layout.panelCount, workers: workers, costs: costs)
    var scratch = ScratchLayout()
    rows = PixelRows(plan, pixels: tiles.positionsPerTile, scratch: &scratch)
    strip = scratch.add(plan.stripByteCount)
    gates = scratch.add(gate?.scratchByteCount ?? 0)
    gated = scratch.add(
      gate == nil ? 0 : tiles.positionsPerTile * geometry.inputChannels + LayerBuffers.slackByteCount)
    convolution = PanelConvolution(
      plan, geometry, parameters, kernels: kernels, turnedDistance: rows.turnedDistance)
    scratchByteCount = scratch.byteCount
  }

  package var kernelName: String {
    gate.map { "\($0.kernel.name) + \(convolution.kernelName)" } ?? convolution.kernelName
  }
  package func kernelReason(in kernels: KernelSet) -> String {
    let reason = convolution.plan.reason(in: kernels)
    return gate == nil ? reason : "gate and projection fused; \(reason)"
  }
  package var tileCount: Int { tiles.count }

  package static func serves(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.kernelHeight == 1 && geometry.kernelWidth == 1 && geometry.strideHeight == 1
      && geometry.strideWidth == 1 && geometry.paddingTop == 0 && geometry.paddingLeft == 0
      && geometry.groups == 1 && geometry.inputHeight == geometry.outputHeight
      && geometry.inputWidth == geometry.outputWidth
  }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let pixels = tiles.positions(of: tile)
    let panels = tiles.panels(of: tile)
    var source = buffers.map(0) + pixels.lowerBound * geometry.inputChannels
    var inner = buffers
    if let gate {
      let place = (buffers.scratch + gated).assumingMemoryBound(to: Int8.self)
      gate.run(
        source, gates: buffers.vector(1), pixels: pixels.count, scratch: buffers.scratch + gates, into: place)
      source = UnsafePointer(place)
      // As the convolution sees them, the residual is the second input.
      inner.inputs += 1
    }
    convolution.run(
      panels: panels, pixelCount: pixels.count,
      rows: rows.prepare(source, count: pixels.count, buffers.scratch), strip: buffers.scratch + strip,
      into: convolution.place(pixels.lowerBound, panel: panels.lowerBound, geometry, inner))
  }
}

/// The pixels of a map as the rows of a 1×1 convolution: where they stand if the kernel reads Int8, else prepared in
/// scratch; and the pointers to them.
struct PixelRows {
  private let plan: PanelPlan
  private let pointers: Int
  private let rows: Int
  private let joined: Int
  let turnedDistance: Int

  private var kernel: MicroKernel { plan.kernel }
  private var channels: Int { plan.depth }

  /// - Parameter pixels: at most so many at once.
  init(_ plan: PanelPlan, pixels: Int, scratch: inout ScratchLayout) {
    self.plan = plan
    pointers = scratch.add(plan.pointerCount(pixels: pixels) * MemoryLayout<UnsafeRawPointer>.stride)
    var byteCount = 0
    if plan.kernel.needsPreparedRows {
      let plain = pixels * plan.depth * plan.kernel.rowByteCount + LayerBuffers.slackByteCount
      (byteCount, turnedDistance) = plan.rowBytes(plain, channels: plan.depth)
    } else {
      turnedDistance = 0
    }
    rows = scratch.add(byteCount)
    joined = scratch.add(plan.joinedByteCount(pixels: pixels))
  }

  /// `[block][mr]` pointers to the `count` pixels from `source` on; past the last one they repeat it. Where the kernel
  /// reads joined rows they lead to those.
  func prepare(
    _ source: UnsafePointer<Int8>, count: Int, _ scratch: UnsafeMutableRawPointer
  ) -> UnsafePointer<UnsafeRawPointer> {
    let table = (scratch + pointers).assumingMemoryBound(to: UnsafeRawPointer.self)
    var row = UnsafeRawPointer(source)
    if kernel.needsPreparedRows {
      let elements = count * channels
      let place = scratch + rows
      kernel.prepare(source, stride: elements, into: place, stride: 0, rows: 1, count: elements)
      if turnedDistance > 0 {
        kernel.prepareTurned(
          source, stride: elements, into: place + turnedDistance, stride: 0, rows: 1, count: elements)
      }
      row = UnsafeRawPointer(place)
    }
    let stride = channels * kernel.rowByteCount
    i8k_point_evenly(table, row, stride, count)
    for index in count..<count.roundedUp(toMultipleOf: kernel.mr) { table[index] = table[count - 1] }
    plan.join(table, pixels: count, into: scratch + joined)
    return UnsafePointer(table)
  }
}

/// Offsets of the parts of a worker's scratch memory, each on a 64-byte boundary.
struct ScratchLayout {
  private(set) var byteCount = 0

  mutating func add(_ count: Int) -> Int {
    let offset = byteCount
    byteCount += count.roundedUp(toMultipleOf: LayerBuffers.alignment)
    return offset
  }
}
