import Quant

extension KerasParameters {
  /// The variables of `model` in a checkpoint, whose layers are numbered by class in the model's order.
  ///
  /// The numbers have gaps where layers of a class hold no variables, and in files of Keras 2.13, which counted a layer
  /// twice; only their order counts.
  ///
  /// - Throws: `InputError` (mismatch) naming the class or layer.
  init(_ root: KerasCheckpoint, of model: KerasModel) throws {
    var pending = [(root, model, "")]
    while let (node, model, path) = pending.popLast() {
      var byClass: [(names: Set<String>, layers: [KerasLayer])] = []
      for layer in model.layers where layer.hasVariables {
        guard let name = layer.checkpointName else { continue }
        let names: Set<String> = name == "functional" ? ["functional", "model"] : [name]
        if let index = byClass.firstIndex(where: { $0.names == names }) {
          byClass[index].layers.append(layer)
        } else {
          byClass.append((names, [layer]))
        }
      }
      for (names, layers) in byClass {
        let nodes = node.weighted(names)
        guard nodes.count == layers.count else {
          throw InputError(
            .mismatch, path,
            "the model has \(layers.count) layers \(names.min() ?? "") with weights, the file \(nodes.count)",
            remedy: "the weights are of another model")
        }
        for (layer, node) in zip(layers, nodes) {
          let inner = path.isEmpty ? layer.name : "\(path)/\(layer.name)"
          if case .model(let model) = layer.kind {
            pending.append((node, model, inner))
          } else {
            try set(node.variables, of: layer, path: inner)
          }
        }
      }
      try Self.checkAllUsed(node, byClass.reduce(into: []) { $0.formUnion($1.names) }, path)
    }
  }

  private mutating func set(_ tensors: [FloatTensor], of layer: KerasLayer, path: String) throws {
    let variables = layer.variables
    guard tensors.count == variables.count else {
      throw InputError(.mismatch, path, "it has \(variables.count) variables, the file \(tensors.count)")
    }
    for (variable, tensor) in zip(variables, tensors) { set(tensor, variable.name, of: layer.id) }
  }

  private static func checkAllUsed(_ node: KerasCheckpoint, _ used: Set<String>, _ path: String) throws {
    for child in node.children where child.tensorCount > 0 {
      let base = String(KerasCheckpoint.split(child.key).base)
      guard used.contains(base) || !KerasLayer.weightedClasses.contains(base) else {
        throw InputError(
          .mismatch, path.isEmpty ? child.key : "\(path)/\(child.key)",
          "the file has weights for this layer, the model has no such layer")
      }
    }
  }
}

extension KerasLayer {
  static let weightedClasses: Set<String> = [
    "conv2d", "depthwise_conv2d", "separable_conv2d", "dense", "batch_normalization", "p_re_lu",
    "normalization",
    "functional", "sequential", "model",
  ]

  var hasVariables: Bool {
    if case .model(let model) = kind { return model.layers.contains { $0.hasVariables } }
    return !variables.isEmpty
  }
}
