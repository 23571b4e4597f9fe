import CInt8Kernels

/// Any kernel, stride, dilation, padding and groups, through row pointers.
///
/// In prepared rows the pixels under one kernel row stand together, so a kernel row is a single tap of
/// kernelWidth·channels elements: fewer pointers, and no idle products where the input has 3 channels.
/// Dilated and grouped convolutions have one tap a kernel element instead.
final class SpatialConvolution: LayerKernel {
  private let geometry: ConvolutionGeometry
  private let convolution: PanelConvolution
  private let prepared: PreparedRows
  private let tiles: TileChoice
  /// Where the row pointers of a whole tile lead, `[block][taps][mr]`, in bytes from the first prepared row.
  private let offsets: AlignedArray<Int32>
  private let pointers: Int
  private let strip: Int
  private let rows: Int
  private let joined: Int
  let scratchByteCount: Int

  init(
    _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernels: KernelSet,
    kernel: MicroKernel? = nil, workers: Int
  ) {
    self.geometry = geometry
    let joinsColumns = geometry.dilationWidth == 1 && geometry.groups == 1
    let channelsPerGroup = geometry.inputChannels / geometry.groups
    let plan = PanelPlan(
      geometry, parameters.epilogue,
      taps: joinsColumns ? geometry.kernelHeight : geometry.kernelHeight * geometry.kernelWidth,
      depth: joinsColumns ? geometry.kernelWidth * channelsPerGroup : channelsPerGroup, kernels: kernels,
      kernel: kernel)
    tiles = TileChoice(
      positions: geometry.outputHeight, pixelsPerPosition: geometry.outputWidth,
      panels: plan.layout.panelCount, workers: workers,
      costs: plan.costs(
        pixelsPerPosition: geometry.outputWidth, halo: geometry.kernelHeight / geometry.strideHeight))
    prepared = PreparedRows(
      geometry, inputZeroPoints: parameters.inputZeroPoints, plan,
      blockChannels: geometry.inputChannels, outputRowsPerTile: tiles.positionsPerTile)
    let pixels = tiles.positionsPerTile * geometry.outputWidth
    var scratch = ScratchLayout()
    pointers = scratch.add(plan.pointerCount(pixels: pixels) * MemoryLayout<UnsafeRawPointer>.stride)
    strip = scratch.add(plan.stripByteCount)
    rows = scratch.add(prepared.byteCount)
    joined = scratch.add(plan.joinedByteCount(pixels: pixels))
    convolution = PanelConvolution(
      plan, geometry, parameters, kernels: kernels, turnedDistance: prepared.turnedDistance)
    scratchByteCount = scratch.byteCount
    offsets = Self.offsets(
      geometry, rows: tiles.positionsPerTile, columns: joinsColumns ? 1 : geometry.kernelWidth, plan, prepared
    )
  }

  var kernelName: String { convolution.kernelName }
  func kernelReason(in kernels: KernelSet) -> String {
    let reason = convolution.plan.reason(in: kernels)
    return WinogradConvolution.objection(to: geometry, in: kernels).map { "\(reason); \($0)" } ?? reason
  }
  var tileCount: Int { tiles.count }

  func run(tile: Int, _ buffers: LayerBuffers) {
    let outputRows = tiles.positions(of: tile)
    let pixelCount = outputRows.count * geometry.outputWidth
    let scratch = buffers.scratch + rows
    prepared.prepare(outputRows, block: 0, from: MapRows(buffers.map(0), geometry), into: scratch)
    let table = (buffers.scratch + pointers).assumingMemoryBound(to: UnsafeRawPointer.self)
    fill(table, pixelCount: pixelCount, scratch)
    convolution.plan.join(table, pixels: pixelCount, into: buffers.scratch + joined)
    let panels = tiles.panels(of: tile)
    convolution.run(
      panels: panels, pixelCount: pixelCount, rows: table, strip: buffers.scratch + strip,
      into: convolution.place(
        outputRows.lowerBound * geometry.outputWidth, panel: panels.lowerBound, geometry, buffers))
  }

  /// Past the last pixel offsets repeat its own.
  private static func offsets(
    _ geometry: ConvolutionGeometry, rows: Int, columns: Int, _ plan: PanelPlan, _ prepared: PreparedRows
  ) -> AlignedArray<Int32> {
    let mr = plan.kernel.mr
    let pixels = rows * geometry.outputWidth
    return AlignedArray(count: plan.pointerCount(pixels: pixels)) { offsets in
      for place in 0..<pixels.roundedUp(toMultipleOf: mr) {
        let pixel = min(place, pixels - 1)
        let window = prepared.windowOffset(
          outputRow: pixel / geometry.outputWidth, outputColumn: pixel % geometry.outputWidth)
        let block = offsets + place / mr * mr * plan.taps + place % mr
        for tap in 0..<plan.taps {
          let (ky, kx) = tap.quotientAndRemainder(dividingBy: columns)
          block[tap * mr] = Int32(
            window + ky * prepared.kernelRowByteCount + kx * prepared.kernelColumnByteCount)
        }
      }
    }
  }

  /// The pointers of `pixelCount` pixels. In a tile of fewer rows than usual those past the last pixel lead to rows that are
  /// not prepared, and whose results are not stored.
  private func fill(
    _ table: UnsafeMutablePointer<UnsafeRawPointer>, pixelCount: Int, _ scratch: UnsafeRawPointer
  ) {
    i8k_point_at_offsets(
      table, scratch, offsets.base, convolution.plan.pointerCount(pixels: pixelCount))
  }
}
