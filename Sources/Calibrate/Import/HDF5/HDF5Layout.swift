import Quant

/// Where a data set's elements are.
enum HDF5Layout {
  /// In the object header itself.
  case bytes(ByteView)
  case contiguous(address: Int, byteCount: Int)
  /// In blocks of `sides` elements.
  case chunked(sides: [Int], HDF5ChunkIndex)
  /// Declared, but never written.
  case notAllocated

  /// A layout message, versions 3 to 5. Source: HDF5 File Format Specification 3.0, section IV.A.2.i.
  init(_ body: ByteView, rank: Int, in storage: HDF5Storage) throws {
    var cursor = storage.cursor(over: body, "layout")
    let version = try cursor.byte()
    guard (3...5).contains(version) else { throw HDF5.unsupported("layouts of version \(version)") }
    switch try cursor.byte() {
    case 0: self = .bytes(try cursor.view(try cursor.int(2)))
    case 1:
      let address = try cursor.address()
      let byteCount = try cursor.length()
      self = address.map { .contiguous(address: $0, byteCount: byteCount) } ?? .notAllocated
    case 2:
      self = version == 3 ? try .chunked3(&cursor, rank: rank) : try .chunked4(&cursor, rank: rank)
    case 3:
      throw HDF5.unsupported(
        "virtual data sets", remedy: "save the model again, with its weights in the file")
    case let other: throw HDF5.unsupported("layouts of class \(other)")
    }
  }

  private static func chunked3(_ cursor: inout HDF5Cursor, rank: Int) throws -> HDF5Layout {
    try checkRank(try cursor.byte(), rank)
    let root = try cursor.address()
    let sides = try (0..<rank).map { _ in try cursor.int(4) }
    _ = try cursor.int(4)
    guard let root else { return .notAllocated }
    return .chunked(sides: sides, .tree1(root: root))
  }

  private static func chunked4(_ cursor: inout HDF5Cursor, rank: Int) throws -> HDF5Layout {
    let flags = try cursor.byte()
    try checkRank(try cursor.byte(), rank)
    let width = Int(try cursor.byte())
    guard (1...8).contains(width) else { throw HDF5.malformed("sides of chunks in \(width) bytes") }
    let sides = try (0..<rank).map { _ in try cursor.int(width) }
    _ = try cursor.int(width)
    guard let index = try HDF5ChunkIndex(&cursor, flags: flags) else { return .notAllocated }
    return .chunked(sides: sides, index)
  }

  /// Chunks count the bytes of an element as one more side.
  private static func checkRank(_ chunkRank: UInt8, _ rank: Int) throws {
    guard Int(chunkRank) == rank + 1 else {
      throw HDF5.malformed("chunks of rank \(Int(chunkRank) - 1) in a data set of rank \(rank)")
    }
  }
}

/// How the chunks of a data set are found.
enum HDF5ChunkIndex {
  case tree1(root: Int)
  /// One chunk; without a size it is not filtered.
  case single(address: Int, byteCount: Int?, mask: UInt32, plainEdges: Bool)
  /// All chunks one after another.
  case implicit(address: Int)
  case fixedArray(address: Int, plainEdges: Bool)
  case extensibleArray(address: Int, plainEdges: Bool)
  case tree2(address: Int, plainEdges: Bool)

  /// nil when nothing was allocated yet.
  fileprivate init?(_ cursor: inout HDF5Cursor, flags: UInt8) throws {
    // Chunks that reach over the data set's edge are then stored without filters.
    let plainEdges = flags & 1 != 0
    let kind = try cursor.byte()
    switch kind {
    case 1:
      let byteCount = flags & 2 != 0 ? try cursor.length() : nil
      let mask = flags & 2 != 0 ? UInt32(try cursor.unsigned(4)) : 0
      guard let address = try cursor.address() else { return nil }
      self = .single(address: address, byteCount: byteCount, mask: mask, plainEdges: plainEdges)
    case 2:
      guard let address = try cursor.address() else { return nil }
      self = .implicit(address: address)
    case 3:
      try cursor.skip(1)
      guard let address = try cursor.address() else { return nil }
      self = .fixedArray(address: address, plainEdges: plainEdges)
    case 4:
      try cursor.skip(5)
      guard let address = try cursor.address() else { return nil }
      self = .extensibleArray(address: address, plainEdges: plainEdges)
    case 5:
      try cursor.skip(6)
      guard let address = try cursor.address() else { return nil }
      self = .tree2(address: address, plainEdges: plainEdges)
    default: throw HDF5.unsupported("chunk indexes of type \(kind)")
    }
  }
}
