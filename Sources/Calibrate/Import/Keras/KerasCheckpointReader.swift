import Quant

/// Reads weights by class and number: `layers/conv2d_1/vars/0`, in nested models `layers/functional/layers/…`.
struct KerasCheckpointReader {
  private var tensors = KerasTensorReader()
  private var layerCount = 0

  /// What Keras 3 calls the group of a model's layers, and what Keras 2.13 called it.
  private static let containers = ["layers", "_layer_checkpoint_dependencies"]
  private static let depthLimit = 32

  static func holdsLayers(_ group: HDF5Group) -> Bool { containers.contains(where: group.names.contains) }

  /// - Throws: `InputError` naming the group or data set that cannot be read.
  static func checkpoint(in root: HDF5Group) throws -> KerasCheckpoint {
    var reader = KerasCheckpointReader()
    return try reader.checkpoint("", root, depth: 0)
  }

  private mutating func checkpoint(_ key: String, _ group: HDF5Group, depth: Int) throws -> KerasCheckpoint {
    guard depth < Self.depthLimit else {
      throw InputError(.tooLarge, group.path, "models nested over \(Self.depthLimit) deep")
    }
    var children: [KerasCheckpoint] = []
    for container in Self.containers {
      guard case .group(let layers) = try group.child(container) else { continue }
      for name in layers.names {
        layerCount += 1
        guard layerCount <= GraphLimits.nodes else {
          throw InputError(.tooLarge, layers.path, "over \(GraphLimits.nodes) layers")
        }
        guard case .group(let layer) = try layers.child(name) else { continue }
        children.append(try checkpoint(name, layer, depth: depth + 1))
      }
    }
    return KerasCheckpoint(key: key, variables: try variables(of: group), children: children)
  }

  /// `vars/0`, `vars/1`, …
  private mutating func variables(of group: HDF5Group) throws -> [FloatTensor] {
    guard case .group(let variables) = try group.child("vars") else { return [] }
    return try (0..<variables.names.count).map { number in
      guard case .dataset(let dataset) = try variables.child("\(number)") else {
        throw InputError(.malformed, variables.path, "it has no variable \(number)")
      }
      return try tensors.read(dataset)
    }
  }
}
