import Quant

extension Unpickler {
  mutating func run(_ opcode: UInt8) throws {
    switch opcode {
    case 0x80:
      guard try readByte() <= 5 else {
        throw InputError(.unsupported, "", "a protocol newer than 5", remedy: "save with pickle_protocol=2")
      }
    case 0x95: _ = try readView(0, at: readLength(UInt64.self))
    case UInt8(ascii: "("): try mark()
    case UInt8(ascii: "0"): try discard()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"): try push(top())
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "p"): try remember(readDecimal())
    case UInt8(ascii: "q"): try remember(Int(readByte()))
    case UInt8(ascii: "r"): try remember(readLength(UInt32.self))
    case 0x94: try remember(memo.count)
    case UInt8(ascii: "g"): try recall(readDecimal())
    case UInt8(ascii: "h"): try recall(Int(readByte()))
    case UInt8(ascii: "j"): try recall(readLength(UInt32.self))
    default:
      if try runLiteral(opcode) { return }
      if try runContainer(opcode) { return }
      if try runObject(opcode) { return }
      throw fault("\(opcode) is no operation of a pickle")
    }
  }

  /// POP takes a mark off when one is on top, as Python does.
  private mutating func discard() throws {
    if let mark = marks.last, mark == stack.count {
      marks.removeLast()
    } else {
      _ = try pop()
    }
  }

  // MARK: - Literals

  private mutating func runLiteral(_ opcode: UInt8) throws -> Bool {
    switch opcode {
    case UInt8(ascii: "J"): try push(.integer(Int(readInteger(Int32.self))))
    case UInt8(ascii: "K"): try push(.integer(Int(readByte())))
    case UInt8(ascii: "M"): try push(.integer(Int(readInteger(UInt16.self))))
    case UInt8(ascii: "I"): try pushIntegerLine()
    case UInt8(ascii: "L"): try pushIntegerLine()
    case 0x8a: try pushLong(Int(readByte()))
    case 0x8b: try pushLong(readLength(Int32.self))
    case UInt8(ascii: "F"):
      guard let value = Double(try readLine()) else { throw fault("no number") }
      try push(.float(value))
    case UInt8(ascii: "G"): try push(.float(Double(bitPattern: readInteger(UInt64.self).byteSwapped)))
    case UInt8(ascii: "X"): try pushText(readLength(UInt32.self))
    case 0x8c: try pushText(Int(readByte()))
    case 0x8d: try pushText(readLength(UInt64.self))
    case UInt8(ascii: "V"): try push(.string(PickleText.unescaped(readLine())))
    case UInt8(ascii: "S"): try push(.string(PickleText.unquoted(readLine())))
    // Byte strings of Python 2: names of tensors when they are text.
    case UInt8(ascii: "U"): try pushOldText(Int(readByte()))
    case UInt8(ascii: "T"): try pushOldText(readLength(Int32.self))
    case UInt8(ascii: "C"): try pushBytes(Int(readByte()))
    case UInt8(ascii: "B"): try pushBytes(readLength(UInt32.self))
    case 0x8e, 0x96: try pushBytes(readLength(UInt64.self))
    default: return false
    }
    return true
  }

  private mutating func pushIntegerLine() throws {
    var line = try readLine()
    if line == "00" || line == "01" { return try push(.bool(line == "01")) }
    if line.hasSuffix("L") { line.removeLast() }
    let digits = line.hasPrefix("-") ? line.dropFirst() : line[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      throw fault("no number")
    }
    try push(Int(line).map { .integer($0) } ?? .largeInteger)
  }

  /// A two's complement number of `count` bytes, little-endian.
  private mutating func pushLong(_ count: Int) throws {
    let bytes = try readView(count).array
    guard count <= 8 else { return try push(.largeInteger) }
    var value: UInt64 = bytes.last.map { $0 >= 0x80 } == true ? .max : 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    try push(.integer(Int(Int64(bitPattern: value))))
  }

  private mutating func pushText(_ count: Int) throws {
    guard let text = try readView(count).text else { throw fault("a string is not UTF-8") }
    try push(.string(text))
  }

  private mutating func pushOldText(_ count: Int) throws {
    let start = position
    let view = try readView(count)
    try push(view.text.map { .string($0) } ?? .bytes(start..<position))
  }

  private mutating func pushBytes(_ count: Int) throws {
    let start = position
    _ = try readView(count)
    try push(.bytes(start..<position))
  }

  // MARK: - Reading

  mutating func readByte() throws -> UInt8 { try readInteger(UInt8.self) }

  mutating func readInteger<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
    guard let value = input.integer(type, at: position) else { throw Self.truncated }
    position += MemoryLayout<Integer>.size
    return value
  }

  /// A byte count or index.
  mutating func readLength<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Int {
    guard let length = Int(exactly: try readInteger(type)), length >= 0 else {
      throw fault("an impossible length")
    }
    return length
  }

  mutating func readView(_ count: Int) throws -> ByteView {
    let view = try readView(count, at: 0)
    position += count
    return view
  }

  /// `count` bytes that stand `distance` ahead, not taken.
  private func readView(_ count: Int, at distance: Int) throws -> ByteView {
    guard distance <= input.count - position,
      let view = input.slice(at: position + distance, count: count)
    else { throw Self.truncated }
    return view
  }

  /// The text up to the next line feed, which is taken too.
  mutating func readLine() throws -> String {
    let start = position
    let length = input.withUnsafeBytes { $0[start...].firstIndex(of: 0x0a).map { $0 - start } }
    guard let length else { throw Self.truncated }
    guard let text = try readView(length).text else { throw fault("a line is not UTF-8") }
    position += 1
    return text
  }

  mutating func readDecimal() throws -> Int {
    guard let value = Int(try readLine()) else { throw fault("no number") }
    return value
  }

  private static var truncated: InputError {
    InputError(
      .truncated, "", "the stream ends too early", remedy: "the file is cut off, fetch or save it again")
  }
}

/// The two spellings of text in lines of protocol 0.
enum PickleText {
  /// Python's raw-unicode-escape: `\uXXXX` and `\UXXXXXXXX` stand for scalars, everything else for itself.
  static func unescaped(_ line: String) -> String {
    var text = String.UnicodeScalarView()
    var rest = Substring(line)
    while let character = rest.unicodeScalars.first {
      let length = rest.hasPrefix("\\u") ? 4 : rest.hasPrefix("\\U") ? 8 : 0
      let digits = rest.dropFirst(2).prefix(length)
      if length > 0, digits.utf8.count == length, let value = UInt32(digits, radix: 16),
        let scalar = Unicode.Scalar(value)
      {
        text.append(scalar)
        rest = rest.dropFirst(2 + length)
      } else {
        text.append(character)
        rest = Substring(rest.unicodeScalars.dropFirst())
      }
    }
    return String(text)
  }

  /// A quoted string of Python 2 without escapes.
  static func unquoted(_ line: String) throws -> String {
    guard line.utf8.count >= 2, let quote = line.first, quote == "'" || quote == "\"", line.last == quote,
      !line.contains("\\")
    else { throw InputError(.malformed, "", "a string without its quotes or with escapes") }
    return String(line.dropFirst().dropLast())
  }
}
