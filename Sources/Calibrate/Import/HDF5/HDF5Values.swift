import Quant

/// The elements of a data set or attribute, as they are stored.
struct HDF5Values {
  let space: HDF5Dataspace
  let type: HDF5Datatype
  /// At least `space.elementCount` elements of `type.size` bytes.
  private let bytes: ByteView
  private let storage: HDF5Storage

  init(space: HDF5Dataspace, type: HDF5Datatype, bytes: ByteView, storage: HDF5Storage) throws {
    guard space.elementCount <= bytes.count / type.size else {
      throw HDF5.fault(
        .truncated, "\(space.elementCount) elements of \(type.size) bytes in \(bytes.count) bytes")
    }
    self.space = space
    self.type = type
    self.bytes = bytes
    self.storage = storage
  }

  /// F64 is rounded to nearest; integers are read when Float holds them exactly, else refused.
  func floats() throws -> FloatTensor {
    let count = space.elementCount
    switch type.kind {
    case .float(let element):
      let ordered = type.isBigEndian ? try swapped() : bytes
      guard let floats = ordered.withUnsafeBytes({ element.floats($0, count: count) }) else {
        throw HDF5.fault(.truncated, "the numbers are cut off")
      }
      return FloatTensor(shape: space.shape, elements: floats)
    case .integer:
      let elements = try mapIntegers { number in
        guard let float = Float(exactly: number) else {
          throw HDF5.unsupported("integers that Float does not hold exactly, such as \(number),")
        }
        return float
      }
      return FloatTensor(shape: space.shape, elements: elements)
    default: throw refusal("numbers")
    }
  }

  func integers() throws -> [Int] { try mapIntegers { $0 } }

  private func mapIntegers<Element>(_ transform: (Int) throws -> Element) throws -> [Element] {
    guard case .integer(let isSigned) = type.kind else { throw refusal("integers") }
    switch (type.size, isSigned) {
    case (1, false): return try map(UInt8.self, transform)
    case (1, true): return try map(Int8.self, transform)
    case (2, false): return try map(UInt16.self, transform)
    case (2, true): return try map(Int16.self, transform)
    case (4, false): return try map(UInt32.self, transform)
    case (4, true): return try map(Int32.self, transform)
    case (8, false): return try map(UInt64.self, transform)
    case (8, true): return try map(Int64.self, transform)
    default: throw refusal("integers")
    }
  }

  /// - Precondition: elements are as wide as `Stored`; the initializer has checked that they are there.
  private func map<Stored: FixedWidthInteger, Element>(
    _ stored: Stored.Type, _ transform: (Int) throws -> Element
  ) throws -> [Element] {
    try bytes.withUnsafeBytes { raw in
      try (0..<space.elementCount).map { index in
        let bits = raw.loadUnaligned(fromByteOffset: index &* MemoryLayout<Stored>.size, as: stored)
        let value = type.isBigEndian ? Stored(bigEndian: bits) : Stored(littleEndian: bits)
        guard let number = Int(exactly: value) else { throw HDF5.unsupported("integers such as \(value)") }
        return try transform(number)
      }
    }
  }

  func strings() throws -> [String] {
    var cursor = storage.cursor(over: bytes, "texts")
    switch type.kind {
    case .fixedString(let padding):
      return try (0..<space.elementCount).map { _ in try HDF5Text.fixed(cursor.view(type.size), padding) }
    case .variableString:
      var heaps = HDF5GlobalHeaps(storage)
      return try (0..<space.elementCount).map { _ in try heaps.string(&cursor) }
    default: throw refusal("texts")
    }
  }

  private func refusal(_ wanted: String) -> InputError {
    if case .other(let what) = type.kind { return HDF5.unsupported(what) }
    return HDF5.malformed("\(type) are stored where \(wanted) should be")
  }

  /// The elements in little-endian order.
  private func swapped() throws -> ByteView {
    let size = type.size
    return try ByteView(count: space.elementCount * size) { output in
      bytes.withUnsafeBytes { input in
        for start in stride(from: 0, to: output.count, by: size) {
          for index in 0..<size { output[start + index] = input[start + size - 1 - index] }
        }
      }
    }
  }
}
