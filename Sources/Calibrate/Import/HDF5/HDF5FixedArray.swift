import Quant

/// The index of chunks of a data set whose sides are limited: one element a chunk, in pages when there are many.
///
/// Source: HDF5 File Format Specification 3.0, section VII.C.
struct HDF5FixedArray {
  private let storage: HDF5Storage
  private let address: Int
  private let isFiltered: Bool
  private let elementSize: Int
  private let pageLimit: Int
  private let count: Int
  private let block: Int?

  static func chunks(
    at address: Int, _ grid: HDF5ChunkGrid, _ storage: HDF5Storage
  ) throws -> [HDF5Chunk] {
    let array = try HDF5FixedArray(at: address, in: storage)
    let places = try HDF5ChunkPlaces(grid)
    guard places.hasEnd, places.count == array.count else {
      throw HDF5.malformed("an array of \(array.count) chunks for a shape of \(places.count)")
    }
    return try array.read(HDF5ChunkCollector(grid, places, sizeWidth: array.sizeWidth))
  }

  private init(at address: Int, in storage: HDF5Storage) throws {
    self.storage = storage
    self.address = address
    var cursor = try storage.cursor(at: address, "chunk array")
    try cursor.expect("FAHD")
    try cursor.expectVersion(0)
    isFiltered = try cursor.byte() == 1
    elementSize = Int(try cursor.byte())
    let pageBits = try cursor.byte()
    count = try cursor.length()
    block = try cursor.address()
    try cursor.verifyChecksum()
    let sizes =
      isFiltered
      ? storage.addressSize + 5...storage.addressSize + 12 : storage.addressSize...storage.addressSize
    guard sizes.contains(elementSize), pageBits <= 32 else {
      throw HDF5.malformed("a chunk array with elements of \(elementSize) bytes, pages of \(pageBits) bits")
    }
    pageLimit = 1 << Int(pageBits)
  }

  /// Bytes of a chunk's stored size.
  private var sizeWidth: Int? { isFiltered ? elementSize - storage.addressSize - 4 : nil }

  private func read(_ collector: HDF5ChunkCollector) throws -> [HDF5Chunk] {
    var collector = collector
    guard let block else { return [] }
    var cursor = try storage.cursor(at: block, "chunk array's block")
    try cursor.expect("FADB")
    try cursor.expectVersion(0)
    guard try cursor.byte() == (isFiltered ? 1 : 0), try cursor.address() == address else {
      throw HDF5.malformed("a chunk array's block belongs to another array")
    }
    guard count <= cursor.remaining / elementSize else {
      throw HDF5.fault(.truncated, "a chunk array of \(count) elements")
    }
    guard count > pageLimit else {
      try collector.take(count, from: &cursor)
      try cursor.verifyChecksum()
      return collector.chunks
    }
    let pageCount = (count - 1) / pageLimit + 1
    let used = try cursor.view((pageCount + 7) / 8)
    try cursor.verifyChecksum()
    for page in 0..<pageCount {
      let length = min(pageLimit, count - page * pageLimit)
      let bytes = try cursor.view(length * elementSize + 4)
      // The first page is the highest bit of the first byte.
      guard let flags = used.byte(at: page / 8), flags >> UInt8(7 - page % 8) & 1 == 1 else {
        try collector.skip(length)
        continue
      }
      var pageCursor = storage.cursor(over: bytes, "chunk array's page")
      try collector.take(length, from: &pageCursor)
      try pageCursor.verifyChecksum()
    }
    return collector.chunks
  }
}
