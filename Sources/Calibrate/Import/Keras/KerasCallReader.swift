import Quant

/// Reads which tensors the layers of a Functional model are called with.
///
/// Keras 2 writes a call as a list `[[layer, call, output, keywords], …]`, Keras 3 as an object of `args` and `kwargs`
/// with `__keras_tensor__` objects inside. In the older form, and among a model's outputs, the calls of a nested model
/// are counted from 1: its own graph was its first call.
struct KerasCallReader {
  private let layers: [(layer: KerasLayer, object: JSON)]
  private let indices: [String: Int]
  private let callCounts: [Int]
  private let isKeras3: Bool
  private let path: String

  init(layers: [(KerasLayer, JSON)], path: String) {
    self.layers = layers.map { (layer: $0.0, object: $0.1) }
    self.path = path
    indices = Dictionary(
      layers.enumerated().map { ($0.element.0.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    callCounts = layers.map { layer, object in
      if case .input = layer.kind { return 1 }
      return object["inbound_nodes"]?.array?.count ?? 0
    }
    isKeras3 = layers.contains { $0.1["inbound_nodes"]?.array?.first?.object != nil }
  }

  /// - Throws: `InputError` (malformed) naming the layer.
  func layersWithCalls() throws -> [KerasLayer] {
    try layers.map { layer, object in
      var result = layer
      if case .input = layer.kind { return result }
      guard let nodes = object["inbound_nodes"]?.array else {
        throw fault(layer.name, "its inbound_nodes are not a list")
      }
      guard nodes.count <= 1000 else { throw fault(layer.name, "it is called more than 1000 times") }
      result.calls = try nodes.map { node in
        if let members = node.array { return try listed(members, layer.name) }
        return try keyed(node, layer.name)
      }
      return result
    }
  }

  /// The tensors of `input_layers` or `output_layers`: one, a list of them, or a dictionary.
  func ends(_ key: String, _ value: JSON?, isInput: Bool) throws -> [KerasTensor] {
    guard let value else { throw fault("", "it has no \(key)") }
    let members: [JSON]
    if let object = value.object {
      members = object.keys.sorted().compactMap { object[$0] }
    } else {
      members = value.array.map { $0.first?.string == nil ? $0 : [value] } ?? []
    }
    guard !members.isEmpty else { throw fault("", "its \(key) are empty") }
    return try members.map { member in
      // Keras 3 wraps a single one in some structures.
      let inner = member.array?.count == 1 ? member.array?.first ?? member : member
      let tensor = try tensor(inner.array ?? [], key) { layer in
        if case .model(let model) = layer.kind { return isKeras3 && model.isSequential ? 0 : 1 }
        return 0
      }
      if isInput, case .input = layers[tensor.layer].layer.kind { return tensor }
      guard !isInput else {
        throw fault(layers[tensor.layer].layer.name, "a model's input is no input layer")
      }
      return tensor
    }
  }

  private func fault(_ name: String, _ reason: String) -> InputError {
    let subject = path.isEmpty ? name : name.isEmpty ? path : "\(path)/\(name)"
    return InputError(.malformed, subject, reason)
  }

  /// `[layer, call, output, …]`, where the calls of the layer are counted from `first`.
  private func tensor(_ parts: [JSON], _ name: String, first: (KerasLayer) -> Int) throws -> KerasTensor {
    guard parts.count >= 3, let source = parts[0].string, let call = parts[1].int,
      let output = parts[2].int
    else { throw fault(name, "a tensor that it reads is not written as layer, call, output") }
    guard let index = indices[source] else {
      throw fault(name, "it reads the layer \(source), which is missing")
    }
    let origin = first(layers[index].layer)
    let number = callCounts[index] == 1 && call == 0 ? 0 : call >= origin ? call - origin : -1
    guard (0..<callCounts[index]).contains(number), (0..<1000).contains(output) else {
      throw fault(
        name, "it reads call \(call) of the layer \(source), which is called \(callCounts[index]) times")
    }
    return KerasTensor(layer: index, call: number, output: output)
  }

  // MARK: - Keras 2

  private func olderOrigin(_ layer: KerasLayer) -> Int {
    if case .model = layer.kind { return 1 }
    return 0
  }

  private func listed(_ node: [JSON], _ name: String) throws -> KerasCall {
    let members: [JSON] = node.first?.string == nil ? node : [.array(node)]
    var call = KerasCall([KerasTensor]())
    for member in members {
      guard let parts = member.array else { throw fault(name, "a call of it is not a list of tensors") }
      if parts.first?.string == "_CONSTANT_VALUE" {
        call.arguments.append(.constant(parts.count > 2 ? parts[2] : .null))
      } else {
        call.arguments.append(.tensor(try tensor(parts, name, first: olderOrigin)))
      }
      guard parts.count > 3, let keywords = parts[3].object else { continue }
      for (key, value) in keywords { call.named[key] = try keyword(value, name) }
    }
    return call
  }

  /// A keyword's value: a tensor, or anything else as it is.
  private func keyword(_ value: JSON, _ name: String) throws -> KerasArgument {
    guard let parts = value.array, parts.count == 3, let source = parts[0].string, indices[source] != nil,
      parts[1].int != nil
    else { return .constant(value) }
    return .tensor(try tensor(parts, name, first: olderOrigin))
  }

  // MARK: - Keras 3

  private func keyed(_ node: JSON, _ name: String) throws -> KerasCall {
    guard let arguments = node["args"]?.array else { throw fault(name, "a call of it has no args") }
    var call = KerasCall(try arguments.map { try argument($0, name) })
    for (key, value) in node["kwargs"]?.object ?? [:] { call.named[key] = try argument(value, name) }
    return call
  }

  private func argument(_ value: JSON, _ name: String) throws -> KerasArgument {
    if let members = value.array { return .list(try members.map { try argument($0, name) }) }
    guard value["class_name"]?.string == "__keras_tensor__" else { return .constant(value) }
    let history = value["config"]?["keras_history"]?.array ?? []
    return .tensor(try tensor(history, name) { _ in 0 })
  }
}
