import Quant

/// A group or a data set.
package enum HDF5Object: Sendable {
  case group(HDF5Group)
  case dataset(HDF5Dataset)
}

/// What groups and data sets have in common: a header and attributes.
struct HDF5Node: Sendable {
  let storage: HDF5Storage
  let header: HDF5ObjectHeader
  /// From the root, without a slash in front; for messages.
  let path: String

  init(at address: Int, path: String, in storage: HDF5Storage) throws {
    self.storage = storage
    self.path = path
    header = try naming(path) { try HDF5ObjectHeader(at: address, in: storage) }
  }

  var isDataset: Bool { header.first(.dataspace) != nil && header.first(.layout) != nil }

  var isGroup: Bool { header.first(.symbolTable) != nil || header.first(.linkInfo) != nil }
}

/// Runs `body`; an `InputError` that it throws names `path`.
func naming<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
  do {
    return try body()
  } catch let error as InputError {
    throw path.isEmpty ? error : error.inFile(path)
  }
}

/// Names that lead to groups and data sets.
///
/// All links were read when the group was opened; the objects are read when they are asked for.
package struct HDF5Group: Sendable {
  private let node: HDF5Node
  private let links: [HDF5Link]
  private let indices: [String: Int]

  init(_ node: HDF5Node) throws {
    self.node = node
    links = try naming(node.path) { try HDF5LinkReader.links(of: node.header, in: node.storage) }
    var indices: [String: Int] = [:]
    for (index, link) in links.enumerated() {
      guard indices.updateValue(index, forKey: link.name) == nil else {
        throw InputError(.malformed, node.path, "HDF5: two links are named \(link.name)")
      }
    }
    self.indices = indices
  }

  /// From the root, without a slash in front; empty for the root.
  package var path: String { node.path }

  /// Where the object's header stands: two names of one group have the same.
  var address: Int { node.header.address }

  /// In creation order when the file keeps it, else by name. Soft links and links into other files are among them.
  package var names: [String] { links.map(\.name) }

  /// The object of a name, nil when the group has no such name.
  ///
  /// - Throws: `InputError` (unsupported) naming the link when it is soft or leads into another file, or when the object
  ///   is neither group nor data set.
  package func child(_ name: String) throws -> HDF5Object? {
    guard let index = indices[name] else { return nil }
    let path = node.path.isEmpty ? name : "\(node.path)/\(name)"
    switch links[index].target {
    case .elsewhere(let kind):
      throw InputError(
        .unsupported, path, "HDF5: this is \(kind), which is not followed",
        remedy: "save the model again, with its weights in the file")
    case .object(let address): return try HDF5Object(at: address, path: path, in: node.storage)
    }
  }

  /// The object at a path of names with slashes between them; empty names are passed over. nil when it is not there.
  ///
  /// - Throws: as `child`.
  package func object(at path: String) throws -> HDF5Object? {
    var object: HDF5Object = .group(self)
    for name in path.split(separator: "/") {
      guard case .group(let group) = object, let child = try group.child(String(name)) else { return nil }
      object = child
    }
    return object
  }

  /// In creation order when the file keeps it, else by name.
  package var attributes: HDF5Attributes { get throws { try HDF5Attributes(of: node) } }
}

extension HDF5Object {
  init(at address: Int, path: String, in storage: HDF5Storage) throws {
    let node = try HDF5Node(at: address, path: path, in: storage)
    if node.isDataset {
      self = .dataset(try HDF5Dataset(node))
    } else if node.isGroup {
      self = .group(try HDF5Group(node))
    } else {
      throw InputError(
        .unsupported, path, "HDF5: the object is neither group nor data set",
        remedy: "save the model again with Keras")
    }
  }
}
