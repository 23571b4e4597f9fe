import Quant

/// Reads all records of a version 2 B-tree, in no particular order.
///
/// Levels fall by one and no node is read twice; every checksum is verified.
/// Source: HDF5 File Format Specification 3.0, section III.A.2.
struct HDF5BTree2 {
  enum Kind: UInt8 {
    case hugeObjects = 1
    case linkNames = 5
    case attributeNames = 8
    case chunks = 10
    case filteredChunks = 11
  }

  let recordSize: Int
  private(set) var records: [ByteView] = []
  private let storage: HDF5Storage
  private let kind: Kind
  private let nodeSize: Int
  /// By level, 0 for leaves: the bytes of a pointer to a child, and how many records a node has at most.
  private var pointerSizes: [Int] = [0]
  private var recordLimits: [Int]
  /// Bytes of a count of all records below, by level.
  private var totalSizes: [Int] = [0]
  private var visited: Set<Int> = []
  private var pending: [(address: Int, level: Int, count: Int)] = []

  private static let depthLimit = 16
  /// Signature, version, type and checksum of a node.
  private static let overhead = 10

  init(at address: Int, _ kind: Kind, in storage: HDF5Storage) throws {
    self.storage = storage
    self.kind = kind
    var cursor = try storage.cursor(at: address, "B-tree header")
    try cursor.expect("BTHD")
    try cursor.expectVersion(0)
    guard try cursor.byte() == kind.rawValue else { throw HDF5.malformed("a B-tree is of another kind") }
    nodeSize = try cursor.int(4)
    recordSize = try cursor.int(2)
    let depth = try cursor.int(2)
    try cursor.skip(2)
    let root = try cursor.address()
    let rootCount = try cursor.int(2)
    let total = try cursor.length()
    try cursor.verifyChecksum()
    guard recordSize > 0, nodeSize > Self.overhead, depth <= Self.depthLimit else {
      throw HDF5.malformed(
        "a B-tree has nodes of \(nodeSize) bytes, records of \(recordSize), \(depth) levels")
    }
    recordLimits = [(nodeSize - Self.overhead) / recordSize]
    try measure(depth)
    if let root, total > 0 { pending = [(root, depth, rootCount)] }
    while let node = pending.popLast() { try read(node) }
    guard records.count == total else {
      throw HDF5.malformed("a B-tree has \(records.count) records instead of \(total)")
    }
  }

  /// Sizes that the file does not store but that follow from a node's size.
  private mutating func measure(_ depth: Int) throws {
    var total = recordLimits[0]
    let countSize = HDF5.byteCount(upTo: recordLimits[0])
    for level in 0..<depth {
      let pointer = storage.addressSize + countSize + totalSizes[level]
      let limit = (nodeSize - Self.overhead - pointer) / (recordSize + pointer)
      let (below, overflow) = total.multipliedReportingOverflow(by: limit + 1)
      let (sum, carry) = below.addingReportingOverflow(limit)
      guard limit > 0, !overflow, !carry else { throw HDF5.malformed("a B-tree's nodes are too small") }
      total = sum
      pointerSizes.append(pointer)
      recordLimits.append(limit)
      totalSizes.append(HDF5.byteCount(upTo: total))
    }
  }

  private mutating func read(_ node: (address: Int, level: Int, count: Int)) throws {
    guard visited.insert(node.address).inserted else { throw HDF5.malformed("a B-tree goes in circles") }
    guard node.count <= recordLimits[node.level] else { throw HDF5.malformed("a B-tree's node is too full") }
    var cursor = try storage.cursor(at: node.address, "B-tree node")
    try cursor.expect(node.level == 0 ? "BTLF" : "BTIN")
    try cursor.expectVersion(0)
    guard try cursor.byte() == kind.rawValue else {
      throw HDF5.malformed("a B-tree's node is of another kind")
    }
    for _ in 0..<node.count { records.append(try cursor.view(recordSize)) }
    if node.level > 0 {
      let countSize = pointerSizes[1] - storage.addressSize
      for _ in 0...node.count {
        let child = try cursor.definedAddress()
        let count = try cursor.int(countSize)
        try cursor.skip(totalSizes[node.level - 1])
        pending.append((child, node.level - 1, count))
      }
    }
    try cursor.verifyChecksum()
    try storage.allowance.spend(structure: cursor.position)
  }
}
