import Quant

/// Reads a zip directory and compares each entry with the header before the member.
struct ZipDirectoryReader {
  private let file: ByteView
  private let end: ZipEnd
  private var position: Int

  init(file: ByteView, end: ZipEnd) {
    self.file = file
    self.end = end
    position = end.directory.lowerBound
  }

  /// What both headers of a member say.
  private struct Header {
    var flags: UInt16
    var method: UInt16
    var check: UInt32
    var storedCount: Int
    var byteCount: Int
    var name: ByteView
    /// Where the member's first header stands; in that header itself 0.
    var offset: Int
    /// Bytes of the whole header.
    var length: Int
  }

  mutating func readMembers() throws -> [ZipArchive.Member] {
    // An entry takes at least 46 bytes: the count cannot make us reserve more than the file's size.
    guard end.memberCount <= ZipArchive.memberLimit, end.memberCount <= end.directory.count / 46 else {
      throw InputError(.malformed, "", "zip: \(end.memberCount) members do not fit the directory")
    }
    var members: [ZipArchive.Member] = []
    var spans: [Range<Int>] = []
    for _ in 0..<end.memberCount {
      let entry = try readEntry()
      let start = try checkLocalHeader(entry)
      let name = try Self.checkedName(entry.name)
      try check(entry, name)
      // Only members of zero bytes end at `start`; `check` has bounded the sum.
      let stored = start..<start + entry.storedCount
      spans.append(entry.offset..<stored.upperBound)
      members.append(
        ZipArchive.Member(
          name: name, isDeflated: entry.method == 8, stored: stored, byteCount: entry.byteCount,
          check: entry.check))
    }
    guard position == end.directory.upperBound else {
      throw InputError(.malformed, "", "zip: the directory has more bytes than entries")
    }
    try checkSpans(spans)
    return members
  }

  // MARK: - Entries

  private mutating func readEntry() throws -> Header {
    guard file.integer(UInt32.self, at: position) == 0x0201_4b50,
      let nameLength = file.integer(UInt16.self, at: position + 28),
      let extraLength = file.integer(UInt16.self, at: position + 30),
      let commentLength = file.integer(UInt16.self, at: position + 32),
      let disk = file.integer(UInt16.self, at: position + 34),
      let offset = file.integer(UInt32.self, at: position + 42)
    else { throw InputError(.malformed, "", "zip: the directory is damaged at byte \(position)") }
    var header = try self.header(
      at: position, common: position + 8, fixed: 46, nameLength, extraLength, directoryOffset: offset)
    header.length += Int(commentLength)
    position += header.length
    guard disk == 0, position <= end.directory.upperBound else {
      throw InputError(.malformed, "", "zip: an entry reaches past the directory")
    }
    return header
  }

  /// - Parameters: `common` is where flags, method, time, CRC and sizes stand, `fixed` the length without name and extra.
  private func header(
    at start: Int, common: Int, fixed: Int, _ nameLength: UInt16, _ extraLength: UInt16,
    directoryOffset: UInt32?
  ) throws -> Header {
    guard let flags = file.integer(UInt16.self, at: common),
      let method = file.integer(UInt16.self, at: common + 2),
      let check = file.integer(UInt32.self, at: common + 8),
      let stored = file.integer(UInt32.self, at: common + 12),
      let byteCount = file.integer(UInt32.self, at: common + 16),
      let name = file.slice(at: start + fixed, count: Int(nameLength)),
      let extra = file.slice(at: start + fixed + name.count, count: Int(extraLength))
    else { throw InputError(.truncated, "", "zip: a header at byte \(start) is cut off") }
    // The order of the wide fields is fixed: size, stored size, offset, each only where needed.
    var wide = try WideFields(extra)
    let wideByteCount = try wide.value(byteCount)
    let wideStored = try wide.value(stored)
    let offset = try directoryOffset.map { try wide.value($0) } ?? 0
    return Header(
      flags: flags, method: method, check: check, storedCount: wideStored, byteCount: wideByteCount,
      name: name,
      offset: offset, length: fixed + name.count + extra.count)
  }

  /// The zip64 values of an entry, taken in order by the fields that say "see there".
  private struct WideFields {
    private var values: [UInt64] = []
    private var next = 0

    init(_ extra: ByteView) throws {
      var position = 0
      while let identifier = extra.integer(UInt16.self, at: position),
        let length = extra.integer(UInt16.self, at: position + 2)
      {
        guard let body = extra.slice(at: position + 4, count: Int(length)) else {
          throw InputError(.malformed, "", "zip: an extra field is cut off")
        }
        if identifier == 1 {
          guard values.isEmpty else { throw InputError(.malformed, "", "zip: two zip64 fields") }
          values = (0..<body.count / 8).compactMap { body.integer(UInt64.self, at: 8 * $0) }
        }
        position += 4 + body.count
      }
    }

    mutating func value(_ field: UInt32) throws -> Int {
      guard field == .max else { return Int(field) }
      guard next < values.count, let value = Int(exactly: values[next]) else {
        throw InputError(.malformed, "", "zip: a zip64 size is missing or out of range")
      }
      next += 1
      return value
    }
  }

  // MARK: - Checks

  /// Where the member's bytes start, after its own header, which must agree with the directory's entry.
  private func checkLocalHeader(_ entry: Header) throws -> Int {
    let start = entry.offset
    guard start < end.directory.lowerBound, file.integer(UInt32.self, at: start) == 0x0403_4b50,
      let nameLength = file.integer(UInt16.self, at: start + 26),
      let extraLength = file.integer(UInt16.self, at: start + 28)
    else { throw InputError(.malformed, "", "zip: a member is not where the directory says") }
    let local = try header(
      at: start, common: start + 6, fixed: 30, nameLength, extraLength, directoryOffset: nil)
    // With flag 3 the sizes follow the member, and its own header may hold zeros.
    let isStreamed = entry.flags & 8 != 0
    func agrees<Value: Equatable>(_ value: Value, _ other: Value, zero: Value) -> Bool {
      value == other || isStreamed && value == zero
    }
    guard local.flags == entry.flags, local.method == entry.method, local.name.array == entry.name.array,
      agrees(local.check, entry.check, zero: 0),
      agrees(local.storedCount, entry.storedCount, zero: 0),
      agrees(local.byteCount, entry.byteCount, zero: 0)
    else { throw InputError(.malformed, "", "zip: the directory and the header of a member disagree") }
    return start + local.length
  }

  private func check(_ entry: Header, _ name: String) throws {
    // Flags 1 and 2 describe the compression, 3 the place of the sizes, 11 the name's encoding.
    guard entry.flags & ~0b1000_0000_1110 == 0, entry.method == 0 || entry.method == 8 else {
      throw InputError(
        .unsupported, name, "zip: encrypted or compressed in a way that is not read",
        remedy: "save the weights again with torch.save")
    }
    guard entry.storedCount <= end.directory.lowerBound, entry.byteCount <= FileBytes.limit,
      entry.byteCount / ZipArchive.expansionLimit <= entry.storedCount
    else {
      throw InputError(
        .tooLarge, name, "zip: \(entry.byteCount) bytes out of \(entry.storedCount) stored ones")
    }
    guard entry.method == 8 || entry.storedCount == entry.byteCount else {
      throw InputError(.malformed, name, "zip: two sizes of a stored member")
    }
  }

  private static func checkedName(_ bytes: ByteView) throws -> String {
    guard let name = bytes.text, !name.isEmpty, !name.utf8.contains(0), !name.hasPrefix("/"),
      !name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).contains(".."), !name.hasPrefix("\\")
    else {
      throw InputError(.malformed, "", "zip: a member's name is empty, not UTF-8 or leads out of the archive")
    }
    return name
  }

  private func checkSpans(_ spans: [Range<Int>]) throws {
    var last = 0
    for span in spans.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      guard span.lowerBound >= last, span.upperBound <= end.directory.lowerBound else {
        throw InputError(.malformed, "", "zip: members overlap each other or the directory")
      }
      last = span.upperBound
    }
  }
}
