import Quant

/// Weights by class and number, as a checkpoint of Keras 3 has them: their counts and shapes tell the architecture.
struct KerasNumberedWeights {
  /// Layers of the network itself; where it stands in another model, what follows it too.
  private let root: KerasCheckpoint

  init(_ root: KerasCheckpoint) {
    let models = root.weighted(["functional", "model"])
    guard models.count == 1, root.weighted(["conv2d"]).isEmpty, let network = models.first else {
      self.root = root
      return
    }
    let others = root.weighted(["dense"])
    self.root = KerasCheckpoint(key: "", variables: [], children: network.children + others)
  }

  func network(_ options: ImportOptions) throws -> KerasNetwork {
    for definition in KerasApplication.definitions {
      let widths = widths(definition)
      for hasOwnHead in definition.headLayers.isEmpty ? [false] : [false, true] {
        if let network = try network(definition, widths, hasOwnHead: hasOwnHead, options) { return network }
      }
    }
    let count = root.weighted(["conv2d"]).count
    throw InputError(
      .mismatch, "",
      "the file holds weights without a graph, and no network has \(count) convolutions of these shapes",
      remedy: KerasApplication.remedy)
  }

  /// Of the convolutions in order.
  private func widths(_ definition: any KerasApplication.Definition) -> [String: Int] {
    var builder = KerasModelBuilder()
    let map = definition.body(&builder)
    let end = definition.ownHead(&builder, map)
    let model = builder.model(end, name: definition.name)
    let convolutions = model.layers.filter { $0.checkpointName == "conv2d" }
    var widths: [String: Int] = [:]
    for (layer, node) in zip(convolutions, root.weighted(["conv2d"])) {
      if let width = node.variables.first?.shape.last, width > 0 { widths[layer.name.lowercased()] = width }
    }
    return widths
  }

  /// nil when counts or shapes are not the definition's.
  private func network(
    _ definition: any KerasApplication.Definition, _ widths: [String: Int], hasOwnHead: Bool,
    _ options: ImportOptions
  ) throws -> KerasNetwork? {
    var notes: [String] = []
    let plain = KerasApplication.model(
      of: definition, widths: widths, hasOwnHead: hasOwnHead, head: [], asked: options.head, notes: &notes)
    guard fits(plain) else { return nil }
    let dense = root.weighted(["dense"])
    let head = dense.enumerated().compactMap { index, node in
      let isClassifier = dense.count == 1 && node.variables.first?.shape.last == 1000
      return KerasHeadLayer(
        name: isClassifier ? "predictions" : index == 0 ? "dense" : "dense_\(index)",
        variables: Dictionary(
          zip(["kernel", "bias"], node.variables), uniquingKeysWith: { first, _ in first }))
    }
    guard head.count == dense.count else { return nil }
    var definition = definition
    if var network = definition as? KerasEfficientNet,
      let variables = root.weighted(["normalization"]).first?.variables, variables.count > 1
    {
      network.settle(variance: variables[1].elements, &notes)
      definition = network
    }
    let model = KerasApplication.model(
      of: definition, widths: widths, hasOwnHead: hasOwnHead, head: head, asked: options.head, notes: &notes)
    return KerasNetwork(
      model: model, parameters: try KerasParameters(root, of: model),
      application: KerasApplicationName(definition.name), assumptions: notes)
  }

  private func fits(_ model: KerasModel) -> Bool {
    let classes = ["conv2d", "depthwise_conv2d", "separable_conv2d", "batch_normalization", "normalization"]
    return classes.allSatisfy { name in
      let layers = model.layers.filter { $0.hasVariables && $0.checkpointName == name }
      let nodes = root.weighted([name])
      return layers.count == nodes.count
        && zip(layers, nodes).allSatisfy { layer, node in
          node.variables.first.map { layer.mayHave(kernel: $0.shape) } ?? false
        }
    }
  }
}
