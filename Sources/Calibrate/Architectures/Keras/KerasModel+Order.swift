extension KerasModel {
  /// The same model with its layers in the order of Keras' `model.layers`, in which checkpoints number them: by depth,
  /// the longest way to the output, and within a depth as a search from the output meets them first.
  func inKerasOrder() -> KerasModel {
    let met = layersMet()
    var depths = [Int](repeating: 0, count: layers.count)
    // Layers stand after those that they read.
    for layer in layers.indices.reversed() where met[layer] != nil {
      for source in sources(of: layer) { depths[source] = max(depths[source], depths[layer] + 1) }
    }
    let order = layers.indices.filter { met[$0] != nil }.sorted {
      (depths[$1], met[$0] ?? 0) < (depths[$0], met[$1] ?? 0)
    }
    return reordered(order)
  }

  private func sources(of layer: Int) -> [Int] { layers[layer].calls.flatMap { $0.tensors.map(\.layer) } }

  /// When a search from the outputs, depth first, meets each layer; nil for those that it does not.
  private func layersMet() -> [Int?] {
    var met = [Int?](repeating: nil, count: layers.count)
    var count = 0
    var pending = Array(outputs.map(\.layer).reversed())
    while let layer = pending.popLast() {
      guard met[layer] == nil else { continue }
      met[layer] = count
      count += 1
      pending += sources(of: layer).reversed()
    }
    return met
  }

  private func reordered(_ order: [Int]) -> KerasModel {
    var places = [Int](repeating: 0, count: layers.count)
    for (place, layer) in order.enumerated() { places[layer] = place }
    func moved(_ tensor: KerasTensor) -> KerasTensor {
      KerasTensor(layer: places[tensor.layer], call: tensor.call, output: tensor.output)
    }
    var result = self
    result.layers = order.map { index in
      var layer = layers[index]
      layer.calls = layer.calls.map { KerasCall($0.tensors.map(moved)) }
      return layer
    }
    result.inputs = inputs.map(moved)
    result.outputs = outputs.map(moved)
    return result
  }
}
