/// Writes HDF5 files of the first format piece by piece; every piece can lie.
struct HDF5Builder {
  struct Message {
    var type: UInt16
    var body: [UInt8]
    var flags: UInt8 = 0
  }

  /// Addresses count from the superblock, which `file` writes.
  private(set) var bytes = [UInt8](repeating: 0, count: 96)

  static let undefined = little(UInt64.max)

  /// Adds a piece at the next multiple of eight and returns its address.
  @discardableResult
  mutating func add(_ piece: [UInt8]) -> Int {
    bytes += [UInt8](repeating: 0, count: -bytes.count & 7)
    bytes += piece
    return bytes.count - piece.count
  }

  /// Writes over what was added.
  mutating func set(_ piece: [UInt8], at address: Int) {
    bytes.replaceSubrange(address..<address + piece.count, with: piece)
  }

  /// Writes a superblock of version 0; the whole file.
  mutating func file(root: Int) -> [UInt8] {
    var block: [UInt8] = [0x89] + Array("HDF\r\n".utf8) + [0x1a, 0x0a] + [0, 0, 0, 0, 0, 8, 8, 0]
    block += little(UInt16(4)) + little(UInt16(16)) + little(UInt32(0))
    block += little(UInt64(0)) + Self.undefined + little(UInt64(bytes.count)) + Self.undefined
    block += little(UInt64(0)) + little(UInt64(root)) + [UInt8](repeating: 0, count: 24)
    set(block, at: 0)
    return bytes
  }

  // MARK: - Objects

  /// An object header of version 1.
  mutating func addHeader(_ messages: [Message]) -> Int {
    let body = messages.flatMap(Self.encode)
    return add(
      joined(
        [1, 0], little(UInt16(messages.count)), little(UInt32(1)), little(UInt32(body.count)),
        little(UInt32(0)), body))
  }

  static func encode(_ message: Message) -> [UInt8] {
    let body = padded(message.body)
    return joined(little(message.type), little(UInt16(body.count)), [message.flags, 0, 0, 0], body)
  }

  /// A group whose links stand in a local heap, a symbol table node and a B-tree of one node.
  mutating func addGroup(_ links: [(name: String, address: Int)]) -> Int {
    addGroup(names: links.map { Array($0.name.utf8) }, addresses: links.map(\.address))
  }

  mutating func addGroup(names: [[UInt8]], addresses: [Int]) -> Int {
    var heap = [UInt8](repeating: 0, count: 8)
    var node = joined(Array("SNOD".utf8), [1, 0], little(UInt16(names.count)))
    for (name, address) in zip(names, addresses) {
      let zeros = [UInt8](repeating: 0, count: 24)
      node += joined(little(UInt64(heap.count)), little(UInt64(address)), zeros)
      heap += Self.padded(name + [0])
    }
    let data = add(heap)
    let tree = addTree(kind: 0, level: 0, entries: [(little(UInt64(0)), add(node))])
    return addGroup(tree: tree, heap: addLocalHeap(data: data, count: heap.count))
  }

  mutating func addLocalHeap(data: Int, count: Int) -> Int {
    add(
      joined(
        Array("HEAP".utf8), [0, 0, 0, 0], little(UInt64(count)), little(UInt64(1)), little(UInt64(data))))
  }

  mutating func addGroup(tree: Int, heap: Int) -> Int {
    addHeader([Message(type: 0x11, body: little(UInt64(tree)) + little(UInt64(heap)))])
  }

  @discardableResult
  mutating func addTree(kind: UInt8, level: UInt8, entries: [(key: [UInt8], child: Int)]) -> Int {
    var node = Array("TREE".utf8) + [kind, level] + little(UInt16(entries.count))
    node += Self.undefined + Self.undefined
    for entry in entries { node += entry.key + little(UInt64(entry.child)) }
    return add(node + [UInt8](repeating: 0, count: 64))
  }

  /// A file with one data set, `x`, of these messages.
  mutating func file(dataset: [Message]) -> [UInt8] {
    let header = addHeader(dataset)
    let root = addGroup([("x", header)])
    return file(root: root)
  }

  private static func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: -bytes.count & 7)
  }
}

extension HDF5Builder.Message {
  static func space(_ shape: [UInt64]) -> Self {
    Self(type: 1, body: [1, UInt8(shape.count), 0, 0, 0, 0, 0, 0] + shape.flatMap { little($0) })
  }

  static let float = Self(
    type: 3,
    body: joined([0x11, 0x20, 31, 0], little(UInt32(4)), [0, 0, 32, 0, 23, 8, 0, 23], little(UInt32(127))))

  static let variableText = Self(
    type: 3,
    body: joined(
      [0x19, 1, 0, 0], little(UInt32(16)), [0x10, 0, 0, 0], little(UInt32(1)), [0, 0, 8, 0]))

  static func text(_ size: UInt32) -> Self { Self(type: 3, body: [0x13, 0, 0, 0] + little(size)) }

  static func contiguous(_ address: Int?, _ count: Int) -> Self {
    let place = address.map { little(UInt64($0)) } ?? HDF5Builder.undefined
    return Self(type: 8, body: [3, 1] + place + little(UInt64(count)))
  }

  /// `sides` without that of the element's four bytes.
  static func chunked(_ root: Int?, _ sides: [UInt32]) -> Self {
    let place = root.map { little(UInt64($0)) } ?? HDF5Builder.undefined
    let all = (sides + [4]).flatMap { little($0) }
    return Self(type: 8, body: [3, 2, UInt8(sides.count + 1)] + place + all)
  }

  static func filters(_ identifiers: [UInt16]) -> Self {
    var body: [UInt8] = [1, UInt8(identifiers.count), 0, 0, 0, 0, 0, 0]
    for identifier in identifiers {
      body += little(identifier) + little(UInt16(0)) + little(UInt16(0)) + little(UInt16(1))
      body += little(UInt32(4)) + little(UInt32(0))
    }
    return Self(type: 0x0b, body: body)
  }

  /// An attribute of version 1.
  static func attribute(_ name: String, _ type: Self, _ shape: [UInt64], _ data: [UInt8]) -> Self {
    let space = Self.space(shape).body
    func padded(_ bytes: [UInt8]) -> [UInt8] { bytes + [UInt8](repeating: 0, count: -bytes.count & 7) }
    let name = Array(name.utf8) + [0]
    var body: [UInt8] = [1, 0] + little(UInt16(name.count)) + little(UInt16(type.body.count))
    body += little(UInt16(space.count)) + padded(name) + padded(type.body) + padded(space) + data
    return Self(type: 0x0c, body: body)
  }
}
