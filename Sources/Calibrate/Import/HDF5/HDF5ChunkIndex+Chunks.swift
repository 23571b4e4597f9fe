import Quant

extension HDF5ChunkIndex {
  /// The chunks that are stored, and whether those that reach over the data set's edge are stored without filters.
  func chunks(in grid: HDF5ChunkGrid, _ storage: HDF5Storage) throws -> ([HDF5Chunk], plainEdges: Bool) {
    switch self {
    case .tree1(let root): return (try Self.tree1(root, grid, storage), false)
    case .single(let address, let byteCount, let mask, let plainEdges):
      let origin = [Int](repeating: 0, count: grid.rank)
      let chunk = HDF5Chunk(
        origin: origin, address: address, storedCount: byteCount ?? grid.byteCount, mask: mask)
      return ([chunk], plainEdges)
    case .implicit(let address): return (try Self.implicit(address, grid, storage), false)
    case .fixedArray(let address, let plainEdges):
      return (try HDF5FixedArray.chunks(at: address, grid, storage), plainEdges)
    case .extensibleArray(let address, let plainEdges):
      return (try HDF5ExtensibleArray.chunks(at: address, grid, storage), plainEdges)
    case .tree2(let address, let plainEdges): return (try Self.tree2(address, grid, storage), plainEdges)
    }
  }

  /// A key has the stored bytes, the filter mask, and the origin with the byte inside an element as one more side.
  private static func tree1(_ root: Int, _ grid: HDF5ChunkGrid, _ storage: HDF5Storage) throws -> [HDF5Chunk]
  {
    try HDF5BTree1.entries(at: root, .chunks, keySize: 8 + 8 * (grid.rank + 1), in: storage).map { entry in
      var key = storage.cursor(over: entry.key, "chunk's key")
      let storedCount = try key.int(4)
      let mask = UInt32(try key.unsigned(4))
      let origin = try (0..<grid.rank).map { _ in try key.int(8) }
      return HDF5Chunk(origin: origin, address: entry.child, storedCount: storedCount, mask: mask)
    }
  }

  /// Records with the place counted in chunks.
  private static func tree2(_ address: Int, _ grid: HDF5ChunkGrid, _ storage: HDF5Storage) throws
    -> [HDF5Chunk]
  {
    let isFiltered = try storage.cursor(at: address, "B-tree header").bytes.byte(at: 5) == 11
    let tree = try HDF5BTree2(at: address, isFiltered ? .filteredChunks : .chunks, in: storage)
    let sizeWidth = tree.recordSize - storage.addressSize - 4 - 8 * grid.rank
    guard isFiltered ? (1...8).contains(sizeWidth) : sizeWidth == -4 else {
      throw HDF5.malformed("a chunk's record of \(tree.recordSize) bytes")
    }
    return try tree.records.map { record in
      var cursor = storage.cursor(over: record, "chunk's record")
      let element = try HDF5ChunkElement(&cursor, sizeWidth: isFiltered ? sizeWidth : nil, grid)
      let place = try (0..<grid.rank).map { _ in try cursor.int(8) }
      guard let element, let origin = grid.origin(ofPlace: place) else {
        throw HDF5.malformed("a chunk's record leads nowhere")
      }
      return element.chunk(at: origin)
    }
  }

  /// All chunks that the shape may grow to stand one after another.
  private static func implicit(_ address: Int, _ grid: HDF5ChunkGrid, _ storage: HDF5Storage) throws
    -> [HDF5Chunk]
  {
    let places = try HDF5ChunkPlaces(grid)
    let (byteCount, overflow) = places.count.multipliedReportingOverflow(by: grid.byteCount)
    guard !overflow else { throw HDF5.fault(.tooLarge, "more chunks than can be counted") }
    _ = try storage.part(at: address, count: byteCount, "data")
    return (0..<places.count).compactMap { index in
      guard let origin = grid.origin(ofPlace: places.place(index)) else { return nil }
      return HDF5Chunk(
        origin: origin, address: address + index * grid.byteCount, storedCount: grid.byteCount, mask: 0)
    }
  }
}

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

extension HDF5ChunkGrid {
  /// The first element of the chunk at a place counted in chunks; nil when it lies outside the shape.
  func origin(ofPlace place: [Int]) -> [Int]? {
    guard place.count == rank else { return nil }
    var origin: [Int] = []
    for side in 0..<rank {
      guard place[side] >= 0, place[side] <= (shape[side] - 1) / sides[side] else { return nil }
      origin.append(place[side] * sides[side])
    }
    return origin
  }
}

/// Numbers the chunks that a shape of limited sides may grow to, in row-major order.
///
/// A side without a limit, at most one, counts slowest.
struct HDF5ChunkPlaces {
  private let order: [Int]
  /// Chunks along each side; that of the endless one is not used.
  private let counts: [Int]
  let hasEnd: Bool

  init(_ grid: HDF5ChunkGrid) throws {
    let endless = (0..<grid.rank).filter { grid.limits[$0] == nil }
    guard endless.count <= 1 else {
      throw HDF5.malformed("an array of chunks for \(endless.count) endless sides")
    }
    hasEnd = endless.isEmpty
    order = endless + (0..<grid.rank).filter { grid.limits[$0] != nil }
    counts = (0..<grid.rank).map { side in
      let limit = max(grid.limits[side] ?? 0, grid.shape[side])
      return limit / grid.sides[side] + (limit % grid.sides[side] == 0 ? 0 : 1)
    }
    var product = 1
    for side in order.dropFirst(endless.count) {
      let (next, overflow) = product.multipliedReportingOverflow(by: counts[side])
      guard !overflow else { throw HDF5.fault(.tooLarge, "more chunks than can be counted") }
      product = next
    }
    count = product
  }

  /// All places, of an endless side those of one row.
  let count: Int

  func place(_ index: Int) -> [Int] {
    var place = [Int](repeating: 0, count: order.count)
    var rest = index
    for (position, side) in order.enumerated().reversed() {
      if position == 0, !hasEnd {
        place[side] = rest
      } else {
        place[side] = rest % counts[side]
        rest /= counts[side]
      }
    }
    return place
  }
}
