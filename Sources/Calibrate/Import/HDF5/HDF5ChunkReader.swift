import Quant

/// A stored block of a data set.
struct HDF5Chunk {
  /// The first element, by side.
  let origin: [Int]
  let address: Int
  /// Bytes in the file.
  let storedCount: Int
  /// Filters that were left out, from bit 0.
  let mask: UInt32
}

/// Puts the chunks of a data set together.
struct HDF5ChunkReader {
  private let grid: HDF5ChunkGrid
  private let elementSize: Int
  private let fill: HDF5FillValue
  private let filters: HDF5FilterPipeline
  private let storage: HDF5Storage

  init(
    space: HDF5Dataspace, sides: [Int], elementSize: Int, fill: HDF5FillValue, filters: HDF5FilterPipeline,
    storage: HDF5Storage
  ) throws {
    grid = try HDF5ChunkGrid(space: space, sides: sides, elementSize: elementSize)
    self.elementSize = elementSize
    self.fill = fill
    self.filters = filters
    self.storage = storage
  }

  /// The `byteCount` bytes of all elements in row-major order.
  func read(_ index: HDF5ChunkIndex, byteCount: Int) throws -> ByteView {
    guard byteCount > 0 else { return try ByteView(copying: []) }
    let (chunks, plainEdges) = try index.chunks(in: grid, storage)
    try check(chunks, plainEdges)
    let isComplete = grid.chunkCount == chunks.count
    // The file holds at most 2³² chunks of at most 2³² bytes.
    if !isComplete {
      let missing = byteCount - min(byteCount, chunks.count * grid.byteCount)
      try storage.allowance.fill(missing / elementSize, size: elementSize)
    }
    return try ByteView(count: byteCount) { output in
      if !isComplete { fill.fill(output) }
      for chunk in chunks { try copy(chunk, plainEdges, to: output) }
    }
  }

  /// What of the filters a chunk went through: none when edges are plain and it reaches over one.
  private func mask(_ chunk: HDF5Chunk, _ plainEdges: Bool) -> UInt32 {
    plainEdges && grid.reachesOverEdge(chunk.origin) ? .max : chunk.mask
  }

  /// - Invariant: afterwards the chunks have places of their own, in the data set and in the file, so that what they
  ///   become is bounded by the file's size times deflate's expansion.
  private func check(_ chunks: [HDF5Chunk], _ plainEdges: Bool) throws {
    var origins: Set<[Int]> = []
    var end = 0
    for chunk in chunks.sorted(by: { $0.address < $1.address }) {
      guard grid.contains(chunk.origin), origins.insert(chunk.origin).inserted else {
        throw HDF5.malformed("a chunk lies outside the data set, or two at one place")
      }
      guard chunk.address >= end else { throw HDF5.malformed("two chunks overlap in the file") }
      _ = try storage.part(at: chunk.address, count: chunk.storedCount, "chunk")
      end = chunk.address + chunk.storedCount
      try storage.allowance.spend(data: chunk.storedCount)
      try filters.check(
        storedCount: chunk.storedCount, byteCount: grid.byteCount, mask: mask(chunk, plainEdges))
    }
  }

  private func copy(
    _ chunk: HDF5Chunk, _ plainEdges: Bool, to output: UnsafeMutableRawBufferPointer
  ) throws {
    let stored = try storage.part(at: chunk.address, count: chunk.storedCount, "chunk")
    let bytes = try filters.decode(stored, byteCount: grid.byteCount, mask: mask(chunk, plainEdges))
    bytes.withUnsafeBytes { input in
      grid.forEachRow(of: chunk.origin) { source, target, count in
        let row = UnsafeRawBufferPointer(rebasing: input[source..<source + count])
        UnsafeMutableRawBufferPointer(rebasing: output[target..<target + count]).copyMemory(from: row)
      }
    }
  }
}
