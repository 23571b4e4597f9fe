/// One input and one output channel a group: vectorized over channels, one pointer a pixel and one offset a
/// kernel element.
///
/// A tile goes panel by panel over all its pixels: a panel's rows are prepared in scratch just before they
/// are read.
final class DepthwiseConvolution: LayerKernel {
  private let geometry: ConvolutionGeometry
  private let convolution: PanelConvolution
  private let prepared: PreparedRows
  private let tiles: TileChoice
  private let tapByteOffsets: AlignedArray<Int>
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
    let idle = (convolution.taps.roundedUp(toMultipleOf: convolution.kernel.kr)) - convolution.taps
    tapByteOffsets = AlignedArray(prepared.tapByteOffsets + [Int](repeating: 0, count: idle))
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
    for pixel in 0..<pixelCount {
      table[pixel] = prepared.windowStart(
        outputRow: pixel / geometry.outputWidth, outputColumn: pixel % geometry.outputWidth, in: scratch)
    }
    for panel in panels {
      prepared.prepare(outputRows, block: panel, from: buffers.map(0), into: scratch)
      convolution.run(
        panels: panel..<panel + 1, firstPixel: outputRows.lowerBound * geometry.outputWidth,
        pixelCount: pixelCount, rows: table, tapByteOffsets: tapByteOffsets.base,
        strip: buffers.scratch + strip, buffers)
    }
  }
}
