import Quant

/// Nodes that depend on nothing but the file: constants, shapes, and what is computed from them.
extension ONNXTracer {
  /// The node's result when it is constant; nil when it depends on the network's values.
  mutating func folded(_ node: ONNXNode) throws -> ONNXConstant? {
    switch node.type {
    case "Constant": return try constantNode(node)
    case "Shape": return try shape(node)
    case "Size":
      let count = try sides(node).reduce(1, *)
      return ONNXConstant(shape: [], values: .integers([Int64(count)]))
    default:
      let given = node.inputs.indices.filter { has(node, $0) }
      guard !given.isEmpty, given.allSatisfy({ isConstant(node.inputs[$0]) }) else { return nil }
      var inputs: [ONNXConstant?] = []
      for index in node.inputs.indices { inputs.append(try constant(node, index)) }
      let folding = ONNXFolding(node: node, inputs: inputs)
      let result = try folding.result()
      if let result { try spend(result.count, for: node) }
      return result
    }
  }

  func isConstant(_ name: String) -> Bool {
    if case .constant = values[name] { return true }
    return values[name] == nil && names.tensor(name, in: model.graph) != nil
  }

  private mutating func constantNode(_ node: ONNXNode) throws -> ONNXConstant {
    if let tensor = try node.tensor("value") {
      try spend(tensor.elementCount, for: node)
      return try tensor.constant(external)
    }
    if let value = try node.integer("value_int") {
      return ONNXConstant(shape: [], values: .integers([Int64(value)]))
    }
    if let values = node.integers("value_ints") { return ONNXConstant(integers: values) }
    if let values = node.floats("value_floats") {
      return ONNXConstant(shape: [values.count], values: .floats(values))
    }
    return ONNXConstant(shape: [], values: .floats([try node.float("value_float", default: .nan)]))
  }

  private func sides(_ node: ONNXNode) throws -> [Int] {
    // The numbers of a tensor are not needed.
    if has(node, 0), values[node.inputs[0]] == nil,
      let tensor = names.tensor(node.inputs[0], in: model.graph)
    {
      return tensor.shape
    }
    switch try value(node, 0) {
    case .feature(let feature), .error(let feature, _, _): return feature.sides
    case .length(let feature): return feature.axes.map { _ in 1 }
    case .constant(let constant): return constant.shape
    case .plane, .absent: throw node.refusal("asks for the shape of a value that is taken apart")
    }
  }

  private func shape(_ node: ONNXNode) throws -> ONNXConstant {
    let sides = try sides(node)
    func bound(_ name: String, default standard: Int) throws -> Int {
      let value = try node.integer(name, default: standard)
      return min(
        max(value < 0 ? value.addingReportingOverflow(sides.count).partialValue : value, 0), sides.count)
    }
    let (start, end) = (try bound("start", default: 0), try bound("end", default: sides.count))
    return ONNXConstant(integers: Array(sides[start..<max(start, end)]))
  }
}
