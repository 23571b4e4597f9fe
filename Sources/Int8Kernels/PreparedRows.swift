import CInt8Kernels

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
  /// `[form][block][column][blockChannels]`: rows of input zero points.
  private let paddingRows: AlignedArray<UInt8>
  private let blocks: Int
  private let rowByteCount: Int
  /// Whether all blocks have the same padding: once written, it serves the next block in the same place.
  private let paddingIsShared: Bool
  let pixelByteCount: Int

  init(
    _ geometry: ConvolutionGeometry, inputZeroPoints: [Int8], _ plan: PanelPlan, blockChannels: Int,
    outputRowsPerTile: Int
  ) {
    self.geometry = geometry
    let kernel = plan.kernel
    self.kernel = kernel
    self.blockChannels = blockChannels
    pixelByteCount = blockChannels * kernel.rowByteCount
    rowByteCount = (geometry.paddedWidth * pixelByteCount).roundedUp(toMultipleOf: LayerBuffers.alignment)
    blocks = geometry.inputChannels.dividedRoundingUp(by: blockChannels)
    paddingIsShared = inputZeroPoints.allSatisfy { $0 == inputZeroPoints.first }
    let rows = geometry.inputRows(of: 0..<outputRowsPerTile).count
    (byteCount, turnedDistance) = plan.rowBytes(
      rows * rowByteCount + LayerBuffers.slackByteCount, channels: blockChannels)
    let (blocks, rowByteCount, pixelByteCount) = (blocks, rowByteCount, pixelByteCount)
    let forms = turnedDistance > 0 ? 2 : 1
    paddingRows = AlignedArray(count: forms * blocks * rowByteCount) { memory in
      inputZeroPoints.withUnsafeBufferPointer { zeroPoints in
        guard let source = zeroPoints.baseAddress else { return }
        for block in 0..<blocks {
          let first = block * blockChannels
          let count = min(blockChannels, geometry.inputChannels - first)
          // A source stride of 0 repeats the pixel.
          kernel.prepare(
            source + first, stride: 0, into: memory + block * rowByteCount, stride: pixelByteCount,
            rows: geometry.paddedWidth, count: count)
          if forms == 2 {
            kernel.prepareTurned(
              source + first, stride: 0, into: memory + (blocks + block) * rowByteCount,
              stride: pixelByteCount,
              rows: geometry.paddedWidth, count: count)
          }
        }
      }
    }
  }

  /// Scratch bytes of a block.
  let byteCount: Int
  /// From an element to its second form; 0 where there is none.
  let turnedDistance: Int

  private func paddingRow(_ block: Int, isTurned: Bool) -> UnsafePointer<UInt8> {
    paddingRows.base + (isTurned ? blocks + block : block) * rowByteCount
  }

  /// Writes what `outputRows` read of `block`, whose channels are the first of `source`, to `scratch`.
  ///
  /// - Parameter isNext: the same rows of another block were written there last.
  func prepare(
    _ outputRows: Range<Int>, block: Int, isNext: Bool = false, from source: MapRows,
    into scratch: UnsafeMutableRawPointer
  ) {
    let writesPadding = !(isNext && paddingIsShared)
    prepare(
      outputRows, block: block, writesPadding: writesPadding, from: source, isTurned: false, into: scratch)
    if turnedDistance > 0 {
      prepare(
        outputRows, block: block, writesPadding: writesPadding, from: source, isTurned: true,
        into: scratch + turnedDistance)
    }
  }

  private func prepare(
    _ outputRows: Range<Int>, block: Int, writesPadding: Bool, from source: MapRows, isTurned: Bool,
    into scratch: UnsafeMutableRawPointer
  ) {
    let wanted = geometry.inputRows(of: outputRows)
    let first = min(max(wanted.lowerBound, 0), geometry.inputHeight)
    let last = max(first, min(wanted.upperBound, geometry.inputHeight))
    let padding = writesPadding ? paddingRow(block, isTurned: isTurned) : nil
    let above = scratch + (first - wanted.lowerBound) * rowByteCount
    if last > first {
      prepareRows(last - first, source.row(first), source, block, isTurned: isTurned, padding, into: above)
    }
    guard let padding else { return }
    for row in 0..<first - wanted.lowerBound {
      (scratch + row * rowByteCount).copyMemory(from: padding, byteCount: rowByteCount)
    }
    for row in last - wanted.lowerBound..<max(wanted.upperBound, last) - wanted.lowerBound {
      (scratch + row * rowByteCount).copyMemory(from: padding, byteCount: rowByteCount)
    }
  }

  private func prepareRows(
    _ rows: Int, _ start: UnsafePointer<Int8>, _ source: MapRows, _ block: Int, isTurned: Bool,
    _ padding: UnsafePointer<UInt8>?, into place: UnsafeMutableRawPointer
  ) {
    let left = min(geometry.paddingLeft, geometry.paddedWidth)
    let width = min(geometry.inputWidth, geometry.paddedWidth - left)
    let right = geometry.paddedWidth - left - width
    var arguments = i8k_rows_arguments(
      source: start, sourceRowStrideBytes: source.width * source.channels,
      sourcePixelStrideBytes: source.channels,
      destination: place, destinationRowStrideBytes: rowByteCount,
      destinationPixelStrideBytes: pixelByteCount,
      rows: rows, pixels: width,
      count: blockChannels == source.channels
        ? blockChannels : min(blockChannels, geometry.inputChannels - block * blockChannels),
      areJoined: blockChannels == source.channels,
      padding: padding, leftBytes: left * pixelByteCount, rightBytes: right * pixelByteCount)
    kernel.prepareRows(&arguments, isTurned: isTurned)
  }

  /// Where the window of an output pixel begins; `outputRow` counts from the tile's first.
  func windowStart(outputRow: Int, outputColumn: Int, in scratch: UnsafeRawPointer) -> UnsafeRawPointer {
    scratch + windowOffset(outputRow: outputRow, outputColumn: outputColumn)
  }

  /// The same in bytes from the first prepared row.
  func windowOffset(outputRow: Int, outputColumn: Int) -> Int {
    outputRow * geometry.strideHeight * rowByteCount + outputColumn * geometry.strideWidth * pixelByteCount
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

/// Rows of a map, or of some channels of some of its rows: row `firstRow` begins at `start`, a pixel is `channels` bytes.
struct MapRows {
  var start: UnsafePointer<Int8>
  var firstRow = 0
  var width: Int
  var channels: Int

  func row(_ y: Int) -> UnsafePointer<Int8> { start + (y - firstRow) * width * channels }

  static func + (rows: MapRows, channel: Int) -> MapRows {
    var result = rows
    result.start += channel
    return result
  }
}

extension MapRows {
  /// All of a convolution's input.
  init(_ map: UnsafePointer<Int8>, _ geometry: ConvolutionGeometry) {
    self.init(start: map, width: geometry.inputWidth, channels: geometry.inputChannels)
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
