extension JSON {
  /// Reads one JSON value that fills `bytes`, with white space allowed around it.
  ///
  /// - Throws: `InputError` (malformed) with the byte offset of the fault.
  public static func parse(_ bytes: some Collection<UInt8>) throws -> JSON {
    var parser = JSONParser(bytes: Array(bytes))
    return try parser.parseDocument()
  }

  public static func parse(_ text: String) throws -> JSON { try parse(Array(text.utf8)) }

  static let nestingLimit = 64
}

/// A recursive-descent parser whose recursion is bounded by `JSON.nestingLimit`.
private struct JSONParser {
  let bytes: [UInt8]
  var position = 0
  var depth = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func parseDocument() throws -> JSON {
    let value = try parseValue()
    skipSpace()
    guard position == bytes.count else { throw fault("text follows the value") }
    return value
  }

  private func fault(_ reason: String) -> InputError {
    InputError(.malformed, "", "JSON, byte \(position): \(reason)")
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    skipSpace()
    guard current == byte else { return false }
    position += 1
    return true
  }

  private mutating func parseValue() throws -> JSON {
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try nested { try $0.parseObject() }
    case UInt8(ascii: "["): return try nested { try $0.parseArray() }
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
    case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
    case UInt8(ascii: "n"): return try parseWord("null", .null)
    case nil: throw fault("the text ends where a value should stand")
    default: return try parseNumber()
    }
  }

  private mutating func nested(_ body: (inout JSONParser) throws -> JSON) throws -> JSON {
    guard depth < JSON.nestingLimit else { throw fault("nested deeper than \(JSON.nestingLimit)") }
    depth += 1
    position += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  private mutating func parseObject() throws -> JSON {
    var members: [String: JSON] = [:]
    if skip(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw fault("a key should stand here") }
      let key = try parseString()
      guard skip(UInt8(ascii: ":")) else { throw fault("a colon should stand here") }
      let value = try parseValue()
      guard members.updateValue(value, forKey: key) == nil else {
        throw fault("the key \"\(key)\" is repeated")
      }
    } while skip(UInt8(ascii: ","))
    guard skip(UInt8(ascii: "}")) else { throw fault("the object does not end") }
    return .object(members)
  }

  private mutating func parseArray() throws -> JSON {
    var values: [JSON] = []
    if skip(UInt8(ascii: "]")) { return .array(values) }
    repeat { values.append(try parseValue()) } while skip(UInt8(ascii: ","))
    guard skip(UInt8(ascii: "]")) else { throw fault("the array does not end") }
    return .array(values)
  }

  private mutating func parseWord(_ word: StaticString, _ value: JSON) throws -> JSON {
    let count = word.utf8CodeUnitCount
    let matches =
      position + count <= bytes.count && (0..<count).allSatisfy { bytes[position + $0] == word.utf8Start[$0] }
    guard matches else { throw fault("no JSON value") }
    position += count
    return value
  }

  private mutating func parseNumber() throws -> JSON {
    let start = position
    var isWhole = true
    if current == UInt8(ascii: "-") { position += 1 }
    let leadingZero = current == UInt8(ascii: "0")
    let wholeDigits = skipDigits()
    guard wholeDigits > 0, wholeDigits == 1 || !leadingZero else { throw fault("no JSON value") }
    if current == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      guard skipDigits() > 0 else { throw fault("digits should follow the point") }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      guard skipDigits() > 0 else { throw fault("digits should follow the exponent") }
    }
    guard position - start <= 400 else { throw fault("a number of \(position - start) digits") }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let value = Int(text) { return .integer(value) }
    guard let value = Double(text), value.isFinite else { throw fault("the number \(text) is out of range") }
    return .number(value)
  }

  private mutating func skipDigits() -> Int {
    let start = position
    while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
    return position - start
  }

  private mutating func parseString() throws -> String {
    position += 1
    var text: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw fault("a string is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try parseEscape(into: &text)
      case 0..<0x20: throw fault("a control character in a string")
      default: text.append(byte)
      }
    }
    throw fault("a string does not end")
  }

  private mutating func parseEscape(into text: inout [UInt8]) throws {
    guard let byte = current else { throw fault("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text.append(contentsOf: String(try parseEscapedScalar()).utf8)
    default: throw fault("an unknown escape in a string")
    }
  }

  private mutating func parseEscapedScalar() throws -> Unicode.Scalar {
    let first = try parseHex()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard (0xd800..<0xdc00).contains(first), current == UInt8(ascii: "\\") else {
      throw fault("a lone surrogate")
    }
    position += 1
    guard current == UInt8(ascii: "u") else { throw fault("a lone surrogate") }
    position += 1
    let second = try parseHex()
    guard (0xdc00..<0xe000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw fault("a lone surrogate") }
    return scalar
  }

  private mutating func parseHex() throws -> UInt32 {
    guard position + 4 <= bytes.count else { throw fault("a string does not end") }
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue else {
        throw fault("no hexadecimal digit")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
