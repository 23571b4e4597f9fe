import Quant

/// Texts inside the bytes of an HDF5 file.
enum HDF5Text {
  /// How a text that is shorter than its element ends.
  enum Padding: UInt8, Sendable {
    case nullTerminated = 0
    case nullPadded = 1
    case spacePadded = 2
  }

  /// The bytes from `offset` to the next zero, which must be there.
  static func terminated(_ bytes: ByteView, from offset: Int) throws -> ByteView {
    guard let rest = bytes.slice(at: offset, count: bytes.count - offset),
      let count = rest.withUnsafeBytes({ $0.firstIndex(of: 0) }), let text = rest.slice(at: 0, count: count)
    else { throw HDF5.malformed("a name does not end inside its heap") }
    return text
  }

  /// The text in an element of fixed size.
  static func fixed(_ element: ByteView, _ padding: Padding) throws -> String {
    let count = element.withUnsafeBytes { bytes in
      switch padding {
      case .nullTerminated: bytes.firstIndex(of: 0) ?? bytes.count
      case .nullPadded: (bytes.lastIndex { $0 != 0 } ?? -1) + 1
      case .spacePadded: (bytes.lastIndex { $0 != 0x20 } ?? -1) + 1
      }
    }
    return try string(element.slice(at: 0, count: count))
  }

  static func string(_ bytes: ByteView?) throws -> String {
    guard let text = bytes?.text else { throw HDF5.malformed("a text is not UTF-8") }
    return text
  }
}
