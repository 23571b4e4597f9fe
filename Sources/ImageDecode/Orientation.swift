import ImagePrepare

/// The EXIF orientation of a TIFF structure, 1…8; 1 when there is none or it makes no sense.
///
/// Only the first directory is read, entry by entry, and no offset in it is followed: a directory that points to
/// itself costs nothing.
func exifOrientation(of exif: ArraySlice<UInt8>) -> Int {
  var tiff = exif
  if tiff.starts(with: "Exif\0".utf8) { tiff = tiff.dropFirst(6) }
  guard let reader = TIFFReader(tiff), let directory = reader.long(4), let count = reader.short(directory)
  else {
    return 1
  }
  var orientation = 1
  for index in 0..<count {
    let entry = directory + 2 + 12 * index
    guard let tag = reader.short(entry), let type = reader.short(entry + 2) else { break }
    guard tag == 0x0112 else { continue }
    let value = type == 4 ? reader.long(entry + 8) : type == 3 ? reader.short(entry + 8) : nil
    if let value, (1...8).contains(value) { orientation = value }
  }
  return orientation
}

/// Bounded reads in a TIFF structure of either byte order.
private struct TIFFReader {
  private let bytes: ArraySlice<UInt8>
  private let isLittleEndian: Bool

  /// Nil unless the bytes begin as a TIFF structure does.
  init?(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    if bytes.starts(with: "II*\0".utf8) {
      isLittleEndian = true
    } else if bytes.starts(with: "MM\0*".utf8) {
      isLittleEndian = false
    } else {
      return nil
    }
  }

  func short(_ offset: Int) -> Int? { unsigned(offset, byteCount: 2) }

  func long(_ offset: Int) -> Int? { unsigned(offset, byteCount: 4) }

  /// - Precondition: `offset` is not negative and below 2³³.
  private func unsigned(_ offset: Int, byteCount: Int) -> Int? {
    guard offset + byteCount <= bytes.count else { return nil }
    let start = bytes.startIndex + offset
    let field = bytes[start..<start + byteCount]
    return isLittleEndian
      ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
  }
}

extension Image {
  /// The picture as it looks to a viewer when its EXIF orientation is `orientation`.
  func oriented(_ orientation: Int) -> Image {
    // Where output (0, 0) comes from, and how the source moves with the output's row and column.
    let last = (row: (height - 1) * width, column: width - 1)
    let walk: (start: Int, rowStep: Int, columnStep: Int)
    switch orientation {
    case 2: walk = (last.column, width, -1)
    case 3: walk = (last.row + last.column, -width, -1)
    case 4: walk = (last.row, -width, 1)
    case 5: walk = (0, 1, width)
    case 6: walk = (last.row, 1, -width)
    case 7: walk = (last.row + last.column, -1, -width)
    case 8: walk = (last.column, -1, width)
    default: return self
    }
    return turned(rows: orientation < 5 ? height : width, start: walk.start, walk.rowStep, walk.columnStep)
  }

  /// Pixel (y, x) of the result, which has `rows` rows, is pixel `start + y · rowStep + x · columnStep` of this one.
  private func turned(rows: Int, start: Int, _ rowStep: Int, _ columnStep: Int) -> Image {
    let columns = height * width / rows
    var result = [UInt8](repeating: 0, count: pixels.count)
    // In square tiles, so that neither side's cache lines are left before they are used up.
    let tile = 32
    for top in stride(from: 0, to: rows, by: tile) {
      for left in stride(from: 0, to: columns, by: tile) {
        for y in top..<min(rows, top + tile) {
          for x in left..<min(columns, left + tile) {
            let source = (start + y * rowStep + x * columnStep) * 3
            let target = (y * columns + x) * 3
            for channel in 0..<3 { result[target + channel] = pixels[source + channel] }
          }
        }
      }
    }
    return Image(height: rows, width: columns, pixels: result)
  }
}
