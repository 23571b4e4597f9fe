import Quant

/// Objects of a fractal heap: links and attributes of groups that have many.
///
/// Managed objects stand in blocks that a doubling table finds, huge ones by themselves, tiny ones in their own
/// identifier. Every checksum is verified once. Source: HDF5 File Format Specification 3.0, section III.G.
struct HDF5FractalHeap {
  private let storage: HDF5Storage
  private let address: Int
  private let identifierSize: Int
  private let hasBlockChecksums: Bool
  private let hugeTree: Int?
  private let objectLimit: Int
  private let table: HDF5DoublingTable
  private let root: Int?
  private let rootRows: Int
  /// Blocks that were verified and where in the heap they start, by address.
  private var directBlocks: [Int: (start: Int, bytes: ByteView)] = [:]
  private var indirectBlocks: [Int: (start: Int, children: [Int?])] = [:]
  private var hugeObjects: [Int: (address: Int, count: Int)]?

  init(at address: Int, in storage: HDF5Storage) throws {
    self.storage = storage
    self.address = address
    var cursor = try storage.cursor(at: address, "fractal heap")
    try cursor.expect("FRHP")
    try cursor.expectVersion(0)
    identifierSize = try cursor.int(2)
    let filterSize = try cursor.int(2)
    let flags = try cursor.byte()
    hasBlockChecksums = flags & 2 != 0
    objectLimit = try cursor.int(4)
    try cursor.skip(storage.lengthSize)
    hugeTree = try cursor.address()
    // Free space, statistics.
    try cursor.skip(storage.addressSize + 9 * storage.lengthSize)
    table = try HDF5DoublingTable(&cursor)
    root = try cursor.address()
    rootRows = try cursor.int(2)
    guard filterSize == 0 else { throw HDF5.unsupported("compressed fractal heaps") }
    try cursor.verifyChecksum()
    guard identifierSize > 0 else { throw HDF5.malformed("a fractal heap has identifiers of no bytes") }
  }

  /// The object of an identifier, the first `identifierSize` bytes that `cursor` takes.
  mutating func object(_ cursor: inout HDF5Cursor) throws -> ByteView {
    var identifier = storage.cursor(over: try cursor.view(identifierSize), "heap identifier")
    let first = try identifier.byte()
    guard first & 0xc0 == 0 else { throw HDF5.unsupported("heap identifiers of version \(first >> 6)") }
    let object =
      switch first >> 4 & 3 {
      case 0: try managedObject(&identifier)
      case 1: try hugeObject(&identifier)
      case 2: try tinyObject(first, &identifier)
      default: throw HDF5.malformed("a heap identifier is of no known kind")
      }
    // Objects may overlap.
    try storage.allowance.spend(structure: object.count)
    return object
  }

  // MARK: - Objects

  private func tinyObject(_ first: UInt8, _ identifier: inout HDF5Cursor) throws -> ByteView {
    guard identifierSize > 17 else { return try identifier.view(Int(first & 15) + 1) }
    let low = Int(try identifier.byte())
    return try identifier.view((Int(first & 15) << 8 | low) + 1)
  }

  private mutating func managedObject(_ identifier: inout HDF5Cursor) throws -> ByteView {
    let offset = try identifier.int(table.offsetSize)
    let count = try identifier.int(min(table.blockOffsetSize, HDF5.byteCount(upTo: objectLimit)))
    let (block, start) = try directBlock(holding: offset)
    guard count <= objectLimit, let object = block.slice(at: offset - start, count: count) else {
      throw HDF5.malformed("an object reaches past its heap block")
    }
    return object
  }

  private mutating func hugeObject(_ identifier: inout HDF5Cursor) throws -> ByteView {
    if storage.addressSize + storage.lengthSize <= identifierSize - 1 {
      let address = try identifier.definedAddress()
      return try storage.part(at: address, count: try identifier.length(), "huge object")
    }
    let key = try identifier.int(min(8, identifierSize - 1))
    guard let place = try hugeObjectPlaces()[key] else {
      throw HDF5.malformed("a huge object is not in its heap")
    }
    return try storage.part(at: place.address, count: place.count, "huge object")
  }

  private mutating func hugeObjectPlaces() throws -> [Int: (address: Int, count: Int)] {
    if let hugeObjects { return hugeObjects }
    var places: [Int: (address: Int, count: Int)] = [:]
    if let hugeTree {
      for record in try HDF5BTree2(at: hugeTree, .hugeObjects, in: storage).records {
        var cursor = storage.cursor(over: record, "huge object's record")
        let (address, count) = (try cursor.definedAddress(), try cursor.length())
        places[try cursor.length()] = (address, count)
      }
    }
    hugeObjects = places
    return places
  }

  // MARK: - Blocks

  /// The direct block around an offset of the heap, and the block's own offset.
  private mutating func directBlock(holding offset: Int) throws -> (bytes: ByteView, start: Int) {
    guard var block = root else { throw HDF5.malformed("a fractal heap has no blocks") }
    var start = 0
    var rows = rootRows
    if rows == 0 { return (try directBlock(at: block, start: 0, count: table.startSize), 0) }
    while true {
      guard let entry = table.entry(holding: offset - start, rows: rows) else {
        throw HDF5.malformed("an object lies past its fractal heap")
      }
      let children = try indirectBlock(at: block, start: start, rows: rows)
      guard entry.index < children.count, let child = children[entry.index] else {
        throw HDF5.malformed("an object lies in a heap block that is not there")
      }
      start += entry.offset
      if entry.row < table.directRows {
        return (try directBlock(at: child, start: start, count: entry.size), start)
      }
      // A row of an indirect block always has fewer rows below it than stand before it: this ends.
      block = child
      rows = table.rows(ofIndirectBlock: entry.size)
    }
  }

  private mutating func directBlock(at address: Int, start: Int, count: Int) throws -> ByteView {
    if let block = directBlocks[address], block.start == start { return block.bytes }
    let whole = try storage.part(at: address, count: count, "heap block")
    try storage.allowance.spend(structure: count)
    var cursor = storage.cursor(over: whole, "heap block")
    try cursor.expect("FHDB")
    try checkPrefix(&cursor, start: start)
    if hasBlockChecksums { try verify(whole, zeroedAt: cursor.position) }
    directBlocks[address] = (start, whole)
    return whole
  }

  /// The block's checksum counts itself as zero.
  private func verify(_ block: ByteView, zeroedAt position: Int) throws {
    var bytes = block.array
    guard let stored = block.integer(UInt32.self, at: position) else {
      throw HDF5.fault(.truncated, "a heap block is cut off")
    }
    for index in position..<position + 4 { bytes[index] = 0 }
    guard HDF5Checksum.agree(stored, bytes.withUnsafeBytes { HDF5Checksum.lookup3($0) }) else {
      throw HDF5.malformed("the checksum of a heap block is wrong")
    }
  }

  private mutating func indirectBlock(at address: Int, start: Int, rows: Int) throws -> [Int?] {
    if let block = indirectBlocks[address], block.start == start { return block.children }
    var cursor = try storage.cursor(at: address, "heap's indirect block")
    try cursor.expect("FHIB")
    try checkPrefix(&cursor, start: start)
    var children: [Int?] = []
    guard rows <= 64, rows * table.width <= cursor.remaining / storage.addressSize else {
      throw HDF5.malformed("a heap's indirect block has \(rows) rows of \(table.width)")
    }
    for _ in 0..<rows * table.width { children.append(try cursor.address()) }
    try cursor.verifyChecksum()
    indirectBlocks[address] = (start, children)
    return children
  }

  private func checkPrefix(_ cursor: inout HDF5Cursor, start: Int) throws {
    try cursor.expectVersion(0)
    guard try cursor.address() == address, try cursor.int(table.offsetSize) == start else {
      throw HDF5.malformed("a heap block belongs to another heap or place")
    }
  }
}
