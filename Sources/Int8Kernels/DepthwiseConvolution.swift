/// One input and one output channel a group: vectorized over channels, one pointer a pixel and kernel element.
///
/// A tile goes panel by panel over all its pixels: a panel's rows are prepared in scratch just before they are read.
final class DepthwiseConvolution: LayerKernel {
  private let geometry: ConvolutionGeometry
  private let convolution: PanelConvolution
  private let prepared: PreparedRows
  private let tiles: TileChoice
  private let pointers: Int
  private let strip: Int
  private let rows: Int
  let scratchByteCount: Int

  init(_ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernels: KernelSet) {
    self.geometry = geometry
    convolution = PanelConvolution(
      geometry, parameters, taps: geometry.kernelHeight * geometry.kernelWidth, depth: 1, kernels: kernels)
    tiles = TileChoice(
      positions: geometry.outputHeight, pixelsPerPosition: geometry.outputWidth, pixels: 224,
      panels: convolution.layout.panelCount)
    prepared = PreparedRows(
      geometry, inputZeroPoints: parameters.inputZeroPoints, kernel: convolution.kernel,
      blockChannels: convolution.kernel.nr, outputRowsPerTile: tiles.positionsPerTile)
    let pixels = tiles.positionsPerTile * geometry.outputWidth
    var scratch = ScratchLayout()
    pointers = scratch.add(convolution.pointerCount(pixels: pixels) * MemoryLayout<UnsafeRawPointer>.stride)
    strip = scratch.add(convolution.stripByteCount(pixels: pixels))
    rows = scratch.add(prepared.byteCount)
    scratchByteCount = scratch.byteCount
  }

  var kernelName: String { convolution.kernel.name }
  var tileCount: Int { tiles.count }

  func run(tile: Int, _ buffers: LayerBuffers) {
    let outputRows = tiles.positions(of: tile)
    let panels = tiles.panels(of: tile)
    let scratch = buffers.scratch + rows
    let table = (buffers.scratch + pointers).assumingMemoryBound(to: UnsafeRawPointer.self)
    let pixelCount = outputRows.count * geometry.outputWidth
    fill(table, pixelCount, scratch)
    for panel in panels {
      prepared.prepare(outputRows, block: panel, from: buffers.map(0), into: scratch)
      convolution.run(
        panels: panel..<panel + 1, firstPixel: outputRows.lowerBound * geometry.outputWidth,
        pixelCount: pixelCount, rows: table, strip: buffers.scratch + strip, buffers)
    }
  }

  /// Writes `[pixel][⌈taps / kr⌉ · kr]` pointers; past the last tap they repeat it.
  private func fill(
    _ table: UnsafeMutablePointer<UnsafeRawPointer>, _ pixelCount: Int, _ scratch: UnsafeRawPointer
  ) {
    let (taps, perPixel) = (convolution.taps, convolution.pointersPerPixel)
    for pixel in 0..<pixelCount {
      let window = prepared.windowStart(
        outputRow: pixel / geometry.outputWidth, outputColumn: pixel % geometry.outputWidth, in: scratch)
      var place = table + pixel * perPixel
      for ky in 0..<geometry.kernelHeight {
        for kx in 0..<geometry.kernelWidth {
          place[kx] = window + ky * prepared.kernelRowByteCount + kx * prepared.kernelColumnByteCount
        }
        place += geometry.kernelWidth
      }
      for idle in 0..<perPixel - taps { place[idle] = place[-1] }
    }
  }
}
