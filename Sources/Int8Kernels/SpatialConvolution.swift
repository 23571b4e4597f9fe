/// Any kernel, stride, dilation, padding and groups, through row pointers.
///
/// A tile first writes the input rows it reads to scratch, as the kernel reads them and with their left and right
/// padding; rows above and below the map are one constant row of padding. Then the pixels under one kernel row stand together,
/// and a kernel row is a single tap of kernelWidth·channels elements: fewer pointers, and no idle products where the input
/// has 3 channels. Dilated and grouped convolutions have one tap a kernel element instead.
final class SpatialConvolution: LayerKernel {
  private let geometry: ConvolutionGeometry
  private let convolution: PanelConvolution
  private let tiles: TileChoice
  private let joinsColumns: Bool
  /// A padded row of input zero points as the kernel reads it.
  private let paddingRow: AlignedArray<UInt8>
  private let rowByteCount: Int
  private let pointers: Int
  private let strip: Int
  private let rows: Int
  let scratchByteCount: Int

  init(_ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernels: KernelSet) {
    self.geometry = geometry
    joinsColumns = geometry.dilationWidth == 1 && geometry.groups == 1
    let channelsPerGroup = geometry.inputChannels / geometry.groups
    convolution = PanelConvolution(
      geometry, parameters,
      taps: joinsColumns ? geometry.kernelHeight : geometry.kernelHeight * geometry.kernelWidth,
      depth: joinsColumns ? geometry.kernelWidth * channelsPerGroup : channelsPerGroup, kernels: kernels)
    let kernel = convolution.kernel
    tiles = TileChoice(
      positions: geometry.outputHeight, pixelsPerPosition: geometry.outputWidth,
      panels: convolution.layout.panelCount)
    let row = [[Int8]](repeating: parameters.inputZeroPoints, count: geometry.paddedWidth).flatMap { $0 }
    rowByteCount = (row.count * kernel.rowByteCount).roundedUp(toMultipleOf: LayerBuffers.alignment)
    paddingRow = AlignedArray(count: rowByteCount) { memory in
      row.withUnsafeBufferPointer { elements in
        guard let source = elements.baseAddress else { return }
        kernel.prepare(source, into: memory, count: elements.count)
      }
    }
    let pixels = tiles.positionsPerTile * geometry.outputWidth
    var scratch = ScratchLayout()
    pointers = scratch.add(convolution.pointerCount(pixels: pixels) * MemoryLayout<UnsafeRawPointer>.stride)
    strip = scratch.add(convolution.stripByteCount(pixels: pixels))
    let inputRows = geometry.inputRows(of: 0..<tiles.positionsPerTile).count
    rows = scratch.add(min(inputRows, geometry.inputHeight) * rowByteCount + LayerBuffers.slackByteCount)
    scratchByteCount = scratch.byteCount
  }

  var kernelName: String { convolution.kernel.name }
  var tileCount: Int { tiles.count }

  func run(tile: Int, _ buffers: LayerBuffers) {
    let outputRows = tiles.positions(of: tile)
    let inputRows = geometry.inputRows(of: outputRows).clamped(to: 0..<geometry.inputHeight)
    for (index, y) in inputRows.enumerated() {
      prepareRow(y, into: buffers.scratch + rows + index * rowByteCount, buffers)
    }
    let table = (buffers.scratch + pointers).assumingMemoryBound(to: UnsafeRawPointer.self)
    fill(table, outputRows, prepared: buffers.scratch + rows, inputRows)
    convolution.run(
      panels: tiles.panels(of: tile), firstPixel: outputRows.lowerBound * geometry.outputWidth,
      pixelCount: outputRows.count * geometry.outputWidth, rows: table, strip: buffers.scratch + strip,
      buffers)
  }

  private func prepareRow(_ y: Int, into destination: UnsafeMutableRawPointer, _ buffers: LayerBuffers) {
    let elementByteCount = convolution.kernel.rowByteCount
    let pixelByteCount = geometry.inputChannels * elementByteCount
    let left = geometry.paddingLeft * pixelByteCount
    let width = min(geometry.inputWidth, geometry.paddedWidth - geometry.paddingLeft)
    let right = (geometry.paddedWidth - geometry.paddingLeft - width) * pixelByteCount
    let source = buffers.inputs[0].assumingMemoryBound(to: Int8.self)
    destination.copyMemory(from: paddingRow.base, byteCount: left)
    convolution.kernel.prepare(
      source + y * geometry.inputWidth * geometry.inputChannels, into: destination + left,
      count: width * geometry.inputChannels)
    (destination + left + width * pixelByteCount).copyMemory(from: paddingRow.base, byteCount: right)
  }

  /// Writes `[block][taps][mr]` pointers; past the last pixel they repeat it.
  private func fill(
    _ table: UnsafeMutablePointer<UnsafeRawPointer>, _ outputRows: Range<Int>, prepared: UnsafeRawPointer,
    _ inputRows: Range<Int>
  ) {
    let mr = convolution.kernel.mr
    let pixelCount = outputRows.count * geometry.outputWidth
    let pixelByteCount = geometry.inputChannels * convolution.kernel.rowByteCount
    let columns = joinsColumns ? 1 : geometry.kernelWidth
    let padding = UnsafeRawPointer(paddingRow.base)
    for index in 0..<pixelCount.roundedUp(toMultipleOf: mr) {
      let pixel = min(index, pixelCount - 1)
      let firstRow =
        (outputRows.lowerBound + pixel / geometry.outputWidth) * geometry.strideHeight - geometry.paddingTop
      let firstColumn = pixel % geometry.outputWidth * geometry.strideWidth
      var place = index / mr * mr * convolution.taps + index % mr
      for ky in 0..<geometry.kernelHeight {
        let y = firstRow + ky * geometry.dilationHeight
        let row =
          inputRows.contains(y) ? prepared + (y - inputRows.lowerBound) * rowByteCount : padding
        for kx in 0..<columns {
          table[place] = row + (firstColumn + kx * geometry.dilationWidth) * pixelByteCount
          place += mr
        }
      }
    }
  }
}

extension ConvolutionGeometry {
  /// Columns from the left padding to the last one that an output reads; the map's further columns are left out.
  var paddedWidth: Int { (outputWidth - 1) * strideWidth + (kernelWidth - 1) * dilationWidth + 1 }

  /// The input rows, some perhaps outside the map, between the first and the last that `outputRows` read.
  func inputRows(of outputRows: Range<Int>) -> Range<Int> {
    let first = outputRows.lowerBound * strideHeight - paddingTop
    let last = (outputRows.upperBound - 1) * strideHeight - paddingTop + (kernelHeight - 1) * dilationHeight
    return first..<last + 1
  }
}
