import Quant

/// What was done to each chunk before it was stored, undone here: shuffle, deflate, fletcher32.
struct HDF5FilterPipeline {
  private struct Filter {
    let identifier: Int
    let values: [Int]
  }

  private let filters: [Filter]

  /// The most that deflate can expand.
  static let expansionLimit = 1_032

  /// The filter pipeline message, versions 1 and 2; no filters without one.
  /// Source: HDF5 File Format Specification 3.0, section IV.A.2.l.
  init(header: HDF5ObjectHeader, in storage: HDF5Storage) throws {
    guard let body = try header.body(.filterPipeline, in: storage) else {
      filters = []
      return
    }
    var cursor = storage.cursor(over: body, "filter pipeline")
    let version = try cursor.byte()
    guard version == 1 || version == 2 else {
      throw HDF5.unsupported("filter pipelines of version \(version)")
    }
    let count = Int(try cursor.byte())
    if version == 1 { try cursor.skip(6) }
    guard count <= 32 else { throw HDF5.malformed("\(count) filters; 32 are the limit") }
    filters = try (0..<count).map { _ in try Self.filter(&cursor, version: version) }
    guard filters.count(where: { $0.identifier == 1 }) <= 1 else {
      throw HDF5.unsupported("chunks that are deflated twice")
    }
  }

  private static func filter(_ cursor: inout HDF5Cursor, version: UInt8) throws -> Filter {
    let identifier = try cursor.int(2)
    let nameCount = version == 1 || identifier >= 256 ? try cursor.int(2) : 0
    try cursor.skip(2)
    let count = try cursor.int(2)
    try cursor.skip(version == 1 ? (nameCount + 7) & ~7 : nameCount)
    let values = try (0..<count).map { _ in try cursor.int(4) }
    if version == 1, count % 2 == 1 { try cursor.skip(4) }
    return Filter(identifier: identifier, values: values)
  }

  /// Refuses, before anything is allocated, filters that are not known and a chunk whose stored bytes cannot become
  /// `byteCount` ones.
  func check(storedCount: Int, byteCount: Int, mask: UInt32) throws {
    let applied = applied(mask)
    if let unknown = applied.first(where: { !(1...3).contains($0.identifier) }) {
      throw HDF5.unsupported("chunks filtered by \(Self.name(unknown.identifier))")
    }
    let checks = 4 * applied.count { $0.identifier == 3 }
    let fits =
      applied.contains { $0.identifier == 1 }
      ? byteCount / Self.expansionLimit <= storedCount : storedCount == byteCount + checks
    guard fits else {
      throw HDF5.malformed("a chunk of \(byteCount) bytes is stored in \(storedCount)")
    }
  }

  /// The filters that a chunk went through, in the order of writing. A set bit of `mask` stands for one left out.
  private func applied(_ mask: UInt32) -> [Filter] {
    filters.enumerated().filter { mask >> UInt32($0.offset) & 1 == 0 }.map(\.element)
  }

  /// The `byteCount` bytes of a chunk from its stored ones, which were checked.
  func decode(_ stored: ByteView, byteCount: Int, mask: UInt32) throws -> ByteView {
    let applied = applied(mask)
    var bytes = stored
    for (index, filter) in applied.enumerated().reversed() {
      switch filter.identifier {
      case 1:
        // Only checksums add bytes before.
        let checks = applied[..<index].count { $0.identifier == 3 }
        bytes = try Self.inflate(bytes, byteCount: byteCount + 4 * checks)
      case 2: bytes = try Self.unshuffle(bytes, elementSize: filter.values.first ?? 1)
      default: bytes = try Self.checkFletcher32(bytes)
      }
    }
    guard bytes.count == byteCount else {
      throw HDF5.malformed("a chunk has \(bytes.count) bytes instead of \(byteCount)")
    }
    return bytes
  }

  private static func name(_ identifier: Int) -> String {
    switch identifier {
    case 4: "szip"
    case 5: "nbit"
    case 6: "scaleoffset"
    case 32_000: "lzf"
    case 32_001: "blosc"
    case 32_004: "lz4"
    case 32_015: "zstd"
    default: "filter \(identifier)"
    }
  }

  /// Unpacks a zlib stream (RFC 1950).
  private static func inflate(_ stored: ByteView, byteCount: Int) throws -> ByteView {
    guard let first = stored.byte(at: 0), let second = stored.byte(at: 1),
      let stream = stored.slice(at: 2, count: stored.count - 6),
      let check = stored.integer(UInt32.self, at: stored.count - 4)
    else { throw HDF5.fault(.truncated, "a deflated chunk is cut off") }
    guard first & 15 == 8, second & 0x20 == 0, (Int(first) << 8 | Int(second)) % 31 == 0 else {
      throw HDF5.malformed("a deflated chunk is no zlib stream")
    }
    let bytes = try ByteView(count: byteCount) { output in
      try stream.withUnsafeBytes { try Inflater.inflate($0, into: output) }
    }
    guard HDF5Checksum.agree(check.byteSwapped, bytes.withUnsafeBytes { HDF5Checksum.adler32($0) }) else {
      throw HDF5.malformed("the checksum of a deflated chunk is wrong")
    }
    return bytes
  }

  /// Puts the bytes of each element together again; those of one place stood side by side.
  private static func unshuffle(_ bytes: ByteView, elementSize: Int) throws -> ByteView {
    guard elementSize > 1 else { return bytes }
    let count = bytes.count / elementSize
    return try ByteView(count: bytes.count) { output in
      bytes.withUnsafeBytes { input in
        for place in 0..<(count > 0 ? elementSize : 0) {
          for index in 0..<count { output[index &* elementSize &+ place] = input[place &* count &+ index] }
        }
        for index in count * elementSize..<input.count { output[index] = input[index] }
      }
    }
  }

  private static func checkFletcher32(_ bytes: ByteView) throws -> ByteView {
    guard let body = bytes.slice(at: 0, count: bytes.count - 4),
      let check = bytes.integer(UInt32.self, at: body.count)
    else { throw HDF5.fault(.truncated, "a chunk is shorter than its checksum") }
    guard HDF5Checksum.agree(check, body.withUnsafeBytes { HDF5Checksum.fletcher32($0) }) else {
      throw HDF5.malformed("the checksum of a chunk is wrong")
    }
    return body
  }
}
