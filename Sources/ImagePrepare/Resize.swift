import Int8Kernels
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
    try Resize(region: Window(self.size), to: size, filter: filter).apply(to: self)
  }
}

/// A part of a picture as a viewer sees it, resized; only what is kept is computed.
///
/// The stored picture is never turned: an axis that is stored the other way round has its coefficients turned instead,
/// and where rows are stored as columns the passes swap their axes. Sums of integers do not depend on their order, so
/// the bytes are those of turning, cropping and resizing.
struct Resize {
  /// Of the picture as seen.
  var region: Window
  var orientation = Orientation.asStored
  var size: Size2D
  var filter: Recipe.Filter
  /// The part of the result that is computed.
  var kept: Window
  var kernels: KernelSet

  init(
    region: Window, orientation: Orientation = .asStored, to size: Size2D, filter: Recipe.Filter,
    keeping kept: Window? = nil, kernels: KernelSet = .best
  ) {
    self.region = region
    self.orientation = orientation
    self.size = size
    self.filter = filter
    self.kept = kept ?? Window(size)
    self.kernels = kernels
  }

  /// - Parameter picture: as stored.
  /// - Precondition: the region lies within the picture as seen.
  func apply(to picture: Image) throws -> Image {
    if size == region.size { return cropped(picture).cropped(to: kept) }
    try checkWeights()
    if filter == .nearest { return cropped(picture).nearest(to: size, keeping: kept) }
    let seen = orientation.seen(picture.size)
    let rows = ResampleAxis(
      coefficients(region.rows, to: size.height, outputs: kept.rows), extent: seen.height,
      offset: region.rows.lowerBound, isMirrored: orientation.mirrorsRows)
    let columns = ResampleAxis(
      coefficients(region.columns, to: size.width, outputs: kept.columns), extent: seen.width,
      offset: region.columns.lowerBound, isMirrored: orientation.mirrorsColumns)
    try checkIntermediate(byteCount: rows.inputs.count * kept.columns.count * 3, picture)
    return resampled(picture, rows: rows, columns: columns).oriented(orientation)
  }

  private func cropped(_ picture: Image) -> Image { picture.oriented(orientation).cropped(to: region) }

  /// An axis whose extent stays is left alone, as in Pillow.
  private func coefficients(_ part: Range<Int>, to count: Int, outputs: Range<Int>) -> ResampleCoefficients {
    part.count == count
      ? ResampleCoefficients(copying: outputs)
      : ResampleCoefficients(inputCount: part.count, outputCount: count, outputs: outputs, filter: filter)
  }

  /// Along the columns as seen, then along the rows, 8 bit between; turned as the picture is stored.
  private func resampled(_ picture: Image, rows: ResampleAxis, columns: ResampleAxis) -> Image {
    let resampler = Resampler(kernels: ResampleKernels(kernels))
    let between = rows.inputs
    if orientation.isTransposed {
      let first = resampler.alongY(
        picture.pixels, width: picture.width, rows: 0..<picture.height, columns: between, axis: columns)
      let pixels = resampler.alongX(first, columns: between, rows: 0..<kept.columns.count, axis: rows)
      return Image(height: kept.columns.count, width: kept.rows.count, pixels: pixels)
    }
    let first = resampler.alongX(
      picture.pixels, columns: 0..<picture.width, rows: between, axis: columns)
    let width = kept.columns.count
    let pixels = resampler.alongY(first, width: width, rows: between, columns: 0..<width, axis: rows)
    return Image(height: kept.rows.count, width: width, pixels: pixels)
  }

  private static let weightLimit = 1 << 26
  private static let intermediateLimit = 1 << 28

  /// What 1 × 100 000 000 pixels would take: gigabytes of weights, or hours of stepping to the nearest pixel.
  private func checkWeights() throws {
    let count =
      ResampleCoefficients.weightCount(
        inputCount: region.rows.count, outputCount: size.height, outputs: kept.rows, filter: filter)
      + ResampleCoefficients.weightCount(
        inputCount: region.columns.count, outputCount: size.width, outputs: kept.columns, filter: filter)
    let steps = filter == .nearest ? max(kept.rows.upperBound, kept.columns.upperBound) : 0
    guard max(count, steps) <= Self.weightLimit else { throw extremeProportions }
  }

  /// The picture between the two passes may be as large as the picture itself, or a fixed size.
  private func checkIntermediate(byteCount: Int, _ picture: Image) throws {
    guard byteCount <= max(Self.intermediateLimit, picture.pixels.count) else { throw extremeProportions }
  }

  private var extremeProportions: InputError {
    InputError(
      .tooLarge, "",
      "a picture of \(region.size.width) × \(region.size.height) pixels cannot be resized in bounded memory and time",
      remedy: "cut it to more usual proportions")
  }

}

extension Image {
  /// Pillow's `NEAREST`: the pixel under each output's centre, the position advanced by repeated addition.
  fileprivate func nearest(to size: Size2D, keeping window: Window) -> Image {
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
