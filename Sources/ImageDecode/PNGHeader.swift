import Quant

/// What a PNG says of itself, read chunk by chunk before libpng sees it, so that hostile files cost nothing.
///
/// - Source: the PNG specification (third edition), sections 5 and 11.
struct PNGHeader {
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  private(set) var height = 0
  private(set) var width = 0
  private(set) var hasAlpha = false
  private(set) var isPalette = false
  /// Bytes of a picture's samples before compression.
  private(set) var rawByteCount = 0
  /// Bytes of compressed samples.
  private(set) var dataByteCount = 0
  private(set) var exif: Range<Int>?

  private static let chunkLimit = 1 << 20

  /// - Throws: `InputError` (truncated) unless the file goes on to its last chunk; (malformed, tooLarge) for a header
  ///   that breaks the specification or `limits`.
  init(_ bytes: [UInt8], limits: DecodeLimits) throws {
    var position = Self.signature.count
    for index in 0..<Self.chunkLimit {
      guard position + 12 <= bytes.count else { throw Self.truncated }
      let length = Self.long(bytes, position)
      let name = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
      guard length <= bytes.count - position - 12 else { throw Self.truncated }
      let content = position + 8..<position + 8 + length
      guard (name == "IHDR") == (index == 0) else {
        throw InputError(.malformed, "", "the PNG does not begin with its only header chunk")
      }
      try read(name, content, of: bytes, limits)
      if name == "IEND" { return }
      position = content.upperBound + 4
    }
    throw InputError(.tooLarge, "", "the PNG has more than \(Self.chunkLimit) chunks")
  }

  static let truncated = InputError(
    .truncated, "", "the PNG ends before its picture does", remedy: "copy or download it again")

  /// - Precondition: four bytes stand at `position`.
  private static func long(_ bytes: [UInt8], _ position: Int) -> Int {
    bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func read(_ name: String, _ content: Range<Int>, of bytes: [UInt8], _ limits: DecodeLimits)
    throws
  {
    switch name {
    case "IHDR": try readHeader(Array(bytes[content]), limits)
    case "IDAT": dataByteCount += content.count
    case "tRNS" where dataByteCount == 0: hasAlpha = true
    case "eXIf" where exif == nil: exif = content
    default: break
    }
  }

  private mutating func readHeader(_ field: [UInt8], _ limits: DecodeLimits) throws {
    guard field.count == 13 else {
      throw InputError(.malformed, "", "the PNG's header chunk is \(field.count) bytes")
    }
    width = Self.long(field, 0)
    height = Self.long(field, 4)
    let (depth, colorType) = (Int(field[8]), field[9])
    let channels: [UInt8: Int] = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4]
    guard let samples = channels[colorType], [1, 2, 4, 8, 16].contains(depth) else {
      throw InputError(.malformed, "", "the PNG's colour type \(colorType) at \(depth) bits does not exist")
    }
    try limits.check(height: height, width: width)
    isPalette = colorType == 3
    hasAlpha = colorType >= 4
    rawByteCount = (width * samples * depth + 7) / 8 * height
  }
}
