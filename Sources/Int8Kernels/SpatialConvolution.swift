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
  private let joinsColumns: Bool
  private let pointers: Int
  private let strip: Int
  private let rows: Int
  let scratchByteCount: Int

  init(
    _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernels: KernelSet, workers: Int
  ) {
    self.geometry = geometry
    joinsColumns = geometry.dilationWidth == 1 && geometry.groups == 1
    let channelsPerGroup = geometry.inputChannels / geometry.groups
    let plan = PanelPlan(
      geometry, parameters.epilogue,
      taps: joinsColumns ? geometry.kernelHeight : geometry.kernelHeight * geometry.kernelWidth,
      depth: joinsColumns ? geometry.kernelWidth * channelsPerGroup : channelsPerGroup, kernels: kernels)
    tiles = TileChoice(
      positions: geometry.outputHeight, pixelsPerPosition: geometry.outputWidth,
      panels: plan.layout.panelCount, workers: workers)
    prepared = PreparedRows(
      geometry, inputZeroPoints: parameters.inputZeroPoints, plan,
      blockChannels: geometry.inputChannels, outputRowsPerTile: tiles.positionsPerTile)
    let pixels = tiles.positionsPerTile * geometry.outputWidth
    var scratch = ScratchLayout()
    pointers = scratch.add(plan.pointerCount(pixels: pixels) * MemoryLayout<UnsafeRawPointer>.stride)
    strip = scratch.add(plan.stripByteCount)
    rows = scratch.add(prepared.byteCount)
    convolution = PanelConvolution(
      plan, geometry, parameters, kernels: kernels, turnedDistance: prepared.turnedDistance)
    scratchByteCount = scratch.byteCount
  }

  var kernelName: String { convolution.kernel.name }
  var tileCount: Int { tiles.count }

  func run(tile: Int, _ buffers: LayerBuffers) {
    let outputRows = tiles.positions(of: tile)
    let pixelCount = outputRows.count * geometry.outputWidth
    let scratch = buffers.scratch + rows
    prepared.prepare(outputRows, block: 0, from: MapRows(buffers.map(0), geometry), into: scratch)
    let table = (buffers.scratch + pointers).assumingMemoryBound(to: UnsafeRawPointer.self)
    fill(table, outputRows, scratch)
    let panels = tiles.panels(of: tile)
    convolution.run(
      panels: panels, pixelCount: pixelCount, rows: table, strip: buffers.scratch + strip,
      into: convolution.place(
        outputRows.lowerBound * geometry.outputWidth, panel: panels.lowerBound, geometry, buffers))
  }

  /// Writes `[block][taps][mr]` pointers; past the last pixel they repeat it.
  private func fill(
    _ table: UnsafeMutablePointer<UnsafeRawPointer>, _ outputRows: Range<Int>, _ scratch: UnsafeRawPointer
  ) {
    let (mr, taps) = (convolution.kernel.mr, convolution.plan.taps)
    let columns = joinsColumns ? 1 : geometry.kernelWidth
    for pixel in 0..<outputRows.count * geometry.outputWidth {
      let window = prepared.windowStart(
        outputRow: pixel / geometry.outputWidth, outputColumn: pixel % geometry.outputWidth, in: scratch)
      var place = pixel / mr * mr * taps + pixel % mr
      for ky in 0..<geometry.kernelHeight {
        for kx in 0..<columns {
          table[place] = window + ky * prepared.kernelRowByteCount + kx * prepared.kernelColumnByteCount
          place += mr
        }
      }
    }
    let pixelCount = outputRows.count * geometry.outputWidth
    for pixel in pixelCount..<pixelCount.roundedUp(toMultipleOf: mr) {
      let block = table + pixel / mr * mr * taps
      for tap in 0..<taps { block[tap * mr + pixel % mr] = block[tap * mr + (pixelCount - 1) % mr] }
    }
  }
}
