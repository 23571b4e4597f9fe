import Quant

/// Follows an ONNX graph from its input to one of its outputs: constants are computed, everything else becomes nodes of a
/// `TracedGraph`.
struct ONNXTracer {
  let model: ONNXModel
  let names: ONNXNames
  let external: ONNXExternalData
  var graph: TracedGraph
  var values: [String: ONNXValue] = [:]
  /// Additions that a matrix product before them took up as its bias, by their place, and the product's name.
  var absorbed: [Int: String] = [:]
  /// Whether the network reverses its input's channels before anything else.
  var reversesInput = false
  var notes: [String] = []
  /// Numbers that may still be made of the file's own.
  private var budget: Int

  init(_ model: ONNXModel, names: ONNXNames, input: ONNXInput, external: ONNXExternalData) throws {
    self.model = model
    self.names = names
    self.external = external
    graph = try TracedGraph(inputShape: input.shape, isChannelsFirst: true)
    let attributes = model.graph.nodes.lazy.flatMap(\.attributes).compactMap(\.tensor)
    let stored = (model.graph.tensors + attributes).reduce(0) { $0 + $1.storedCount }
    budget = Self.smallBudget + Self.copies * stored
    values[input.name] = .feature(
      ONNXFeature(graph.input, shape: input.shape, axes: input.axes))
  }

  private static let smallBudget = 1 << 22
  /// A weight may be converted and transposed before a layer copies it.
  private static let copies = 8

  /// Counts numbers that are copied: a small file must not fill memory by using its tensors again and again.
  mutating func spend(_ count: Int, for node: ONNXNode) throws {
    budget -= count
    guard budget + external.storedByteCount / 4 * Self.copies >= 0 else {
      throw node.refusal("makes the file's numbers many times as many", kind: .tooLarge)
    }
  }

  /// Traces what `output` needs, in the file's order.
  mutating func trace(to output: String) throws -> ONNXValue {
    for index in names.nodes(neededFor: output) {
      let node = model.graph.nodes[index]
      do {
        let value = try absorbed[index].map(value(named:)) ?? compute(node)
        for name in node.outputs.dropFirst() { values[name] = .absent }
        if let name = node.outputs.first { values[name] = value }
      } catch let error as InputError {
        throw error.about(node)
      }
    }
    return try value(named: output)
  }

  // MARK: - Inputs of a node

  func value(named name: String) throws -> ONNXValue {
    if let value = values[name] { return value }
    guard let tensor = names.tensor(name, in: model.graph) else {
      throw InputError(.malformed, name.short, "no node or tensor makes this value")
    }
    return .constant(try tensor.constant(external))
  }

  /// Whether the input is there: trailing ones may be left out, others have an empty name.
  func has(_ node: ONNXNode, _ index: Int) -> Bool {
    index < node.inputs.count && !node.inputs[index].isEmpty
  }

  func value(_ node: ONNXNode, _ index: Int) throws -> ONNXValue {
    guard has(node, index) else {
      throw node.refusal("has no input \(index + 1)", kind: .malformed)
    }
    return try value(named: node.inputs[index])
  }

  func feature(_ node: ONNXNode, _ index: Int = 0) throws -> ONNXFeature {
    guard case .feature(let feature) = try value(node, index) else {
      throw node.refusal("computes with constants where the network's values are expected")
    }
    return feature
  }

  /// A constant input; nil when it is left out.
  mutating func constant(_ node: ONNXNode, _ index: Int) throws -> ONNXConstant? {
    guard has(node, index) else { return nil }
    guard case .constant(let constant) = try value(node, index) else {
      throw node.refusal("has an input \(index + 1) that is computed, not constant")
    }
    try spend(constant.count, for: node)
    return constant
  }

  mutating func parameter(_ node: ONNXNode, _ index: Int) throws -> ONNXConstant {
    guard let constant = try constant(node, index) else {
      throw node.refusal("has no input \(index + 1)", kind: .malformed)
    }
    return constant
  }

  /// Whole numbers, from a constant input.
  mutating func integers(_ node: ONNXNode, _ index: Int) throws -> [Int]? {
    guard let constant = try constant(node, index) else { return nil }
    guard constant.count <= ONNXLimits.numbers, let integers = constant.integers else {
      throw node.refusal("has an input \(index + 1) that is no short list of whole numbers", kind: .malformed)
    }
    return integers
  }

  /// A list that early versions have as an attribute and later ones as an input.
  mutating func integers(_ node: ONNXNode, attribute: String, input: Int) throws -> [Int]? {
    if let values = node.integers(attribute) { return values }
    return try integers(node, input)
  }

  // MARK: - Results

  func result(_ traced: TracedValue, axes: [ONNXAxis]) -> ONNXValue {
    .feature(ONNXFeature(traced, shape: graph.shape(of: traced), axes: axes))
  }

  /// The input of a layer that ONNX defines on N × C × H × W.
  func channelsFirst(_ node: ONNXNode) throws -> ONNXFeature {
    let feature = try feature(node)
    guard feature.isChannelsFirst else {
      throw node.refusal("is given \(feature.sides), which are not one picture's channels, rows and columns")
    }
    return feature
  }
}

extension InputError {
  /// The same error, of `node` where it is about nothing else.
  fileprivate func about(_ node: ONNXNode) -> InputError {
    subject.isEmpty ? InputError(kind, node.label, "\(node.type.short): \(reason)", remedy: remedy) : self
  }
}
