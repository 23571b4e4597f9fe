import Quant

/// An array of numbers or texts.
package struct HDF5Dataset: Sendable {
  private let node: HDF5Node
  private let space: HDF5Dataspace
  private let type: HDF5Datatype

  init(_ node: HDF5Node) throws {
    self.node = node
    (space, type) = try naming(node.path) {
      guard let space = try node.header.body(.dataspace, in: node.storage),
        let type = try node.header.body(.datatype, in: node.storage)
      else { throw HDF5.malformed("a data set without a shape or type") }
      return (try HDF5Dataspace(space, in: node.storage), try HDF5Datatype(type, in: node.storage))
    }
  }

  /// From the root, without a slash in front.
  package var path: String { node.path }

  var address: Int { node.header.address }

  /// Empty for a scalar.
  package var shape: [Int] { space.shape }

  /// For people: `F32`, `strings`, `compound values`.
  package var typeDescription: String { type.description }

  /// The numbers; F64 rounded to nearest, integers only when Float holds them exactly.
  ///
  /// - Throws: `InputError` naming the data set: stored in other files, virtual, compressed in a way that is not read,
  ///   damaged, or no numbers.
  package func floats() throws -> FloatTensor { try naming(path) { try values().floats() } }

  /// All integers in row-major order.
  package func integers() throws -> [Int] { try naming(path) { try values().integers() } }

  /// All texts in row-major order.
  package func strings() throws -> [String] { try naming(path) { try values().strings() } }

  package var attributes: HDF5Attributes { get throws { try HDF5Attributes(of: node) } }

  private func values() throws -> HDF5Values {
    if case .other(let what) = type.kind { throw HDF5.unsupported(what) }
    return try HDF5Values(space: space, type: type, bytes: try bytes(), storage: node.storage)
  }

  /// The elements' bytes, decompressed and in row-major order.
  private func bytes() throws -> ByteView {
    let (byteCount, overflow) = space.elementCount.multipliedReportingOverflow(by: type.size)
    guard !overflow else { throw HDF5.fault(.tooLarge, "more bytes than can be counted") }
    guard node.header.first(.externalFiles) == nil else {
      throw HDF5.unsupported(
        "data in other files", remedy: "save the model again, with its weights in the file")
    }
    guard let body = try node.header.body(.layout, in: node.storage) else {
      throw HDF5.malformed("a data set without a layout")
    }
    switch try HDF5Layout(body, rank: space.shape.count, in: node.storage) {
    case .bytes(let bytes): return bytes
    case .notAllocated: return try filled(byteCount)
    case .contiguous(let address, let declared):
      guard declared >= byteCount else {
        throw HDF5.malformed("\(declared) bytes are stored where the shape needs \(byteCount)")
      }
      let data = try node.storage.part(at: address, count: byteCount, "data")
      try node.storage.allowance.spend(data: byteCount)
      return data
    case .chunked(let sides, let index):
      let reader = try HDF5ChunkReader(
        space: space, sides: sides, elementSize: type.size, fill: fill(),
        filters: HDF5FilterPipeline(header: node.header, in: node.storage), storage: node.storage)
      return try reader.read(index, byteCount: byteCount)
    }
  }

  private func fill() throws -> HDF5FillValue {
    try HDF5FillValue(header: node.header, elementSize: type.size, in: node.storage)
  }

  private func filled(_ byteCount: Int) throws -> ByteView {
    try node.storage.allowance.fill(space.elementCount, size: type.size)
    let fill = try fill()
    return try ByteView(count: byteCount) { fill.fill($0) }
  }
}
