import Quant

/// One name in a group.
struct HDF5Link: Sendable {
  enum Target: Sendable {
    case object(address: Int)
    /// What kind of link it is instead: a soft link, for instance. Nothing follows it.
    case elsewhere(String)
  }

  let name: String
  let target: Target
  let creationOrder: Int?

  init(name: ByteView, target: Target, creationOrder: Int?) throws {
    guard let text = name.text, !text.isEmpty, !text.utf8.contains(0) else {
      throw HDF5.malformed("a link's name is empty or not UTF-8")
    }
    self.name = text
    self.target = target
    self.creationOrder = creationOrder
  }

  /// A link message. Source: HDF5 File Format Specification 3.0, section IV.A.2.g.
  init(message: ByteView, in storage: HDF5Storage) throws {
    var cursor = storage.cursor(over: message, "link message")
    try cursor.expectVersion(1)
    let flags = try cursor.byte()
    let type = flags & 8 != 0 ? try cursor.byte() : 0
    let order = flags & 4 != 0 ? try cursor.int(8) : nil
    if flags & 16 != 0 { try cursor.skip(1) }
    let name = try cursor.view(try cursor.int(1 << Int(flags & 3)))
    let target: Target
    switch type {
    case 0: target = .object(address: try cursor.definedAddress())
    case 1: target = .elsewhere("a soft link")
    case 64: target = .elsewhere("a link into another file")
    default: target = .elsewhere("a link of type \(type)")
    }
    try self.init(name: name, target: target, creationOrder: order)
  }
}

/// Reads a group's links from wherever its header says they are.
enum HDF5LinkReader {
  /// In creation order when the file keeps it, else by name.
  static func links(of header: HDF5ObjectHeader, in storage: HDF5Storage) throws -> [HDF5Link] {
    var links: [HDF5Link] = []
    if let body = try header.body(.symbolTable, in: storage) { links += try symbols(body, storage) }
    for message in header.all(.link) { links.append(try HDF5Link(message: message.body, in: storage)) }
    if let body = try header.body(.linkInfo, in: storage) { links += try denseLinks(body, storage) }
    try checkCount(links)
    if links.allSatisfy({ $0.creationOrder != nil }) {
      return links.sorted { ($0.creationOrder ?? 0, $0.name) < ($1.creationOrder ?? 0, $1.name) }
    }
    return links.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func checkCount(_ links: [HDF5Link]) throws {
    guard links.count <= TensorLimits.tensors else {
      throw HDF5.fault(.tooLarge, "a group of over \(TensorLimits.tensors) links")
    }
  }

  /// Links in a fractal heap, found by the index of their names.
  private static func denseLinks(_ body: ByteView, _ storage: HDF5Storage) throws -> [HDF5Link] {
    var cursor = storage.cursor(over: body, "link info message")
    try cursor.expectVersion(0)
    if try cursor.byte() & 1 != 0 { try cursor.skip(8) }
    guard let heapAddress = try cursor.address() else { return [] }
    let tree = try HDF5BTree2(at: try cursor.definedAddress(), .linkNames, in: storage)
    var heap = try HDF5FractalHeap(at: heapAddress, in: storage)
    return try tree.records.map { record in
      var cursor = storage.cursor(over: record, "link's record")
      try cursor.skip(4)
      return try HDF5Link(message: try heap.object(&cursor), in: storage)
    }
  }

  // MARK: - Symbol tables

  private static func symbols(_ body: ByteView, _ storage: HDF5Storage) throws -> [HDF5Link] {
    var cursor = storage.cursor(over: body, "symbol table message")
    let tree = try cursor.definedAddress()
    let names = try localHeap(at: try cursor.definedAddress(), storage)
    let nodes = try HDF5BTree1.entries(at: tree, .groups, keySize: storage.lengthSize, in: storage)
    var links: [HDF5Link] = []
    for node in nodes {
      links += try symbolNode(at: node.child, names, storage)
      try checkCount(links)
    }
    return links
  }

  /// The names of a group's links.
  private static func localHeap(at address: Int, _ storage: HDF5Storage) throws -> ByteView {
    var cursor = try storage.cursor(at: address, "local heap")
    try cursor.expect("HEAP")
    try cursor.expectVersion(0)
    try cursor.skip(3)
    let count = try cursor.length()
    try cursor.skip(storage.lengthSize)
    return try storage.part(at: try cursor.definedAddress(), count: count, "local heap")
  }

  private static func symbolNode(
    at address: Int, _ names: ByteView, _ storage: HDF5Storage
  ) throws -> [HDF5Link] {
    var cursor = try storage.cursor(at: address, "symbol table node")
    try cursor.expect("SNOD")
    try cursor.expectVersion(1)
    try cursor.skip(1)
    let count = try cursor.int(2)
    try storage.allowance.spend(structure: count * (2 * storage.addressSize + 24))
    return try (0..<count).map { _ in
      let nameOffset = try cursor.int(storage.addressSize)
      let object = try cursor.address()
      let kind = try cursor.int(4)
      try cursor.skip(20)
      let target: HDF5Link.Target =
        if kind == 2 { .elsewhere("a soft link") } else if let object { .object(address: object) } else {
          throw HDF5.malformed("a link leads to an undefined address")
        }
      let name = try HDF5Text.terminated(names, from: nameOffset)
      try storage.allowance.spend(structure: name.count)
      return try HDF5Link(name: name, target: target, creationOrder: nil)
    }
  }
}
