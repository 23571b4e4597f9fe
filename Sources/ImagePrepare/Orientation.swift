import Quant

/// How a stored picture is turned for a viewer: EXIF's tag 0x0112.
package struct Orientation: Hashable, Sendable {
  /// 1…8
  package let tag: Int

  package static let asStored = Orientation(tag: 1)

  /// - Parameter tag: what is out of range is 1.
  package init(tag: Int) { self.tag = (1...8).contains(tag) ? tag : 1 }

  /// Whether rows as seen are columns as stored.
  var isTransposed: Bool { tag >= 5 }
  /// Whether rows as seen, top down, run against the stored axis that they lie on.
  var mirrorsRows: Bool { [3, 4, 7, 8].contains(tag) }
  /// The same for columns.
  var mirrorsColumns: Bool { [2, 3, 6, 7].contains(tag) }

  /// The size as seen of a picture stored in `size`.
  package func seen(_ size: Size2D) -> Size2D {
    isTransposed ? Size2D(height: size.width, width: size.height) : size
  }
}

extension Image {
  /// The picture as it looks to a viewer.
  package func oriented(_ orientation: Orientation) -> Image {
    if orientation == .asStored { return self }
    let seen = orientation.seen(size)
    // How the place in this picture moves with the result's row and column, in pixels.
    let steps = orientation.isTransposed ? (row: 1, column: width) : (row: width, column: 1)
    let row = orientation.mirrorsRows ? -steps.row : steps.row
    let column = orientation.mirrorsColumns ? -steps.column : steps.column
    let start =
      (orientation.mirrorsRows ? (seen.height - 1) * steps.row : 0)
      + (orientation.mirrorsColumns ? (seen.width - 1) * steps.column : 0)
    return turned(seen, start: start, row, column)
  }

  /// Pixel (y, x) of the result is pixel `start + y · rowStep + x · columnStep` of this one.
  private func turned(_ size: Size2D, start: Int, _ rowStep: Int, _ columnStep: Int) -> Image {
    var result = [UInt8](repeating: 0, count: pixels.count)
    // In square tiles, so that neither side's cache lines are left before they are used up.
    let tile = 32
    for top in stride(from: 0, to: size.height, by: tile) {
      for left in stride(from: 0, to: size.width, by: tile) {
        for y in top..<min(size.height, top + tile) {
          for x in left..<min(size.width, left + tile) {
            let source = (start + y * rowStep + x * columnStep) * 3
            let target = (y * size.width + x) * 3
            for channel in 0..<3 { result[target + channel] = pixels[source + channel] }
          }
        }
      }
    }
    return Image(height: size.height, width: size.width, pixels: result)
  }
}
