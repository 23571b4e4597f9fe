import Quant

/// A matrix in numpy's `.npy` format.
///
/// Written are little-endian Float32, C order, version 1.0, with a header of fixed length so that the number of rows can
/// be filled in at the end. Read are versions 1 to 3 with little-endian floats of 2, 4 or 8 bytes. The header is a Python
/// dictionary literal; its three entries are parsed and nothing is evaluated. (numpy's `numpy.lib.format`.)
package struct NpyMatrix: Hashable, Sendable {
  package var rows: Int
  package var columns: Int
  /// Row after row; `rows · columns` of them.
  package var elements: [Float]

  package init(rows: Int, columns: Int, elements: [Float]) {
    precondition(elements.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  package subscript(row: Int) -> ArraySlice<Float> { elements[row * columns..<(row + 1) * columns] }

  package static let columnLimit = 16_384
  package static let rowLimit = 1 << 31
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// Of the header that is written; room for any shape within the limits.
  package static let headerByteCount = 128

  /// The first `headerByteCount` bytes of a file of `rows` rows.
  package static func header(rows: Int, columns: Int) -> [UInt8] {
    let dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    let length = headerByteCount - 10
    let padding = length - dictionary.utf8.count - 1
    return magic + [1, 0, UInt8(length & 0xff), UInt8(length >> 8)] + Array(dictionary.utf8)
      + [UInt8](repeating: 0x20, count: padding) + [0x0a]
  }

  package var fileContent: [UInt8] {
    var bytes = Self.header(rows: rows, columns: columns)
    bytes.append(contentsOf: elements.littleEndianBytes)
    return bytes
  }
}

extension NpyMatrix {
  /// - Throws: `InputError` without a subject, when this is no such matrix or a row holds a NaN or an infinity.
  package init(parsing bytes: [UInt8]) throws {
    let header = try NpyHeader(parsing: bytes)
    guard header.shape.count == 2 else {
      throw InputError(
        .unsupported, "", "the array has \(header.shape.count) dimensions, not 2",
        remedy: "write one row an image")
    }
    let (rows, columns) = (header.shape[0], header.shape[1])
    guard columns <= Self.columnLimit, rows <= Self.rowLimit else {
      throw InputError(
        .tooLarge, "",
        "\(rows) rows of \(columns) values; the limits are \(Self.rowLimit) and \(Self.columnLimit)")
    }
    // At most 2⁴⁵ elements of 8 bytes: no overflow.
    let (count, size) = (rows * columns, header.element.byteCount)
    let available = bytes.count - header.byteCount
    guard available >= count * size else {
      throw InputError(
        .truncated, "",
        "it holds \(available) bytes of numbers where \(rows) × \(columns) take \(count * size)",
        remedy: "write it again")
    }
    guard available == count * size else {
      throw InputError(.malformed, "", "\(available - count * size) bytes follow the numbers")
    }
    let elements = bytes[header.byteCount...].withUnsafeBytes { header.element.floats(in: $0, count: count) }
    self.init(rows: rows, columns: columns, elements: elements)
    try checkFinite()
  }

  private func checkFinite() throws {
    guard let index = elements.firstIndex(where: { !$0.isFinite }) else { return }
    throw InputError(
      .malformed, "row \(index / columns)", "it holds \(elements[index].isNaN ? "a NaN" : "an infinity")",
      remedy: "compute the embeddings again")
  }
}

extension Collection where Element == Float {
  /// Four bytes a value, as in a `.npy` file.
  package var littleEndianBytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * count)
    for value in self { withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) } }
    return bytes
  }
}
