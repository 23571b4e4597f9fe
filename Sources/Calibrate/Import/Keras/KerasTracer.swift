import Quant

/// Walks a Keras model and builds its float graph.
///
/// Calls are made in the order in which the output needs them, with a stack of their own: a cycle is found, not followed.
struct KerasTracer {
  var graph: TracedGraph
  private let parameters: KerasParameters
  private var callCount = 0
  /// Whether the network's input was read with its channels reversed; nil until it is read.
  private(set) var readsReversed: Bool?

  /// Calls of layers, those of nested models as often as these are called.
  static let callLimit = 100_000

  init(graph: TracedGraph, parameters: KerasParameters) {
    self.graph = graph
    self.parameters = parameters
  }

  /// The results of `model` for `inputs`, one for each of its input layers.
  ///
  /// - Throws: `InputError` naming the layer by its path.
  mutating func outputs(of model: KerasModel, inputs: [KerasValue], path: String) throws -> [KerasValue] {
    guard inputs.count == model.inputs.count else {
      throw InputError(
        .mismatch, path, "the model has \(model.inputs.count) inputs and is given \(inputs.count)")
    }
    var results: [KerasTensor: [KerasValue]] = [:]
    for (tensor, value) in zip(model.inputs, inputs) { results[Self.call(tensor)] = [value] }
    for output in model.outputs { try make(output, of: model, path: path, results: &results) }
    return try model.outputs.map { try Self.value($0, results, in: model, path: path) }
  }

  /// The call that makes a tensor, whatever its output.
  private static func call(_ tensor: KerasTensor) -> KerasTensor {
    KerasTensor(layer: tensor.layer, call: tensor.call, output: 0)
  }

  private static func value(
    _ tensor: KerasTensor, _ results: [KerasTensor: [KerasValue]], in model: KerasModel, path: String
  ) throws -> KerasValue {
    guard let values = results[call(tensor)], values.indices.contains(tensor.output) else {
      throw InputError(
        .malformed, Self.path(model.layers[tensor.layer].name, in: path), "it has no output \(tensor.output)")
    }
    return values[tensor.output]
  }

  private static func path(_ name: String, in path: String) -> String {
    path.isEmpty ? name : "\(path)/\(name)"
  }

  private mutating func make(
    _ output: KerasTensor, of model: KerasModel, path: String,
    results: inout [KerasTensor: [KerasValue]]
  ) throws {
    var pending = [Self.call(output)]
    // Calls that wait for what stands above them.
    var waiting: Set<KerasTensor> = []
    while let next = pending.last {
      let layer = model.layers[next.layer]
      guard results[next] == nil else {
        pending.removeLast()
        continue
      }
      let path = Self.path(layer.name, in: path)
      guard layer.calls.indices.contains(next.call) else {
        throw InputError(.malformed, path, "it is read but never called")
      }
      let call = layer.calls[next.call]
      let needed = call.tensors.map(Self.call).filter { results[$0] == nil }
      if needed.isEmpty {
        results[next] = try result(of: layer, call, path: path) {
          try Self.value($0, results, in: model, path: path)
        }
        waiting.remove(next)
        pending.removeLast()
        continue
      }
      waiting.insert(next)
      guard waiting.isDisjoint(with: needed) else {
        throw InputError(.malformed, path, "the model's layers form a cycle")
      }
      pending += needed
    }
  }

  private mutating func result(
    of layer: KerasLayer, _ call: KerasCall, path: String, value: (KerasTensor) throws -> KerasValue
  ) throws -> [KerasValue] {
    callCount += 1
    guard callCount <= Self.callLimit else {
      throw InputError(.tooLarge, path, "the model calls more than \(Self.callLimit) layers")
    }
    let inputs = try call.tensors.map(value)
    if case .model(let model) = layer.kind {
      return try outputs(of: model, inputs: inputs, path: path)
    }
    let operands = KerasOperands(call, values: inputs)
    let tensors = KerasLayerTensors(layer: layer, path: path, parameters: parameters)
    let result = try apply(layer.kind, operands, tensors)
    return [try noting(result, inputs, path: path)]
  }

  /// What reads the network's input settles the order of its channels.
  private mutating func noting(_ result: KerasValue, _ inputs: [KerasValue], path: String) throws
    -> KerasValue
  {
    guard result.traced.value != 0 else { return result }
    for input in inputs where input.traced.value == 0 {
      guard readsReversed ?? input.isReversed == input.isReversed, input.channel == nil else {
        throw InputError(
          .unsupported, path, "it reads the network's input in another order of channels than other layers do"
        )
      }
      readsReversed = input.isReversed
    }
    return result
  }
}

/// A value while a model is walked.
struct KerasValue: Hashable, Sendable {
  var traced: TracedValue
  /// Of the network's input: whether its channels are reversed, RGB to BGR.
  var isReversed = false
  /// Of the network's input: the one channel that a slice took.
  var channel: Int?

  init(_ traced: TracedValue, isReversed: Bool = false, channel: Int? = nil) {
    self.traced = traced
    self.isReversed = isReversed
    self.channel = channel
  }
}

/// The variables of one layer.
struct KerasLayerTensors {
  let layer: KerasLayer
  let path: String
  let parameters: KerasParameters

  /// - Throws: `InputError` (mismatch) when it is missing.
  func tensor(_ name: String, usually shape: [Int]) throws -> FloatTensor {
    try parameters.tensor(name, of: layer, path: path, shape: shape)
  }

  func tensor(_ name: String, shape: [Int]) throws -> FloatTensor {
    let tensor = try tensor(name, usually: shape)
    guard tensor.shape == shape else {
      throw InputError(.mismatch, path, "its \(name) is \(tensor.shape), not \(shape)")
    }
    return tensor
  }

  func vector(_ name: String, count: Int) throws -> [Float] { try tensor(name, shape: [count]).elements }
}
