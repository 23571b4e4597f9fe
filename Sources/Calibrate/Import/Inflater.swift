import Quant

/// Decompresses a deflate stream (RFC 1951) into a buffer whose size is known beforehand.
///
/// Memory: the output and two tables of 1 024 entries. Time: linear in input and output.
struct Inflater {
  private var reader: BitReader
  private let output: UnsafeMutableRawBufferPointer
  private var position = 0

  /// - Throws: `InputError` (truncated, malformed) unless `input` is exactly one stream of exactly `output.count` bytes.
  static func inflate(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws {
    var inflater = Inflater(reader: BitReader(input), output: output)
    while try !inflater.inflateBlock() {}
    guard inflater.position == output.count else {
      throw fault("the stream has \(inflater.position) bytes instead of \(output.count)")
    }
    guard inflater.reader.isAtEnd else { throw fault("bytes follow the stream") }
  }

  private init(reader: BitReader, output: UnsafeMutableRawBufferPointer) {
    self.reader = reader
    self.output = output
  }

  static func fault(_ reason: String) -> InputError { InputError(.malformed, "", "deflate: \(reason)") }

  /// Whether the block was the last one.
  private mutating func inflateBlock() throws -> Bool {
    let isLast = try reader.take(1) == 1
    switch try reader.take(2) {
    case 0: try copyStored()
    case 1: try inflateCodes(literals: Self.fixedLiterals, distances: Self.fixedDistances)
    case 2:
      let (literals, distances) = try readTables()
      try inflateCodes(literals: literals, distances: distances)
    default: throw Self.fault("an unknown kind of block")
    }
    return isLast
  }

  private mutating func copyStored() throws {
    reader.alignToByte()
    let count = try reader.take(16)
    guard try reader.take(16) == count ^ 0xffff else {
      throw Self.fault("a stored block's length is damaged")
    }
    guard count <= output.count - position else { throw Self.tooLong }
    try reader.copyBytes(UnsafeMutableRawBufferPointer(rebasing: output[position..<position + count]))
    position += count
  }

  private static var tooLong: InputError { fault("the stream is longer than the directory says") }

  // MARK: - Codes

  private static let lengthBases: [UInt16] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195,
    227,
    258,
  ]
  private static let lengthBits: [UInt8] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
  ]
  private static let distanceBases: [UInt16] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073,
    4097,
    6145, 8193, 12289, 16385, 24577,
  ]
  private static let distanceBits: [UInt8] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
  ]

  private mutating func inflateCodes(literals: HuffmanCode, distances: HuffmanCode) throws {
    while true {
      let symbol = try literals.decode(&reader)
      if symbol < 256 {
        guard position < output.count else { throw Self.tooLong }
        output[position] = UInt8(symbol)
        position += 1
      } else if symbol == 256 {
        return
      } else {
        guard symbol - 257 < Self.lengthBases.count else { throw Self.fault("an unknown length") }
        let count =
          Int(Self.lengthBases[symbol - 257]) + (try reader.take(Int(Self.lengthBits[symbol - 257])))
        let code = try distances.decode(&reader)
        guard code < Self.distanceBases.count else { throw Self.fault("an unknown distance") }
        let distance = Int(Self.distanceBases[code]) + (try reader.take(Int(Self.distanceBits[code])))
        try repeatBytes(count, from: distance)
      }
    }
  }

  /// Appends `count` bytes from `distance` back; the source may reach into the copy.
  private mutating func repeatBytes(_ count: Int, from distance: Int) throws {
    guard distance <= position else { throw Self.fault("a distance before the start") }
    guard count <= output.count - position else { throw Self.tooLong }
    for index in position..<position + count { output[index] = output[index - distance] }
    position += count
  }

  // MARK: - Tables

  private static let fixedLiterals = HuffmanCode(
    complete: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  private static let fixedDistances = HuffmanCode(complete: [UInt8](repeating: 5, count: 32))
  private static let lengthOrder = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  private mutating func readTables() throws -> (literals: HuffmanCode, distances: HuffmanCode) {
    let literalCount = try reader.take(5) + 257
    let distanceCount = try reader.take(5) + 1
    let lengthCount = try reader.take(4) + 4
    guard literalCount <= 286, distanceCount <= 30 else { throw Self.fault("too many codes") }
    var lengthLengths = [UInt8](repeating: 0, count: 19)
    for index in Self.lengthOrder.prefix(lengthCount) { lengthLengths[index] = UInt8(try reader.take(3)) }
    let lengths = try readLengths(literalCount + distanceCount, code: HuffmanCode(lengthLengths))
    guard lengths[256] > 0 else { throw Self.fault("a block has no end code") }
    return (
      try HuffmanCode(Array(lengths[..<literalCount])), try HuffmanCode(Array(lengths[literalCount...]))
    )
  }

  private mutating func readLengths(_ count: Int, code: HuffmanCode) throws -> [UInt8] {
    var lengths: [UInt8] = []
    while lengths.count < count {
      let symbol = try code.decode(&reader)
      switch symbol {
      case 16:
        guard let last = lengths.last else { throw Self.fault("a repeated length without a first") }
        lengths += [UInt8](repeating: last, count: try reader.take(2) + 3)
      case 17: lengths += [UInt8](repeating: 0, count: try reader.take(3) + 3)
      case 18: lengths += [UInt8](repeating: 0, count: try reader.take(7) + 11)
      default: lengths.append(UInt8(symbol))
      }
    }
    guard lengths.count == count else { throw Self.fault("too many code lengths") }
    return lengths
  }
}
