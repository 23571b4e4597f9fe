import Quant

/// An HDF5 file, read within bounds: what Keras and h5py write, nothing that leads out of the file.
///
/// Groups, data sets and attributes are read when they are asked for. Whatever the bytes are, it reads or throws
/// `InputError`, whose subject is the object's path.
package struct HDF5File: Sendable {
  private let storage: HDF5Storage
  private let rootAddress: Int

  package static let depthLimit = 64

  /// - Throws: `InputError` when the superblock is none, damaged or of a later format.
  package init(_ bytes: ByteView) throws {
    let superblock = try HDF5Superblock(bytes)
    storage = superblock.storage
    rootAddress = superblock.rootAddress
  }

  package var root: HDF5Group {
    get throws {
      guard case .group(let group) = try HDF5Object(at: rootAddress, path: "", in: storage) else {
        throw HDF5.malformed("the root is no group")
      }
      return group
    }
  }

  /// All data sets, with their paths from the root: groups depth first, their links in order.
  ///
  /// - Throws: `InputError` as `HDF5Group.child`; also when two links lead to one object, which could be a circle, or
  ///   groups are nested deeper than `depthLimit`.
  package func datasets() throws -> [HDF5Dataset] {
    var found: [HDF5Dataset] = []
    var visited: Set<Int> = [rootAddress]
    var pending = [HDF5Walk(try root)]
    while !pending.isEmpty {
      guard let child = try pending[pending.count - 1].next() else {
        pending.removeLast()
        continue
      }
      guard visited.insert(child.address).inserted else {
        throw InputError(.unsupported, child.path, "HDF5: another link leads to the same object")
      }
      switch child {
      case .dataset(let dataset): found.append(dataset)
      case .group(let group):
        guard pending.count < Self.depthLimit else {
          throw InputError(.tooLarge, child.path, "HDF5: groups nested over \(Self.depthLimit) deep")
        }
        pending.append(HDF5Walk(group))
      }
    }
    return found
  }
}

/// A group whose children are taken one after another.
private struct HDF5Walk {
  private let group: HDF5Group
  private var names: IndexingIterator<[String]>

  init(_ group: HDF5Group) {
    self.group = group
    names = group.names.makeIterator()
  }

  mutating func next() throws -> HDF5Object? { try names.next().flatMap { try group.child($0) } }
}

extension HDF5Object {
  var address: Int {
    switch self {
    case .group(let group): group.address
    case .dataset(let dataset): dataset.address
    }
  }

  package var path: String {
    switch self {
    case .group(let group): group.path
    case .dataset(let dataset): dataset.path
    }
  }
}
