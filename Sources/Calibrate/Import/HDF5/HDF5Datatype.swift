import Quant

/// The type of the elements of a data set or attribute.
struct HDF5Datatype: Sendable, CustomStringConvertible {
  enum Kind: Sendable {
    case float(ElementType)
    case integer(isSigned: Bool)
    case fixedString(HDF5Text.Padding)
    /// Elements are a length, the address of a heap, and an index there.
    case variableString
    /// What it is, for the refusal.
    case other(String)
  }

  let kind: Kind
  /// Bytes of an element, at least 1.
  let size: Int
  let isBigEndian: Bool

  /// A datatype message; what cannot be read becomes `.other`, so that it is refused by name when it is needed.
  /// Source: HDF5 File Format Specification 3.0, section IV.A.2.d.
  init(_ body: ByteView, in storage: HDF5Storage) throws {
    var cursor = storage.cursor(over: body, "datatype")
    var head = try Head(&cursor)
    size = head.size
    // Truth values are an enumeration over a byte, whose members need not be known.
    if head.kind == 8 {
      head = try Head(&cursor)
      guard head.size == size, head.kind == 0 else {
        throw HDF5.malformed("an enumeration is not of the size of its numbers")
      }
    }
    guard (1...5).contains(head.version) else {
      throw HDF5.unsupported("datatypes of version \(head.version)")
    }
    isBigEndian = head.kind <= 1 && head.flags & 1 != 0
    kind = try Self.kind(head, &cursor)
  }

  private struct Head {
    let kind: UInt8
    let version: UInt8
    let flags: UInt32
    let size: Int

    init(_ cursor: inout HDF5Cursor) throws {
      let first = try cursor.byte()
      kind = first & 15
      version = first >> 4
      flags = UInt32(try cursor.unsigned(3))
      size = try cursor.int(4)
      guard size > 0 else { throw HDF5.malformed("a datatype of no bytes") }
    }
  }

  private static func kind(_ head: Head, _ cursor: inout HDF5Cursor) throws -> Kind {
    switch head.kind {
    case 0: return try integer(head, &cursor)
    case 1: return try float(head, &cursor)
    case 2: return .other("times")
    case 3:
      guard let padding = HDF5Text.Padding(rawValue: UInt8(head.flags & 15)) else {
        return .other("strings of an unknown padding")
      }
      return .fixedString(padding)
    case 4: return .other("bit fields")
    case 5: return .other("opaque values")
    case 6: return .other("compound values")
    case 7: return .other("references")
    case 8: return .other("enumerations")
    case 9:
      let isText = head.flags & 15 == 1 && head.size == 8 + cursor.addressSize
      return isText ? .variableString : .other("sequences")
    case 10: return .other("arrays of arrays")
    default: return .other("values of the datatype class \(head.kind)")
    }
  }

  private static func integer(_ head: Head, _ cursor: inout HDF5Cursor) throws -> Kind {
    let offset = try cursor.int(2)
    let precision = try cursor.int(2)
    guard [1, 2, 4, 8].contains(head.size), offset == 0, precision == 8 * head.size else {
      return .other("integers of \(precision) bits in \(head.size) bytes")
    }
    return .integer(isSigned: head.flags & 8 != 0)
  }

  /// IEEE 754's three widths and bfloat16, in either byte order.
  private static func float(_ head: Head, _ cursor: inout HDF5Cursor) throws -> Kind {
    let offset = try cursor.int(2)
    let precision = try cursor.int(2)
    let fields = [try cursor.byte(), try cursor.byte(), try cursor.byte(), try cursor.byte()]
    let bias = try cursor.int(4)
    let other = Kind.other("floating-point numbers of \(precision) bits in \(head.size) bytes")
    // Bit 6 is a byte order of its own, bits 4 and 5 an implied leading one, the second byte the sign's place.
    guard head.flags & 0x70 == 0x20, offset == 0, precision == 8 * head.size,
      Int(head.flags >> 8 & 0xff) == precision - 1
    else { return other }
    switch (head.size, fields, bias) {
    case (2, [10, 5, 0, 10], 15): return .float(.f16)
    case (2, [7, 8, 0, 7], 127): return .float(.bf16)
    case (4, [23, 8, 0, 23], 127): return .float(.f32)
    case (8, [52, 11, 0, 52], 1_023): return .float(.f64)
    default: return other
    }
  }

  var description: String {
    switch kind {
    case .float(let element): "\(element.rawValue)"
    case .integer(let isSigned): "\(isSigned ? "I" : "U")\(8 * size)"
    case .fixedString: "strings of \(size) bytes"
    case .variableString: "strings"
    case .other(let what): what
    }
  }
}
