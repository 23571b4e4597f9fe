import Quant

/// One field of a protobuf message as it stands in the file.
package struct ProtobufField: Sendable {
  package enum Value: Sendable {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    /// A message, text, or packed numbers.
    case bytes(ByteView)
  }

  package let number: Int
  package let value: Value
}

/// Reads the fields of one protobuf message in order, without copying.
///
/// It does not descend: a field that is a message gets a reader of its own, so that nesting is what the caller's own
/// schema nests.
package struct ProtobufReader: Sendable {
  private let message: ByteView
  private var position = 0

  package init(_ message: ByteView) { self.message = message }

  /// The next field, nil at the end.
  ///
  /// - Throws: `InputError` (truncated, malformed) without a subject.
  package mutating func next() throws -> ProtobufField? {
    guard position < message.count else { return nil }
    let key = try varint()
    guard let number = Int(exactly: key >> 3), number > 0, number < 1 << 29 else {
      throw InputError(.malformed, "", "a protobuf field of the number \(key >> 3)")
    }
    return ProtobufField(number: number, value: try value(ofWireType: key & 7, number))
  }

  private mutating func value(ofWireType type: UInt64, _ number: Int) throws -> ProtobufField.Value {
    switch type {
    case 0: return .varint(try varint())
    case 1: return .fixed64(try fixed(UInt64.self))
    case 2: return .bytes(try bytes(number))
    case 5: return .fixed32(try fixed(UInt32.self))
    default:
      throw InputError(.malformed, "", "the protobuf field \(number) has the wire type \(type)")
    }
  }

  /// Up to ten groups of seven bits, the lowest first.
  private mutating func varint() throws -> UInt64 {
    var result: UInt64 = 0
    for shift in stride(from: 0, to: 70, by: 7) {
      guard let byte = message.byte(at: position) else { throw Self.truncated }
      position += 1
      // The tenth byte holds one bit.
      guard shift < 63 || byte <= 1 else { break }
      result |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return result }
    }
    throw InputError(.malformed, "", "a protobuf number of more than 64 bits")
  }

  private mutating func fixed<Integer: FixedWidthInteger>(_ type: Integer.Type) throws -> Integer {
    guard let value = message.integer(type, at: position) else { throw Self.truncated }
    position += MemoryLayout<Integer>.size
    return value
  }

  private mutating func bytes(_ number: Int) throws -> ByteView {
    let length = try varint()
    guard let count = Int(exactly: length), let part = message.slice(at: position, count: count) else {
      throw InputError(
        .truncated, "", "the protobuf field \(number) of \(length) bytes reaches past its end",
        remedy: "fetch or export the file again")
    }
    position += count
    return part
  }

  private static let truncated = InputError(
    .truncated, "", "a protobuf message ends within a field", remedy: "fetch or export the file again")
}

extension ProtobufField {
  private func mismatch(_ expected: String) -> InputError {
    InputError(.malformed, "", "the protobuf field \(number) is not \(expected)")
  }

  /// A message or packed numbers.
  package func bytes() throws -> ByteView {
    guard case .bytes(let view) = value else { throw mismatch("a message") }
    return view
  }

  /// A name or text of at most `limit` bytes.
  package func text(limit: Int = 4096) throws -> String {
    guard case .bytes(let view) = value else { throw mismatch("text") }
    guard view.count <= limit else {
      throw InputError(.tooLarge, "", "a name of \(view.count) bytes; \(limit) are the limit")
    }
    guard let text = view.text else { throw InputError(.malformed, "", "a name that is not UTF-8") }
    return text
  }

  package func integer() throws -> Int64 {
    guard case .varint(let value) = value else { throw mismatch("a whole number") }
    return Int64(bitPattern: value)
  }

  package func float() throws -> Float {
    guard case .fixed32(let bits) = value else { throw mismatch("a Float") }
    return Float(bitPattern: bits)
  }

  /// Appends a repeated whole number, packed or not.
  package func integers(into list: inout [Int64], limit: Int) throws {
    switch value {
    case .varint(let value): list.append(Int64(bitPattern: value))
    case .bytes(let packed):
      guard packed.count <= limit else { throw tooMany(packed.count) }
      try packed.withUnsafeBytes { try Self.unpack($0, into: &list) }
    default: throw mismatch("a list of whole numbers")
    }
    guard list.count <= limit else { throw tooMany(list.count) }
  }

  private static func unpack(_ bytes: UnsafeRawBufferPointer, into list: inout [Int64]) throws {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    for byte in bytes {
      guard shift < 63 || (shift == 63 && byte <= 1) else {
        throw InputError(.malformed, "", "a protobuf number of more than 64 bits")
      }
      value |= UInt64(byte & 0x7f) << shift
      shift += 7
      if byte < 0x80 {
        list.append(Int64(bitPattern: value))
        (value, shift) = (0, 0)
      }
    }
    guard shift == 0 else { throw InputError(.truncated, "", "a list of numbers ends within one") }
  }

  /// Appends a repeated Float, packed or not.
  package func floats(into list: inout [Float], limit: Int) throws {
    switch value {
    case .fixed32(let bits): list.append(Float(bitPattern: bits))
    default: list += try packed(.f32, byteCount: 4, "a list of Floats", limit: limit)
    }
    guard list.count <= limit else { throw tooMany(list.count) }
  }

  /// Appends a repeated Double, packed or not, rounded to Float.
  package func doubles(into list: inout [Float], limit: Int) throws {
    switch value {
    case .fixed64(let bits): list.append(Float(Double(bitPattern: bits)))
    default: list += try packed(.f64, byteCount: 8, "a list of Doubles", limit: limit)
    }
    guard list.count <= limit else { throw tooMany(list.count) }
  }

  private func packed(_ type: ElementType, byteCount: Int, _ what: String, limit: Int) throws -> [Float] {
    guard case .bytes(let packed) = value, packed.count % byteCount == 0, packed.count / byteCount <= limit,
      let values = packed.withUnsafeBytes({ type.floats($0, count: packed.count / byteCount) })
    else { throw mismatch(what) }
    return values
  }

  private func tooMany(_ count: Int) -> InputError {
    InputError(.tooLarge, "", "the protobuf field \(number) lists \(count) numbers")
  }
}
