import Quant

#if canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// What a JPEG says of itself, read marker by marker before libjpeg sees it, so that hostile files cost nothing.
///
/// - Source: ITU-T T.81, annex B.
struct JPEGHeader {
  private(set) var height = 0
  private(set) var width = 0
  /// Sampling factors of each component.
  private(set) var sampling: [Size2D] = []
  private(set) var scanCount = 0
  /// The first EXIF segment, without its length.
  private(set) var exif: Range<Int>?

  private let scanLimit: Int
  private static let startOfImage: UInt8 = 0xd8
  private static let endOfImage: UInt8 = 0xd9
  private static let startOfScan: UInt8 = 0xda
  private static let application1: UInt8 = 0xe1

  /// - Throws: `InputError` (truncated) unless the file has an end marker, (unsupported) for processes other than
  ///   8-bit Huffman baseline, extended and progressive, (tooLarge) for more scans than the limit.
  init(_ bytes: [UInt8], scanLimit: Int) throws {
    self.scanLimit = scanLimit
    var position = 2
    while let marker = Self.nextMarker(bytes, from: &position) {
      switch marker {
      case Self.endOfImage:
        guard height > 0 else { throw InputError(.malformed, "", "the JPEG has no picture in it") }
        return
      case 0x01, 0xd0...Self.startOfImage:
        continue
      default:
        let segment = try Self.segment(bytes, at: position)
        try read(marker, segment, of: bytes)
        position = segment.upperBound
      }
    }
    throw Self.truncated
  }

  static let truncated = InputError(
    .truncated, "", "the JPEG ends before its picture does", remedy: "copy or download it again")

  var size: Size2D { Size2D(height: height, width: width) }

  /// The number of 8×8 blocks over all components: each costs at least one bit of the file.
  var blockCount: Int {
    let largest = Size2D(
      height: sampling.map(\.height).max() ?? 1, width: sampling.map(\.width).max() ?? 1)
    func blocks(_ extent: Int, _ factor: Int, _ largest: Int) -> Int {
      ((extent * factor + largest - 1) / largest + 7) / 8
    }
    return sampling.reduce(0) { sum, factor in
      sum + blocks(height, factor.height, largest.height) * blocks(width, factor.width, largest.width)
    }
  }

  /// The next marker that is not part of coded data; `position` then stands behind it. Nil at the end.
  private static func nextMarker(_ bytes: [UInt8], from position: inout Int) -> UInt8? {
    bytes.withUnsafeBytes { buffer in
      while position < buffer.count, let base = buffer.baseAddress,
        let found = memchr(base + position, 0xff, buffer.count - position)
      {
        position = UnsafeRawPointer(found) - base + 1
        while position < buffer.count && buffer[position] == 0xff { position += 1 }
        guard position < buffer.count else { return nil }
        let marker = buffer[position]
        position += 1
        if marker != 0 { return marker }
      }
      return nil
    }
  }

  /// The content of the segment whose length field stands at `position`.
  private static func segment(_ bytes: [UInt8], at position: Int) throws -> Range<Int> {
    guard position + 2 <= bytes.count else { throw truncated }
    let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
    guard length >= 2 else { throw InputError(.malformed, "", "the JPEG has a segment of length \(length)") }
    guard position + length <= bytes.count else { throw truncated }
    return position + 2..<position + length
  }

  private mutating func read(_ marker: UInt8, _ segment: Range<Int>, of bytes: [UInt8]) throws {
    switch marker {
    case 0xc4, 0xc8, 0xcc: break
    case 0xc0...0xcf: try readFrame(marker, bytes[segment])
    case Self.startOfScan:
      scanCount += 1
      guard scanCount <= scanLimit else {
        throw InputError(
          .tooLarge, "", "the JPEG has more than \(scanLimit) scans",
          remedy: "save it again with another program")
      }
    case Self.application1 where exif == nil && bytes[segment].starts(with: "Exif\0".utf8): exif = segment
    default: break
    }
  }

  private mutating func readFrame(_ marker: UInt8, _ bytes: ArraySlice<UInt8>) throws {
    guard sampling.isEmpty else { throw InputError(.malformed, "", "the JPEG has two frame headers") }
    let field = Array(bytes)
    guard field.count >= 6, field.count >= 6 + 3 * Int(field[5]) else {
      throw InputError(.malformed, "", "the JPEG's frame header is too short")
    }
    guard marker <= 0xc2, field[0] == 8 else {
      let what =
        marker <= 0xc2 ? "\(field[0])-bit" : marker >= 0xc9 ? "arithmetic-coded" : "lossless or hierarchical"
      throw InputError(
        .unsupported, "", "this is a JPEG of a kind that few programs read (\(what))",
        remedy: "save it again as an ordinary 8-bit JPEG or PNG")
    }
    height = Int(field[1]) << 8 | Int(field[2])
    width = Int(field[3]) << 8 | Int(field[4])
    sampling = (0..<Int(field[5])).map { component in
      let factors = field[6 + 3 * component + 1]
      return Size2D(height: Int(factors & 15), width: Int(factors >> 4))
    }
    guard [1, 3, 4].contains(sampling.count) else {
      throw InputError(.unsupported, "", "the JPEG has \(sampling.count) colour components")
    }
    guard sampling.allSatisfy({ (1...4).contains($0.height) && (1...4).contains($0.width) }) else {
      throw InputError(.malformed, "", "the JPEG's sampling factors are not within 1…4")
    }
  }
}
