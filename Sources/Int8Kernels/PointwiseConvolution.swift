/// 1×1, stride 1, no padding, one group: a matrix product over the map's pixels.
///
/// Rows are the input's own pixels where the kernel reads Int8; else a tile's pixels are prepared into
/// scratch first.
final class PointwiseConvolution: LayerKernel {
  private let convolution: PanelConvolution
  private let tiles: TileChoice
  private let channels: Int

  init(_ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernels: KernelSet) {
    channels = geometry.inputChannels
    convolution = PanelConvolution(geometry, parameters, taps: 1, depth: channels, kernels: kernels)
    tiles = TileChoice(
      positions: geometry.inputHeight * geometry.inputWidth, pixelsPerPosition: 1,
      panels: convolution.layout.panelCount)
    let pixels = tiles.positionsPerTile
    var scratch = ScratchLayout()
    pointers = scratch.add(convolution.pointerCount(pixels: pixels) * MemoryLayout<UnsafeRawPointer>.stride)
    strip = scratch.add(convolution.stripByteCount(pixels: pixels))
    rows = scratch.add(
      !convolution.kernel.needsPreparedRows
        ? 0 : pixels * channels * convolution.kernel.rowByteCount + LayerBuffers.slackByteCount)
    scratchByteCount = scratch.byteCount
  }

  private let pointers: Int
  private let strip: Int
  private let rows: Int
  let scratchByteCount: Int

  var kernelName: String { convolution.kernel.name }
  var tileCount: Int { tiles.count }

  static func serves(_ geometry: ConvolutionGeometry) -> Bool {
    geometry.kernelHeight == 1 && geometry.kernelWidth == 1 && geometry.strideHeight == 1
      && geometry.strideWidth == 1 && geometry.paddingTop == 0 && geometry.paddingLeft == 0
      && geometry.groups == 1 && geometry.inputHeight == geometry.outputHeight
      && geometry.inputWidth == geometry.outputWidth
  }

  func run(tile: Int, _ buffers: LayerBuffers) {
    let pixels = tiles.positions(of: tile)
    let table = (buffers.scratch + pointers).assumingMemoryBound(to: UnsafeRawPointer.self)
    let base = preparedRows(pixels, buffers)
    let stride = channels * convolution.kernel.rowByteCount
    for index in 0..<convolution.pointerCount(pixels: pixels.count) {
      table[index] = base + min(index, pixels.count - 1) * stride
    }
    convolution.run(
      panels: tiles.panels(of: tile), firstPixel: pixels.lowerBound, pixelCount: pixels.count, rows: table,
      strip: buffers.scratch + strip, buffers)
  }

  private func preparedRows(_ pixels: Range<Int>, _ buffers: LayerBuffers) -> UnsafeRawPointer {
    let source = buffers.inputs[0].assumingMemoryBound(to: Int8.self) + pixels.lowerBound * channels
    guard convolution.kernel.needsPreparedRows else { return UnsafeRawPointer(source) }
    let count = pixels.count * channels
    convolution.kernel.prepare(
      source, stride: count, into: buffers.scratch + rows, stride: 0, rows: 1, count: count)
    return UnsafeRawPointer(buffers.scratch + rows)
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
