/// A vector asked of a network: an output or a layer by its name, pooled where its value is a map. A module's name, such
/// as `layer4`, stands for the last layer in it.
///
/// Written `embedding`, `layer3.5.relu` or, with a pooling, `layer3.5.relu:gem:3`.
public struct OutputRequest: Hashable, Sendable, CustomStringConvertible {
  public var name: String
  /// nil for a vector as it is, and for a map's average.
  public var pooling: GlobalPooling?

  public init(_ name: String, pooling: GlobalPooling? = nil) {
    self.name = name
    self.pooling = pooling
  }

  public static let embedding = OutputRequest("embedding")

  /// The reading of `description`; a name that ends like a pooling has none of its own.
  public init(parsing text: String) {
    for pooling in GlobalPooling.all where text.hasSuffix(":\(pooling.text)") {
      self.init(String(text.dropLast(pooling.text.count + 1)), pooling: pooling)
      return
    }
    self.init(text)
  }

  public var description: String { pooling.map { "\(name):\($0.text)" } ?? name }
}

extension GlobalPooling {
  public static let all: [GlobalPooling] = [
    .average, .maximum, .generalizedMean(2), .generalizedMean(3), .generalizedMean(4),
  ]

  /// As options and provenance write it: `avg`, `max`, `gem:3`.
  public var text: String {
    switch self {
    case .average: "avg"
    case .maximum: "max"
    case .generalizedMean(let power): "gem:\(power)"
    }
  }

  /// - Throws: `InputError` (usage) that lists what there is.
  public init(parsing text: String) throws {
    guard let pooling = Self.all.first(where: { $0.text == text }) else {
      throw InputError(
        .usage, "pooling \"\(text)\"", "there is no such pooling",
        remedy: "choose one of " + Self.all.map(\.text).joined(separator: ", "))
    }
    self = pooling
  }
}

extension Graph {
  /// Adds the output that `request` asks for, under its description; a pooling becomes a node of its own.
  ///
  /// - Parameter parameters: of a node without weights.
  /// - Throws: `InputError` (usage) when there is no value of this name, or it is a vector that is to be pooled.
  public mutating func addOutput(_ request: OutputRequest, parameters: Parameters) throws {
    guard output(named: request.description) == nil else { return }
    let value = try value(named: request.name)
    guard shapes[value].isMap || request.pooling != nil else {
      return try addOutput(request.description, value)
    }
    let pooled = try append(
      "\(request.name)/pool \(request.pooling?.text ?? "avg")", .globalPool(request.pooling ?? .average),
      inputs: [try map(pooledInto: value, request)], parameters: parameters)
    try addOutput(request.description, pooled)
  }

  /// The map itself, or the map that a global pooling made into the vector `value`.
  private func map(pooledInto value: ValueID, _ request: OutputRequest) throws -> ValueID {
    if shapes[value].isMap { return value }
    if value > 0, case .globalPool = nodes[value - 1].operation { return nodes[value - 1].inputs[0] }
    throw InputError(
      .usage, request.name, "it is a vector that layers of a head computed: there is no map to pool",
      remedy: "leave out --pool, or name a layer whose result is a map")
  }

  /// Whether there is an output, a layer or a module of this name.
  package func holds(_ name: String) -> Bool { value(of: name) != nil }

  private func value(of name: String) -> ValueID? {
    if let value = output(named: name) { return value }
    let index =
      nodes.firstIndex { $0.name == name }
      ?? nodes.lastIndex { $0.name.hasPrefix(name + ".") || $0.name.hasPrefix(name + "/") }
    return index.map { $0 + 1 }
  }

  private func value(named name: String) throws -> ValueID {
    if let value = value(of: name) { return value }
    let names = outputs.map(\.name).joined(separator: ", ")
    let reason = name == "logits" ? "it has no classifier" : "it has no output and no layer of this name"
    throw InputError(.usage, name, reason, remedy: "it computes \(names); edge inspect lists the layers")
  }

  /// The same graph whose output `name` is the map behind it, pooled in another way.
  ///
  /// - Throws: as `addOutput`.
  public func repooling(_ name: String, by pooling: GlobalPooling, parameters: Parameters) throws -> Graph {
    var whole = self
    try whole.addOutput(OutputRequest(name, pooling: pooling), parameters: parameters)
    guard let pooled = whole.output(named: OutputRequest(name, pooling: pooling).description) else {
      return self
    }
    var result = try Graph(inputShape: inputShape)
    for node in whole.nodes {
      try result.append(node.name, node.operation, inputs: node.inputs, parameters: node.parameters)
    }
    for output in outputs { try result.addOutput(output.name, output.name == name ? pooled : output.value) }
    return result
  }
}

extension QuantizedModel {
  /// The model with the vectors of `requests` among its outputs. What they need is computed from stored numbers alone.
  ///
  /// - Throws: `InputError` (usage) as `Graph.addOutput`.
  public func computing(_ requests: [OutputRequest]) throws -> QuantizedModel {
    var result = self
    for request in requests {
      try result.graph.addOutput(request, parameters: .none)
      while result.quantization.count < result.graph.shapes.count { result.quantization.append(nil) }
    }
    return result
  }
  /// The model with these outputs alone, and the nodes that they need.
  ///
  /// - Throws: `InputError` (usage) when it has none of them.
  public func reduced(to names: [String]) throws -> QuantizedModel {
    var isNeeded = [Bool](repeating: false, count: graph.shapes.count)
    let outputs = graph.outputs.filter { names.contains($0.name) }
    for output in outputs { isNeeded[output.value] = true }
    for (index, node) in graph.nodes.enumerated().reversed() where isNeeded[index + 1] {
      for input in node.inputs { isNeeded[input] = true }
    }
    var result = self
    result.graph = try Int8Graph(inputShape: graph.inputShape)
    result.quantization = [quantization[0]]
    var values = [0: 0]
    for (index, node) in graph.nodes.enumerated() where isNeeded[index + 1] {
      values[index + 1] = try result.graph.append(
        node.name, node.operation, inputs: node.inputs.compactMap { values[$0] }, parameters: node.parameters)
      result.quantization.append(quantization[index + 1])
    }
    for (index, node) in graph.nodes.enumerated() where !isNeeded[index + 1] { node.parameters.giveBack() }
    for output in outputs {
      if let value = values[output.value] { try result.graph.addOutput(output.name, value) }
    }
    guard !result.graph.outputs.isEmpty else {
      throw InputError(.usage, names.joined(separator: ", "), "the model has no such output")
    }
    return result
  }
}
