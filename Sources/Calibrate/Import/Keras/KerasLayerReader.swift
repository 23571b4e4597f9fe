import Quant

/// Reads weights by layer, as Keras 2 writes them: a group for each layer, whose attribute `weight_names` orders its
/// data sets.
struct KerasLayerReader {
  private var tensors = KerasTensorReader()

  static func holdsLayers(_ group: HDF5Group) throws -> Bool {
    let attributes = try group.attributes
    return attributes["layer_names"] != nil || attributes["layer_names0"] != nil
  }

  /// - Throws: `InputError` naming the group or data set that is missing or cannot be read.
  static func groups(in root: HDF5Group) throws -> [KerasWeightGroup] {
    var reader = KerasLayerReader()
    return try reader.groups(of: root)
  }

  private mutating func groups(of root: HDF5Group) throws -> [KerasWeightGroup] {
    let names = try Self.strings("layer_names", of: root)
    guard names.count <= GraphLimits.nodes, Set(names).count == names.count else {
      throw InputError(.malformed, "layer_names", "over \(GraphLimits.nodes) layers, or two of one name")
    }
    return try names.map { name in
      guard case .group(let group) = try root.object(at: name) else {
        throw InputError(.malformed, name, "the file names this layer but has no group for it")
      }
      let variables = try Self.strings("weight_names", of: group)
      guard variables.count <= TensorLimits.tensors else {
        throw InputError(.tooLarge, name, "\(variables.count) weights")
      }
      return KerasWeightGroup(name: name, variables: try variables.map { try variable($0, of: group) })
    }
  }

  private mutating func variable(_ name: String, of group: HDF5Group) throws -> KerasWeightGroup.Variable {
    guard case .dataset(let dataset) = try group.object(at: name) else {
      throw InputError(
        .malformed, "\(group.path)/\(name)", "the file names these weights but does not hold them")
    }
    return KerasWeightGroup.Variable(name: name, tensor: try tensors.read(dataset))
  }

  /// A list that may be spread over `name0`, `name1`, …, because an attribute holds 64 KB.
  private static func strings(_ name: String, of group: HDF5Group) throws -> [String] {
    let attributes = try group.attributes
    if let whole = attributes[name] { return try texts(whole) }
    var all: [String] = []
    var number = 0
    while let part = attributes["\(name)\(number)"] {
      all += try texts(part)
      number += 1
    }
    guard number > 0 else {
      throw InputError(.malformed, group.path, "it has no attribute \(name)")
    }
    return all
  }

  /// Keras writes an empty list as numbers.
  private static func texts(_ attribute: HDF5Attribute) throws -> [String] {
    attribute.shape == [0] ? [] : try attribute.strings()
  }
}

/// Reads data sets, each once and within a limit for all.
struct KerasTensorReader {
  private var addresses: Set<Int> = []
  private var elementCount = 0

  /// Of all tensors of a file: 4 GiB.
  static let elementLimit = 1 << 30

  /// - Throws: `InputError` naming the data set.
  mutating func read(_ dataset: HDF5Dataset) throws -> FloatTensor {
    guard addresses.insert(dataset.address).inserted else {
      throw InputError(.unsupported, dataset.path, "HDF5: another link leads to the same object")
    }
    // The number of samples that a normalization has seen; Float need not hold it.
    if dataset.shape.isEmpty { return (try? dataset.floats()) ?? FloatTensor(shape: [], elements: [0]) }
    guard let count = TensorLimits.elementCount(of: dataset.shape), count <= Self.elementLimit - elementCount
    else {
      throw InputError(.tooLarge, dataset.path, "the file's tensors have over 2³⁰ elements")
    }
    elementCount += count
    return try dataset.floats()
  }
}
