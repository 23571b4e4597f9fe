import Quant

/// What the arrays and trees say about a chunk: its address, and when it is filtered its stored bytes and filter mask.
struct HDF5ChunkElement {
  private let address: Int
  private let storedCount: Int
  private let mask: UInt32

  /// nil for a chunk that is not stored. `sizeWidth`: bytes of the stored size, nil without filters.
  init?(_ cursor: inout HDF5Cursor, sizeWidth: Int?, _ grid: HDF5ChunkGrid) throws {
    let address = try cursor.address()
    storedCount = try sizeWidth.map { try cursor.int($0) } ?? grid.byteCount
    mask = sizeWidth == nil ? 0 : UInt32(try cursor.unsigned(4))
    guard let address else { return nil }
    self.address = address
  }

  func chunk(at origin: [Int]) -> HDF5Chunk {
    HDF5Chunk(origin: origin, address: address, storedCount: storedCount, mask: mask)
  }
}

/// Collects chunks from the elements of an array, which stand in the order of the chunks' numbers.
struct HDF5ChunkCollector {
  private(set) var chunks: [HDF5Chunk] = []
  private let grid: HDF5ChunkGrid
  private let places: HDF5ChunkPlaces
  private let sizeWidth: Int?
  /// The number of the next chunk.
  private(set) var next = 0

  /// `sizeWidth`: bytes of a chunk's stored size, nil without filters.
  init(_ grid: HDF5ChunkGrid, _ places: HDF5ChunkPlaces, sizeWidth: Int?) {
    self.grid = grid
    self.places = places
    self.sizeWidth = sizeWidth
  }

  mutating func take(_ count: Int, from cursor: inout HDF5Cursor) throws {
    for _ in 0..<count {
      if let element = try HDF5ChunkElement(&cursor, sizeWidth: sizeWidth, grid) {
        guard let origin = grid.origin(ofPlace: places.place(next)) else {
          throw HDF5.malformed("a chunk lies outside the data set")
        }
        chunks.append(element.chunk(at: origin))
      }
      next += 1
    }
  }

  /// Passes over chunks that are not stored.
  mutating func skip(_ count: Int) throws {
    let (sum, overflow) = next.addingReportingOverflow(count)
    guard !overflow else { throw HDF5.malformed("more chunks than can be counted") }
    next = sum
  }
}
