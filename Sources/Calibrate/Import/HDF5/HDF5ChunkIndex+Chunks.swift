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
