/// The input rows of a tile in scratch memory, as a kernel reads them, with padding on all sides: no driver
/// asks whether a window lies inside the map.
///
/// Layout `[row][column][blockChannels]`, one block of channels at a time. A convolution has one block of all
/// channels. A depthwise convolution has one a panel: the few bytes that a panel reads of every pixel then
/// stand together in the nearest cache.
struct PreparedRows: Sendable {
  private let geometry: ConvolutionGeometry
  private let kernel: MicroKernel
  private let blockChannels: Int
  private let outputRowsPerTile: Int
  /// `[block][column][blockChannels]`: a row of input zero points.
  private let paddingRow: AlignedArray<UInt8>
  private let rowByteCount: Int
  let pixelByteCount: Int

  init(
    _ geometry: ConvolutionGeometry, inputZeroPoints: [Int8], kernel: MicroKernel, blockChannels: Int,
    outputRowsPerTile: Int
  ) {
    self.geometry = geometry
    self.kernel = kernel
    self.blockChannels = blockChannels
    self.outputRowsPerTile = outputRowsPerTile
    pixelByteCount = blockChannels * kernel.rowByteCount
    rowByteCount = (geometry.paddedWidth * pixelByteCount).roundedUp(toMultipleOf: LayerBuffers.alignment)
    let blocks = geometry.inputChannels.dividedRoundingUp(by: blockChannels)
    let (rowByteCount, pixelByteCount) = (rowByteCount, pixelByteCount)
    paddingRow = AlignedArray(count: blocks * rowByteCount) { memory in
      inputZeroPoints.withUnsafeBufferPointer { zeroPoints in
        guard let source = zeroPoints.baseAddress else { return }
        for block in 0..<blocks {
          let first = block * blockChannels
          // A source stride of 0 repeats the pixel.
          kernel.prepare(
            source + first, stride: 0, into: memory + block * rowByteCount, stride: pixelByteCount,
            rows: geometry.paddedWidth, count: min(blockChannels, geometry.inputChannels - first))
        }
      }
    }
  }

  /// Scratch bytes of a block.
  var byteCount: Int {
    geometry.inputRows(of: 0..<outputRowsPerTile).count * rowByteCount + LayerBuffers.slackByteCount
  }

  /// Writes what `outputRows` read of `block` to `scratch`.
  func prepare(
    _ outputRows: Range<Int>, block: Int, from map: UnsafePointer<Int8>, into scratch: UnsafeMutableRawPointer
  ) {
    var row = scratch
    for y in geometry.inputRows(of: outputRows) {
      if y >= 0 && y < geometry.inputHeight {
        prepareRow(map + y * geometry.inputWidth * geometry.inputChannels, block: block, into: row)
      } else {
        row.copyMemory(from: paddingRow.base + block * rowByteCount, byteCount: rowByteCount)
      }
      row += rowByteCount
    }
  }

  private func prepareRow(_ source: UnsafePointer<Int8>, block: Int, into row: UnsafeMutableRawPointer) {
    let left = min(geometry.paddingLeft, geometry.paddedWidth)
    let width = min(geometry.inputWidth, geometry.paddedWidth - left)
    let right = geometry.paddedWidth - left - width
    let padding = paddingRow.base + block * rowByteCount
    let inside = row + left * pixelByteCount
    let first = block * blockChannels
    row.copyMemory(from: padding, byteCount: left * pixelByteCount)
    if blockChannels == geometry.inputChannels {
      let count = width * blockChannels
      kernel.prepare(source, stride: count, into: inside, stride: 0, rows: 1, count: count)
    } else {
      kernel.prepare(
        source + first, stride: geometry.inputChannels, into: inside, stride: pixelByteCount, rows: width,
        count: min(blockChannels, geometry.inputChannels - first))
    }
    (inside + width * pixelByteCount).copyMemory(from: padding, byteCount: right * pixelByteCount)
  }

  /// Where the window of an output pixel begins; `outputRow` counts from the tile's first.
  func windowStart(outputRow: Int, outputColumn: Int, in scratch: UnsafeRawPointer) -> UnsafeRawPointer {
    scratch + outputRow * geometry.strideHeight * rowByteCount
      + outputColumn * geometry.strideWidth * pixelByteCount
  }

  /// Bytes from a kernel row, or column, to the next.
  var kernelRowByteCount: Int { geometry.dilationHeight * rowByteCount }
  var kernelColumnByteCount: Int { geometry.dilationWidth * pixelByteCount }

  /// Where each kernel element stands in a window, row by row.
  var tapByteOffsets: [Int] {
    (0..<geometry.kernelHeight).flatMap { ky in
      (0..<geometry.kernelWidth).map { ky * kernelRowByteCount + $0 * kernelColumnByteCount }
    }
  }
}

extension ConvolutionGeometry {
  /// Columns from the left padding to the last one that an output reads; the map's further columns are left
  /// out.
  var paddedWidth: Int { (outputWidth - 1) * strideWidth + (kernelWidth - 1) * dilationWidth + 1 }

  /// The input rows, some perhaps outside the map, between the first and the last that `outputRows` read.
  func inputRows(of outputRows: Range<Int>) -> Range<Int> {
    let first = outputRows.lowerBound * strideHeight - paddingTop
    let last = (outputRows.upperBound - 1) * strideHeight - paddingTop + (kernelHeight - 1) * dilationHeight
    return first..<last + 1
  }
}
