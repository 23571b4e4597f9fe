import Quant

/// Walks a version 1 B-tree from its root down to the leaves' entries, in key order.
///
/// Siblings are never followed, levels must fall by one, and no node is read twice: damage cannot make it go in circles.
/// Source: HDF5 File Format Specification 3.0, section III.A.1.
struct HDF5BTree1 {
  enum Kind: UInt8 {
    case groups = 0
    case chunks = 1
  }

  /// The key before a child of a leaf, and the child's address.
  struct Entry {
    let key: ByteView
    let child: Int
  }

  private let storage: HDF5Storage
  private let kind: Kind
  private let keySize: Int
  private var visited: Set<Int> = []
  private var pending: [(address: Int, level: Int?)] = []
  private(set) var entries: [Entry] = []

  static func entries(
    at root: Int, _ kind: Kind, keySize: Int, in storage: HDF5Storage
  ) throws -> [Entry] {
    var tree = HDF5BTree1(storage: storage, kind: kind, keySize: keySize, root: root)
    while let node = tree.pending.popLast() { try tree.read(node.address, level: node.level) }
    return tree.entries
  }

  private init(storage: HDF5Storage, kind: Kind, keySize: Int, root: Int) {
    self.storage = storage
    self.kind = kind
    self.keySize = keySize
    pending = [(root, nil)]
  }

  private mutating func read(_ address: Int, level expected: Int?) throws {
    guard visited.insert(address).inserted else { throw HDF5.malformed("a B-tree goes in circles") }
    var cursor = try storage.cursor(at: address, "B-tree node")
    try cursor.expect("TREE")
    guard try cursor.byte() == kind.rawValue else { throw HDF5.malformed("a B-tree is of the other kind") }
    let level = Int(try cursor.byte())
    guard expected == nil || level == expected else { throw HDF5.malformed("a B-tree's levels do not fall") }
    let count = try cursor.int(2)
    try cursor.skip(2 * storage.addressSize)
    try storage.allowance.spend(structure: count * (keySize + storage.addressSize))
    var children: [Entry] = []
    for _ in 0..<count {
      children.append(Entry(key: try cursor.view(keySize), child: try cursor.definedAddress()))
    }
    if level == 0 {
      entries += children
    } else {
      // The last one pushed is read first.
      pending += children.reversed().map { ($0.child, level - 1) }
    }
  }
}
