/// One input and one output channel a group: vectorized over channels, one pointer a pixel and kernel element.
///
/// Rows are the input's own pixels; padding reads a constant row of zero points.
final class DepthwiseConvolution: LayerKernel {
  private let geometry: ConvolutionGeometry
  private let convolution: PanelConvolution
  private let tiles: TileChoice
  private let paddingPixel: AlignedArray<Int8>
  private let pointers: Int
  private let strip: Int
  let scratchByteCount: Int

  init(_ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernels: KernelSet) {
    self.geometry = geometry
    convolution = PanelConvolution(
      geometry, parameters, taps: geometry.kernelHeight * geometry.kernelWidth, depth: 1, kernels: kernels)
    tiles = TileChoice(
      positions: geometry.outputHeight, pixelsPerPosition: geometry.outputWidth,
      panels: convolution.layout.panelCount)
    paddingPixel = AlignedArray(parameters.inputZeroPoints)
    let pixels = tiles.positionsPerTile * geometry.outputWidth
    var scratch = ScratchLayout()
    pointers = scratch.add(convolution.pointerCount(pixels: pixels) * MemoryLayout<UnsafeRawPointer>.stride)
    strip = scratch.add(convolution.stripByteCount(pixels: pixels))
    scratchByteCount = scratch.byteCount
  }

  var kernelName: String { convolution.kernel.name }
  var tileCount: Int { tiles.count }

  func run(tile: Int, _ buffers: LayerBuffers) {
    let outputRows = tiles.positions(of: tile)
    let table = (buffers.scratch + pointers).assumingMemoryBound(to: UnsafeRawPointer.self)
    fill(table, outputRows, input: buffers.inputs[0])
    convolution.run(
      panels: tiles.panels(of: tile), firstPixel: outputRows.lowerBound * geometry.outputWidth,
      pixelCount: outputRows.count * geometry.outputWidth, rows: table, strip: buffers.scratch + strip,
      buffers)
  }

  /// Writes `[pixel][⌈taps / kr⌉ · kr]` pointers; past the last tap they repeat it.
  private func fill(
    _ table: UnsafeMutablePointer<UnsafeRawPointer>, _ outputRows: Range<Int>, input: UnsafeRawPointer
  ) {
    var place = 0
    let idle = convolution.pointersPerPixel - convolution.taps
    let padding = UnsafeRawPointer(paddingPixel.base)
    for outputY in outputRows {
      for outputX in 0..<geometry.outputWidth {
        for ky in 0..<geometry.kernelHeight {
          let y = outputY * geometry.strideHeight - geometry.paddingTop + ky * geometry.dilationHeight
          let isRowInside = y >= 0 && y < geometry.inputHeight
          for kx in 0..<geometry.kernelWidth {
            let x = outputX * geometry.strideWidth - geometry.paddingLeft + kx * geometry.dilationWidth
            let isInside = isRowInside && x >= 0 && x < geometry.inputWidth
            table[place] = isInside ? input + (y * geometry.inputWidth + x) * geometry.inputChannels : padding
            place += 1
          }
        }
        for _ in 0..<idle {
          table[place] = table[place - 1]
          place += 1
        }
      }
    }
  }
}
