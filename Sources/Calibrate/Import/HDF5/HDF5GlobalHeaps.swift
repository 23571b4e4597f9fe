import Quant

/// Texts of variable length: they stand in heaps that data sets and attributes share.
///
/// Together the texts of one data set may have as many bytes as the file: elements cannot repeat a long one over and over.
/// Source: HDF5 File Format Specification 3.0, section III.E.
struct HDF5GlobalHeaps {
  private let storage: HDF5Storage
  private var collections: [Int: [Int: ByteView]] = [:]
  private var byteCount = 0

  init(_ storage: HDF5Storage) { self.storage = storage }

  /// The text of an element: its length, the heap's address and its number there.
  mutating func string(_ element: inout HDF5Cursor) throws -> String {
    let count = try element.int(4)
    let address = try element.address()
    let index = try element.int(4)
    guard count > 0 else { return "" }
    guard let address, let object = try collection(at: address)[index],
      let text = object.slice(at: 0, count: count)
    else { throw HDF5.malformed("a text is not in its heap") }
    byteCount += count
    guard byteCount <= storage.bytes.count else {
      throw HDF5.fault(.tooLarge, "the texts have more bytes than the file")
    }
    return try HDF5Text.fixed(text, .nullTerminated)
  }

  private mutating func collection(at address: Int) throws -> [Int: ByteView] {
    if let known = collections[address] { return known }
    var header = try storage.cursor(at: address, "global heap")
    try header.expect("GCOL")
    try header.expectVersion(1)
    try header.skip(3)
    var cursor = try storage.cursor(at: address, count: try header.length(), "global heap")
    try cursor.skip(16)
    let objects = try Self.objects(&cursor)
    collections[address] = objects
    return objects
  }

  private static func objects(_ cursor: inout HDF5Cursor) throws -> [Int: ByteView] {
    var objects: [Int: ByteView] = [:]
    // Headers take 16 bytes, also with shorter lengths.
    while cursor.remaining >= 16 {
      let index = try cursor.int(2)
      try cursor.skip(6)
      // Number 0 is the free space at the end.
      if index == 0 { break }
      let count = try cursor.length()
      try cursor.skip(8 - cursor.lengthSize)
      let object = try cursor.view(count)
      guard objects.updateValue(object, forKey: index) == nil else {
        throw HDF5.malformed("two objects of a global heap have one number")
      }
      try cursor.skip(min(-object.count & 7, cursor.remaining))
    }
    return objects
  }
}
