import Quant

/// What elements are that were never written.
struct HDF5FillValue {
  /// One element; empty for zeros.
  private let element: [UInt8]

  /// Source: HDF5 File Format Specification 3.0, sections IV.A.2.e and f.
  init(header: HDF5ObjectHeader, elementSize: Int, in storage: HDF5Storage) throws {
    var element: [UInt8] = []
    if let body = try header.body(.fillValue, in: storage) {
      element = try Self.element(body, storage)
    } else if let body = try header.body(.oldFillValue, in: storage) {
      var cursor = storage.cursor(over: body, "fill value")
      element = try cursor.view(try cursor.int(4)).array
    }
    guard element.isEmpty || element.count == elementSize else {
      throw HDF5.malformed("a fill value of \(element.count) bytes for elements of \(elementSize)")
    }
    self.element = element.allSatisfy { $0 == 0 } ? [] : element
  }

  private static func element(_ body: ByteView, _ storage: HDF5Storage) throws -> [UInt8] {
    var cursor = storage.cursor(over: body, "fill value")
    let version = try cursor.byte()
    guard (1...3).contains(version) else { throw HDF5.unsupported("fill values of version \(version)") }
    let isDefined: Bool
    if version == 3 {
      isDefined = try cursor.byte() & 0x20 != 0
    } else {
      try cursor.skip(2)
      let flag = try cursor.byte()
      isDefined = version == 1 || flag != 0
    }
    guard isDefined else { return [] }
    // Minus one stands for no value at all.
    let count = try cursor.int(4)
    return count == 0xffff_ffff ? [] : try cursor.view(count).array
  }

  /// Fills whole elements.
  func fill(_ output: UnsafeMutableRawBufferPointer) {
    guard !element.isEmpty else {
      output.initializeMemory(as: UInt8.self, repeating: 0)
      return
    }
    for start in stride(from: 0, to: output.count - element.count + 1, by: element.count) {
      UnsafeMutableRawBufferPointer(rebasing: output[start..<start + element.count]).copyBytes(from: element)
    }
  }
}
