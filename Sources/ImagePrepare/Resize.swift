import Quant

/// A part of a picture, in pixels.
struct Window: Hashable {
  var rows: Range<Int>
  var columns: Range<Int>

  init(rows: Range<Int>, columns: Range<Int>) {
    self.rows = rows
    self.columns = columns
  }

  /// All of a picture of this size.
  init(_ size: Size2D) { self.init(rows: 0..<size.height, columns: 0..<size.width) }

  var size: Size2D { Size2D(height: rows.count, width: columns.count) }
}

extension Image {
  public var size: Size2D { Size2D(height: height, width: width) }

  /// The picture resized to `size`, the same bytes as Pillow's `Image.resize`.
  ///
  /// - Throws: `InputError` (tooLarge) for proportions so extreme that the intermediate picture would not fit.
  public func resized(to size: Size2D, filter: Recipe.Filter) throws -> Image {
    try resized(to: size, filter: filter, keeping: Window(size))
  }

  /// The part `window` of the picture resized to `size`; nothing else is computed.
  func resized(to size: Size2D, filter: Recipe.Filter, keeping window: Window) throws -> Image {
    if size == self.size { return cropped(to: window) }
    try checkWeights(of: size, filter: filter, keeping: window)
    if filter == .nearest { return nearest(to: size, keeping: window) }
    let rows = ResampleCoefficients(
      inputCount: height, outputCount: size.height, outputs: window.rows, filter: filter)
    let columns = ResampleCoefficients(
      inputCount: width, outputCount: size.width, outputs: window.columns, filter: filter)

    // An axis whose extent stays is left alone, as in Pillow.
    let keepsRows = size.height == height
    let neededRows = keepsRows ? window.rows : rows.inputs
    try checkIntermediate(byteCount: neededRows.count * window.columns.count * 3)
    var result: [UInt8]
    if size.width == width {
      result = cropped(to: Window(rows: neededRows, columns: window.columns)).pixels
    } else {
      result = Resampler.horizontal(pixels, width: width, rows: neededRows, columns: columns)
    }
    if !keepsRows {
      result = Resampler.vertical(
        result, rowBytes: window.columns.count * 3, firstRow: neededRows.lowerBound, rows: rows)
    }
    return Image(height: window.rows.count, width: window.columns.count, pixels: result)
  }

  private static let weightLimit = 1 << 26
  private static let intermediateLimit = 1 << 28

  /// What 1 × 100 000 000 pixels would take: gigabytes of weights, or hours of stepping to the nearest pixel.
  private func checkWeights(of size: Size2D, filter: Recipe.Filter, keeping window: Window) throws {
    let count =
      ResampleCoefficients.weightCount(
        inputCount: height, outputCount: size.height, outputs: window.rows, filter: filter)
      + ResampleCoefficients.weightCount(
        inputCount: width, outputCount: size.width, outputs: window.columns, filter: filter)
    let steps = filter == .nearest ? max(window.rows.upperBound, window.columns.upperBound) : 0
    guard max(count, steps) <= Self.weightLimit else { throw extremeProportions }
  }

  /// The picture between the two passes may be as large as the picture itself, or a fixed size.
  private func checkIntermediate(byteCount: Int) throws {
    guard byteCount <= max(Self.intermediateLimit, pixels.count) else { throw extremeProportions }
  }

  private var extremeProportions: InputError {
    InputError(
      .tooLarge, "", "a picture of \(width) × \(height) pixels cannot be resized in bounded memory and time",
      remedy: "cut it to more usual proportions")
  }

  /// Pillow's `NEAREST`: the pixel under each output's centre, the position advanced by repeated addition.
  private func nearest(to size: Size2D, keeping window: Window) -> Image {
    let columns = Self.nearestPositions(from: width, to: size.width, outputs: window.columns)
    let rows = Self.nearestPositions(from: height, to: size.height, outputs: window.rows)
    var result = [UInt8](repeating: 0, count: rows.count * columns.count * 3)
    var target = 0
    for row in rows {
      for column in columns {
        // Rounding in the repeated addition may step past the edge; Pillow leaves such a pixel black.
        if row < height && column < width {
          let source = (row * width + column) * 3
          for channel in 0..<3 { result[target + channel] = pixels[source + channel] }
        }
        target += 3
      }
    }
    return Image(height: rows.count, width: columns.count, pixels: result)
  }

  private static func nearestPositions(from inputCount: Int, to outputCount: Int, outputs: Range<Int>)
    -> [Int]
  {
    let step = Double(Float(inputCount)) / Double(outputCount)
    var position = step * 0.5
    var positions: [Int] = []
    for output in 0..<outputs.upperBound {
      if output >= outputs.lowerBound { positions.append(Int(position)) }
      position += step
    }
    return positions
  }
}
