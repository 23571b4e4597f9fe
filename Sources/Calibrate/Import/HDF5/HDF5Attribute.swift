import Quant

/// A small named value beside a group or data set.
package struct HDF5Attribute: Sendable {
  package let name: String
  private let values: HDF5Values

  /// An attribute message, versions 1 to 3. Source: HDF5 File Format Specification 3.0, section IV.A.2.m.
  init(_ message: ByteView, in storage: HDF5Storage) throws {
    var cursor = storage.cursor(over: message, "attribute")
    let version = try cursor.byte()
    guard (1...3).contains(version) else { throw HDF5.unsupported("attributes of version \(version)") }
    let flags = try cursor.byte()
    let counts = [try cursor.int(2), try cursor.int(2), try cursor.int(2)]
    if version == 3 { try cursor.skip(1) }
    func part(_ count: Int) throws -> ByteView {
      let part = try cursor.view(count)
      if version == 1 { try cursor.skip(min(-count & 7, cursor.remaining)) }
      return part
    }
    name = try HDF5Text.string(HDF5Text.terminated(try part(counts[0]), from: 0))
    var type = try part(counts[1])
    var space = try part(counts[2])
    if version > 1, flags & 1 != 0 { type = try HDF5ObjectHeader.sharedBody(type, .datatype, in: storage) }
    if version > 1, flags & 2 != 0 { space = try HDF5ObjectHeader.sharedBody(space, .dataspace, in: storage) }
    let name = name
    values = try naming(name) {
      try HDF5Values(
        space: HDF5Dataspace(space, in: storage), type: HDF5Datatype(type, in: storage),
        bytes: cursor.view(cursor.remaining), storage: storage)
    }
  }

  /// Empty for a scalar.
  package var shape: [Int] { values.space.shape }

  /// All texts in row-major order.
  ///
  /// - Throws: `InputError` naming the attribute when they are no texts.
  package func strings() throws -> [String] { try naming(name) { try values.strings() } }

  /// The only text of a scalar or of one element.
  package func string() throws -> String {
    let strings = try strings()
    guard strings.count == 1 else {
      throw InputError(.malformed, name, "HDF5: \(strings.count) texts where one should be")
    }
    return strings[0]
  }

  /// All numbers; integers only when Float holds them exactly.
  package func floats() throws -> FloatTensor { try naming(name) { try values.floats() } }

  /// All integers in row-major order.
  package func integers() throws -> [Int] { try naming(name) { try values.integers() } }
}

/// The attributes of one object.
package struct HDF5Attributes: Sendable {
  /// In creation order when the file keeps it, else as they stand in the file.
  package let names: [String]
  private let attributes: [String: HDF5Attribute]
  private let path: String

  init(of node: HDF5Node) throws {
    let all = try naming(node.path) { try Self.read(node.header, node.storage) }
    path = node.path
    names = all.map(\.name)
    attributes = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    guard attributes.count == names.count else {
      throw InputError(.malformed, path, "HDF5: two attributes have one name")
    }
  }

  package subscript(name: String) -> HDF5Attribute? { attributes[name] }

  private static func read(_ header: HDF5ObjectHeader, _ storage: HDF5Storage) throws -> [HDF5Attribute] {
    var attributes = try header.all(.attribute).map { message in
      guard !message.isShared else { throw HDF5.unsupported("messages of the shared message heap") }
      return try HDF5Attribute(message.body, in: storage)
    }
    if let body = try header.body(.attributeInfo, in: storage) { attributes += try dense(body, storage) }
    return attributes
  }

  /// Attributes in a fractal heap, found by the index of their names.
  private static func dense(_ body: ByteView, _ storage: HDF5Storage) throws -> [HDF5Attribute] {
    var cursor = storage.cursor(over: body, "attribute info message")
    try cursor.expectVersion(0)
    if try cursor.byte() & 1 != 0 { try cursor.skip(2) }
    guard let heapAddress = try cursor.address() else { return [] }
    let tree = try HDF5BTree2(at: try cursor.definedAddress(), .attributeNames, in: storage)
    var heap = try HDF5FractalHeap(at: heapAddress, in: storage)
    var ordered: [(order: Int, attribute: HDF5Attribute)] = []
    for record in tree.records {
      var cursor = storage.cursor(over: record, "attribute's record")
      let object = try heap.object(&cursor)
      guard try cursor.byte() & 2 == 0 else { throw HDF5.unsupported("messages of the shared message heap") }
      ordered.append((try cursor.int(4), try HDF5Attribute(object, in: storage)))
    }
    return ordered.sorted { ($0.order, $0.attribute.name) < ($1.order, $1.attribute.name) }.map(\.attribute)
  }
}
