import CInt8Kernels

/// One input and one output channel a group: vectorized over channels, one pointer a pixel and one offset a
/// kernel element.
///
/// A tile goes panel by panel over all its pixels: a panel's rows are prepared in scratch just before they
/// are read.
final class DepthwiseConvolution: LayerKernel {
  private let geometry: ConvolutionGeometry
  private let tiles: TileChoice
  private let panels: DepthwisePanels
  let scratchByteCount: Int

  init(
    _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernels: KernelSet,
    kernel: MicroKernel? = nil, workers: Int
  ) {
    self.geometry = geometry
    let convolution = DepthwisePanels.convolution(geometry, parameters, kernels: kernels, kernel: kernel)
    tiles = TileChoice(
      positions: geometry.outputHeight, pixelsPerPosition: geometry.outputWidth, pixels: 224,
      panels: convolution.layout.panelCount, workers: workers,
      costs: convolution.plan.costs(pixelsPerPosition: geometry.outputWidth))
    var scratch = ScratchLayout()
    panels = DepthwisePanels(
      geometry, inputZeroPoints: parameters.inputZeroPoints, convolution, rows: tiles.positionsPerTile,
      scratch: &scratch)
    scratchByteCount = scratch.byteCount
  }

  var kernelName: String { panels.convolution.kernelName }
  func kernelReason(in kernels: KernelSet) -> String { panels.convolution.plan.reason(in: kernels) }
  var tileCount: Int { tiles.count }

  func run(tile: Int, _ buffers: LayerBuffers) {
    let outputRows = tiles.positions(of: tile)
    panels.point(outputRows, buffers.scratch)
    let all = tiles.panels(of: tile)
    for panel in all {
      let source = MapRows(buffers.map(0), geometry) + panel * panels.convolution.kernel.nr
      panels.run(panel, isNext: panel > all.lowerBound, outputRows, from: source, buffers)
    }
  }
}

/// A depthwise convolution, one panel of channels at a time.
struct DepthwisePanels: Sendable {
  let convolution: PanelConvolution
  private let geometry: ConvolutionGeometry
  private let prepared: PreparedRows
  private let tapByteOffsets: AlignedArray<Int>
  private let pointers: Int
  private let strip: Int
  private let rows: Int

  static func convolution(
    _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernels: KernelSet,
    kernel: MicroKernel? = nil
  ) -> PanelConvolution {
    let plan = PanelPlan(
      geometry, parameters.epilogue, taps: geometry.kernelHeight * geometry.kernelWidth, depth: 1,
      kernels: kernels, kernel: kernel)
    return PanelConvolution(plan, geometry, parameters, kernels: kernels)
  }

  /// - Parameter rows: at most so many output rows at once.
  init(
    _ geometry: ConvolutionGeometry, inputZeroPoints: [Int8], _ convolution: PanelConvolution, rows: Int,
    scratch: inout ScratchLayout
  ) {
    self.geometry = geometry
    self.convolution = convolution
    prepared = PreparedRows(
      geometry, inputZeroPoints: inputZeroPoints, convolution.plan,
      blockChannels: convolution.kernel.nr, outputRowsPerTile: rows)
    let idle = convolution.plan.taps.roundedUp(toMultipleOf: convolution.kernel.kr) - convolution.plan.taps
    tapByteOffsets = AlignedArray(prepared.tapByteOffsets + [Int](repeating: 0, count: idle))
    let pixels = rows * geometry.outputWidth
    pointers = scratch.add(
      convolution.plan.pointerCount(pixels: pixels) * MemoryLayout<UnsafeRawPointer>.stride)
    strip = scratch.add(convolution.plan.stripByteCount)
    self.rows = scratch.add(prepared.byteCount)
  }

  private func table(_ scratch: UnsafeMutableRawPointer) -> UnsafeMutablePointer<UnsafeRawPointer> {
    (scratch + pointers).assumingMemoryBound(to: UnsafeRawPointer.self)
  }

  /// Writes the pointers to the windows of `outputRows`, which all panels share.
  func point(_ outputRows: Range<Int>, _ scratch: UnsafeMutableRawPointer) {
    var place = table(scratch)
    for row in 0..<outputRows.count {
      let window = prepared.windowStart(outputRow: row, outputColumn: 0, in: scratch + rows)
      i8k_point_evenly(
        place, window, geometry.strideWidth * prepared.pixelByteCount, geometry.outputWidth)
      place += geometry.outputWidth
    }
  }

  /// Computes `outputRows` of `panel`, whose channels are the first of `source`; `point` must have been called.
  ///
  /// - Parameter isNext: another panel of the same rows was run last, with the same scratch.
  func run(
    _ panel: Int, isNext: Bool, _ outputRows: Range<Int>, from source: MapRows, _ buffers: LayerBuffers
  ) {
    prepared.prepare(
      outputRows, block: panel, isNext: isNext, from: source, into: buffers.scratch + rows)
    convolution.run(
      panels: panel..<panel + 1, pixelCount: outputRows.count * geometry.outputWidth,
      rows: table(buffers.scratch), tapByteOffsets: tapByteOffsets.base, strip: buffers.scratch + strip,
      into: convolution.place(outputRows.lowerBound * geometry.outputWidth, panel: panel, geometry, buffers))
  }
}
