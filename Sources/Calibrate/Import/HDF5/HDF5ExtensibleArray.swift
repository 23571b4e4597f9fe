import Quant

/// The index of chunks of a data set that may grow in one direction: elements in blocks that double in size.
///
/// The first elements stand in the index block, then come super blocks: number u has 2^⌊u/2⌋ data blocks of
/// 2^⌊(u+1)/2⌋ · `smallestBlock` elements. The index block knows the data blocks of the first super blocks itself.
/// Blocks say at which element they start: none can be read twice.
/// Source: HDF5 File Format Specification 3.0, section VII.D.
struct HDF5ExtensibleArray {
  private let storage: HDF5Storage
  private let header: Header
  private var collector: HDF5ChunkCollector

  fileprivate struct Header {
    let address: Int
    let isFiltered: Bool
    let elementSize: Int
    let indexBits: Int
    let indexElements: Int
    let smallestBlock: Int
    let superBlockPointers: Int
    let pageLimit: Int
    let count: Int
    let indexBlock: Int?

    var superBlockCount: Int { 1 + indexBits - smallestBlock.trailingZeroBitCount }
    /// Super blocks whose data blocks the index block knows.
    var directCount: Int { 2 * superBlockPointers.trailingZeroBitCount }
    /// Bytes of the element's number that a block starts at.
    var offsetSize: Int { (indexBits + 7) / 8 }

    func blockCount(_ superBlock: Int) -> Int { 1 << (superBlock / 2) }
    /// Data blocks of the super blocks before one.
    func firstBlock(_ superBlock: Int) -> Int { (0..<superBlock).reduce(0) { $0 + blockCount($1) } }
    func blockElements(_ superBlock: Int) -> Int { smallestBlock << ((superBlock + 1) / 2) }
  }

  static func chunks(
    at address: Int, _ grid: HDF5ChunkGrid, _ storage: HDF5Storage
  ) throws -> [HDF5Chunk] {
    let header = try Header(at: address, in: storage)
    let places = try HDF5ChunkPlaces(grid)
    guard !places.hasEnd else { throw HDF5.malformed("an endless array of chunks for a limited shape") }
    guard let indexBlock = header.indexBlock else { return [] }
    let sizeWidth = header.isFiltered ? header.elementSize - storage.addressSize - 4 : nil
    let collector = HDF5ChunkCollector(grid, places, sizeWidth: sizeWidth)
    var array = HDF5ExtensibleArray(storage: storage, header: header, collector: collector)
    try array.readIndexBlock(at: indexBlock)
    return array.collector.chunks
  }

  private var isDone: Bool { collector.next >= header.count }

  private mutating func readIndexBlock(at address: Int) throws {
    var cursor = try storage.cursor(at: address, "chunk array's index")
    try checkPrefix(&cursor, "EAIB")
    try collector.take(header.indexElements, from: &cursor)
    let direct = (0..<min(header.directCount, header.superBlockCount)).flatMap { superBlock in
      [Int](repeating: superBlock, count: header.blockCount(superBlock))
    }
    let blocks = try direct.map { (superBlock: $0, address: try cursor.address()) }
    let superBlocks = try (0..<max(0, header.superBlockCount - header.directCount)).map { _ in
      try cursor.address()
    }
    try cursor.verifyChecksum()
    for (index, block) in blocks.enumerated() where !isDone {
      let elements = header.blockElements(block.superBlock)
      // The library adds the block's number among all of the index, not among those of its super block.
      let shift = (index - header.firstBlock(block.superBlock)) * elements
      let stored = collector.next - header.indexElements - shift + index * elements
      try readBlock(block.address, elements, start: stored, pages: nil)
    }
    for (index, address) in superBlocks.enumerated() where !isDone {
      try readSuperBlock(address, header.directCount + index)
    }
  }

  private mutating func readSuperBlock(_ address: Int?, _ superBlock: Int) throws {
    let elements = header.blockElements(superBlock)
    guard let address else { return try collector.skip(header.blockCount(superBlock) * elements) }
    var cursor = try storage.cursor(at: address, "chunk array's super block")
    try checkPrefix(&cursor, "EASB")
    try check(&cursor, start: collector.next - header.indexElements)
    let count = header.blockCount(superBlock)
    guard count <= cursor.remaining / storage.addressSize else {
      throw HDF5.fault(.truncated, "a chunk array's super block of \(count) blocks")
    }
    let pageCount = elements > header.pageLimit ? elements / header.pageLimit : 0
    let used = try cursor.view(count * ((pageCount + 7) / 8))
    let blocks = try (0..<count).map { _ in try cursor.address() }
    try cursor.verifyChecksum()
    for (index, block) in blocks.enumerated() where !isDone {
      let pages = (0..<pageCount).map { page in
        let bit = index * pageCount + page
        return (used.byte(at: bit / 8) ?? 0) >> UInt8(7 - bit % 8) & 1 == 1
      }
      let start = collector.next - header.indexElements
      try readBlock(block, elements, start: start, pages: pageCount > 0 ? pages : nil)
    }
  }

  /// `pages`: which pages of a block were written; nil for a block without pages.
  private mutating func readBlock(_ address: Int?, _ elements: Int, start: Int, pages: [Bool]?) throws {
    guard let address else { return try collector.skip(elements) }
    var cursor = try storage.cursor(at: address, "chunk array's block")
    try checkPrefix(&cursor, "EADB")
    try check(&cursor, start: start)
    guard let pages else {
      try collector.take(elements, from: &cursor)
      return try cursor.verifyChecksum()
    }
    try cursor.verifyChecksum()
    for isUsed in pages {
      let bytes = try cursor.view(header.pageLimit * header.elementSize + 4)
      guard isUsed else {
        try collector.skip(header.pageLimit)
        continue
      }
      var page = storage.cursor(over: bytes, "chunk array's page")
      try collector.take(header.pageLimit, from: &page)
      try page.verifyChecksum()
    }
  }

  private func checkPrefix(_ cursor: inout HDF5Cursor, _ signature: StaticString) throws {
    try cursor.expect(signature)
    try cursor.expectVersion(0)
    guard try cursor.byte() == (header.isFiltered ? 1 : 0), try cursor.address() == header.address else {
      throw HDF5.malformed("a chunk array's block belongs to another array")
    }
  }

  /// Blocks count from the first element after those of the index block.
  private func check(_ cursor: inout HDF5Cursor, start: Int) throws {
    guard try cursor.int(header.offsetSize) == start else {
      throw HDF5.malformed("a chunk array's block belongs to another place")
    }
  }
}

extension HDF5ExtensibleArray.Header {
  fileprivate init(at address: Int, in storage: HDF5Storage) throws {
    self.address = address
    var cursor = try storage.cursor(at: address, "chunk array")
    try cursor.expect("EAHD")
    try cursor.expectVersion(0)
    isFiltered = try cursor.byte() == 1
    elementSize = Int(try cursor.byte())
    indexBits = Int(try cursor.byte())
    indexElements = Int(try cursor.byte())
    smallestBlock = Int(try cursor.byte())
    superBlockPointers = Int(try cursor.byte())
    let pageBits = Int(try cursor.byte())
    try cursor.skip(4 * storage.lengthSize)
    count = try cursor.length()
    try cursor.skip(storage.lengthSize)
    indexBlock = try cursor.address()
    try cursor.verifyChecksum()
    let fixed = storage.addressSize
    let sizes = isFiltered ? fixed + 5...fixed + 12 : fixed...fixed
    guard sizes.contains(elementSize), (1...60).contains(indexBits), pageBits <= 32,
      smallestBlock.isPowerOfTwo, superBlockPointers.isPowerOfTwo,
      smallestBlock.trailingZeroBitCount <= indexBits
    else { throw HDF5.malformed("a chunk array whose blocks have impossible sizes") }
    pageLimit = 1 << pageBits
  }
}
