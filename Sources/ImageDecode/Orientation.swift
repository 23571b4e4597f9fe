import ImagePrepare

/// The orientation of a TIFF structure; as stored when there is none or it makes no sense.
///
/// Only the first directory is read, entry by entry, and no offset in it is followed: a directory that points to
/// itself costs nothing.
func exifOrientation(of exif: ArraySlice<UInt8>) -> Orientation {
  var tiff = exif
  if tiff.starts(with: "Exif\0".utf8) { tiff = tiff.dropFirst(6) }
  guard let reader = TIFFReader(tiff), let directory = reader.long(4), let count = reader.short(directory)
  else {
    return .asStored
  }
  var orientation = 1
  for index in 0..<count {
    let entry = directory + 2 + 12 * index
    guard let tag = reader.short(entry), let type = reader.short(entry + 2) else { break }
    guard tag == 0x0112 else { continue }
    let value = type == 4 ? reader.long(entry + 8) : type == 3 ? reader.short(entry + 8) : nil
    if let value, (1...8).contains(value) { orientation = value }
  }
  return Orientation(tag: orientation)
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
