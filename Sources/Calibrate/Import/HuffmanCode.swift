import Quant

/// The bits of a deflate stream, the lowest bit of each byte first.
struct BitReader {
  private let input: UnsafeRawBufferPointer
  private var position = 0
  /// Bits read ahead: the low `count`, the next one lowest; those above are zero.
  private var bits: UInt64 = 0
  private var count = 0

  init(_ input: UnsafeRawBufferPointer) { self.input = input }

  /// Nothing but the unused bits of a last byte is left.
  var isAtEnd: Bool { position == input.count && count < 8 }

  private mutating func refill() {
    while count <= 56, position < input.count {
      bits |= UInt64(input[position]) << UInt64(count)
      position += 1
      count += 8
    }
  }

  /// The next `length` bits, 0…32.
  mutating func take(_ length: Int) throws -> Int {
    let value = peek(length)
    try skip(length)
    return value
  }

  /// The next `length` bits without taking them; zeros stand behind the end.
  mutating func peek(_ length: Int) -> Int {
    if count < length { refill() }
    return Int(bits & (1 << UInt64(length) - 1))
  }

  mutating func skip(_ length: Int) throws {
    guard length <= count else { throw InputError(.truncated, "", "deflate: the stream ends too early") }
    bits >>= UInt64(length)
    count -= length
  }

  mutating func alignToByte() {
    bits >>= UInt64(count % 8)
    count -= count % 8
  }

  /// Fills `output` with whole bytes. The reader stands at the start of a byte.
  mutating func copyBytes(_ output: UnsafeMutableRawBufferPointer) throws {
    position -= count / 8
    bits = 0
    count = 0
    guard output.count <= input.count - position else {
      throw InputError(.truncated, "", "deflate: a stored block ends too early")
    }
    output.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[position..<position + output.count]))
    position += output.count
  }
}

/// A canonical prefix code with lengths of at most 15 bits.
struct HuffmanCode {
  private static let directBits = 10

  /// By the next ten bits: symbol · 16 + length; 0 where the code is longer.
  private var direct = [UInt16](repeating: 0, count: 1 << directBits)
  /// Symbols of each length, and all symbols by length.
  private var counts = [Int](repeating: 0, count: 16)
  private var symbols: [UInt16] = []

  /// - Throws: `InputError` (malformed) when the lengths promise more codes than there are, or fewer, unless there is
  ///   at most one.
  init(_ lengths: [UInt8]) throws {
    self.init(unchecked: lengths)
    var free = 1
    for length in 1...15 {
      free = 2 * free - counts[length]
      guard free >= 0 else { throw Inflater.fault("too many codes of a length") }
    }
    guard free == 0 || symbols.count <= 1 else { throw Inflater.fault("codes are missing") }
    fillDirect(lengths)
  }

  /// - Precondition: the lengths make a complete code.
  init(complete lengths: [UInt8]) {
    self.init(unchecked: lengths)
    fillDirect(lengths)
  }

  private init(unchecked lengths: [UInt8]) {
    for length in lengths where length > 0 { counts[Int(length)] += 1 }
    for length in 1...15 where counts[length] > 0 {
      for symbol in lengths.indices where lengths[symbol] == length { symbols.append(UInt16(symbol)) }
    }
  }

  private mutating func fillDirect(_ lengths: [UInt8]) {
    var code = 0
    var index = 0
    for length in 1...Self.directBits {
      for _ in 0..<counts[length] {
        let entry = symbols[index] << 4 | UInt16(length)
        var slot = Self.reversed(code, length)
        while slot < direct.count {
          direct[slot] = entry
          slot += 1 << length
        }
        code += 1
        index += 1
      }
      code <<= 1
    }
  }

  private static func reversed(_ code: Int, _ length: Int) -> Int {
    (0..<length).reduce(0) { $0 << 1 | code >> $1 & 1 }
  }

  func decode(_ reader: inout BitReader) throws -> Int {
    let entry = direct[reader.peek(Self.directBits)]
    guard entry == 0 else {
      try reader.skip(Int(entry & 15))
      return Int(entry >> 4)
    }
    return try decodeLong(&reader)
  }

  /// Bit by bit: the codes of one length are consecutive numbers.
  private func decodeLong(_ reader: inout BitReader) throws -> Int {
    let bits = reader.peek(15)
    var code = 0
    var first = 0
    var index = 0
    for length in 1...15 {
      code |= bits >> (length - 1) & 1
      if code - first < counts[length] {
        try reader.skip(length)
        return Int(symbols[index + code - first])
      }
      index += counts[length]
      first = (first + counts[length]) << 1
      code <<= 1
    }
    throw Inflater.fault("an unknown code")
  }
}
