import Quant

extension KerasParameters {
  /// The variables of `model` in a file that holds them by layer, as Keras itself assigns them: by place in each
  /// layer's list. Where that contradicts the variables' names, by these.
  ///
  /// - Throws: `InputError` (mismatch) naming the layer.
  init(_ groups: [KerasWeightGroup], of model: KerasModel) throws {
    let byName = Dictionary(groups.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var used: Set<String> = []
    for layer in model.layers {
      let slots = KerasSlot.slots(of: layer)
      used.insert(layer.name)
      let variables = (byName[layer.name]?.variables ?? []).filter {
        KerasWeightGroup.Variable.known.contains($0.baseName)
      }
      if slots.isEmpty, variables.isEmpty { continue }
      for (slot, variable) in try Self.assign(variables, to: slots, layer: layer.name) {
        set(variable.tensor, slot.variable, of: slot.layer)
      }
    }
    if let unknown = groups.first(where: { !used.contains($0.name) && !$0.variables.isEmpty }) {
      throw InputError(
        .mismatch, unknown.name, "the file has weights for this layer, the model has no such layer")
    }
  }

  private static func assign(
    _ variables: [KerasWeightGroup.Variable], to slots: [KerasSlot], layer: String
  ) throws -> [(KerasSlot, KerasWeightGroup.Variable)] {
    if slots.count == variables.count, zip(slots, variables).allSatisfy({ $0.fits($1.baseName) }) {
      return Array(zip(slots, variables))
    }
    var byName: [String: [KerasWeightGroup.Variable]] = [:]
    for variable in variables {
      let owner = variable.layerName.split(separator: "/").last ?? ""
      byName["\(owner)/\(variable.baseName)", default: []].append(variable)
    }
    let pairs = try slots.map { slot in
      let names = slot.names.map { "\(slot.layerName.split(separator: "/").last ?? "")/\($0)" }
      let found = names.flatMap { byName[$0] ?? [] }
      guard let variable = found.first, found.count == 1 else {
        throw InputError(
          .mismatch, layer == slot.layerName ? layer : "\(layer)/\(slot.layerName)",
          "the file has \(found.count) variables \(slot.variable) for it",
          remedy: "the weights are of another model, or the file is damaged")
      }
      return (slot, variable)
    }
    guard pairs.count == variables.count else {
      throw InputError(
        .mismatch, layer, "the file has \(variables.count) variables for it, the model \(slots.count)")
    }
    return pairs
  }
}

/// A variable of a model that waits for its values.
private struct KerasSlot {
  let layer: Int
  let layerName: String
  let variable: String
  let isDepthwise: Bool

  /// Keras 2 calls a depthwise convolution's kernel so.
  var names: [String] { isDepthwise && variable == "kernel" ? ["depthwise_kernel", "kernel"] : [variable] }

  func fits(_ name: Substring) -> Bool { names.contains { $0 == name } }

  /// In the order of Keras 2's files: what is trainable, then what is not.
  static func slots(of layer: KerasLayer) -> [KerasSlot] {
    let (trainable, fixed) = parts(of: layer)
    return trainable + fixed
  }

  private static func parts(of layer: KerasLayer) -> (trainable: [KerasSlot], fixed: [KerasSlot]) {
    var trainable: [KerasSlot] = []
    var fixed: [KerasSlot] = []
    guard case .model(let model) = layer.kind else {
      let isDepthwise = if case .depthwise = layer.kind { true } else { false }
      for variable in layer.variables {
        let slot = KerasSlot(
          layer: layer.id, layerName: layer.name, variable: variable.name, isDepthwise: isDepthwise)
        if variable.isTrainable { trainable.append(slot) } else { fixed.append(slot) }
      }
      return (trainable, fixed)
    }
    // A frozen model lists its layers' variables layer by layer.
    let isFrozen = !layer.isTrainable || !model.isTrainable
    for inner in model.layers {
      let (first, second) = parts(of: inner)
      if isFrozen {
        fixed += first + second
      } else {
        (trainable, fixed) = (trainable + first, fixed + second)
      }
    }
    return (trainable, fixed)
  }
}
