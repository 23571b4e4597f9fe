import Quant

/// Where a zip archive's directory stands, as the records at the archive's end say.
struct ZipEnd {
  /// The directory's bytes in the file.
  let directory: Range<Int>
  let memberCount: Int

  private static let recordLength = 22
  private static let commentLimit = 65_535

  init(_ file: ByteView) throws {
    guard let position = Self.findRecord(file) else {
      throw InputError(
        .truncated, "", "zip: the directory at the end is missing",
        remedy: "the file is cut off, fetch or save it again")
    }
    let fields = try Self.fields(file, record: position)
    guard fields.offset <= fields.end, fields.size == fields.end - fields.offset else {
      throw InputError(.malformed, "", "zip: the directory is not where the end record says")
    }
    directory = fields.offset..<fields.end
    memberCount = fields.count
  }

  /// The last end record whose comment reaches exactly to the end of the file.
  private static func findRecord(_ file: ByteView) -> Int? {
    let last = file.count - recordLength
    guard last >= 0 else { return nil }
    return stride(from: last, through: max(0, last - commentLimit), by: -1).first { position in
      file.integer(UInt32.self, at: position) == 0x0605_4b50
        && file.integer(UInt16.self, at: position + 20).map(Int.init) == last - position
    }
  }

  private typealias Fields = (offset: Int, size: Int, count: Int, end: Int)

  private static func fields(_ file: ByteView, record position: Int) throws -> Fields {
    guard let disk = file.integer(UInt16.self, at: position + 4),
      let directoryDisk = file.integer(UInt16.self, at: position + 6),
      let countHere = file.integer(UInt16.self, at: position + 8),
      let count = file.integer(UInt16.self, at: position + 10),
      let size = file.integer(UInt32.self, at: position + 12),
      let offset = file.integer(UInt32.self, at: position + 16)
    else { throw InputError(.truncated, "", "zip: the end record is cut off") }
    let plain = Fields(offset: Int(offset), size: Int(size), count: Int(count), end: position)
    if let wide = try wideFields(file, record: position) {
      // Where the plain record does not refer to the wide one, both must agree.
      guard offset == .max || plain.offset == wide.offset, size == .max || plain.size == wide.size,
        count == .max || plain.count == wide.count
      else { throw InputError(.malformed, "", "zip: the two end records disagree") }
      return wide
    }
    guard disk == 0, directoryDisk == 0, countHere == count else {
      throw InputError(.unsupported, "", "zip: an archive in several parts")
    }
    return plain
  }

  /// The zip64 end record's fields, when its locator stands before the plain record.
  private static func wideFields(_ file: ByteView, record position: Int) throws -> Fields? {
    guard file.integer(UInt32.self, at: position - 20) == 0x0706_4b50 else { return nil }
    guard let start = file.integer(UInt64.self, at: position - 12).flatMap({ Int(exactly: $0) }),
      file.integer(UInt32.self, at: start) == 0x0606_4b50,
      let length = file.integer(UInt64.self, at: start + 4).flatMap({ Int(exactly: $0) }),
      start <= position - 76, length == position - 20 - start - 12,
      file.integer(UInt32.self, at: start + 16) == 0, file.integer(UInt32.self, at: start + 20) == 0,
      let countHere = file.integer(UInt64.self, at: start + 24),
      let count = file.integer(UInt64.self, at: start + 32).flatMap({ Int(exactly: $0) }),
      countHere == UInt64(count),
      let size = file.integer(UInt64.self, at: start + 40).flatMap({ Int(exactly: $0) }),
      let offset = file.integer(UInt64.self, at: start + 48).flatMap({ Int(exactly: $0) })
    else { throw InputError(.malformed, "", "zip: the zip64 end record is damaged") }
    return Fields(offset: offset, size: size, count: count, end: start)
  }
}
