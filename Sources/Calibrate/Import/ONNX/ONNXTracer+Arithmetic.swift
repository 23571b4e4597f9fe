import Quant

/// y = x · factor + offset in numbers of a constant.
private typealias Affine = (_ constant: [Double]) -> (factor: [Double], offset: [Double])

extension ONNXTracer {
  // MARK: - With constants

  mutating func scaled(_ node: ONNXNode, by factor: Double) throws -> ONNXValue {
    try affine(node, try value(node, 0), ONNXConstant(shape: [], values: .floats([Float(factor)]))) {
      ($0, [0])
    }
  }

  private mutating func affine(
    _ node: ONNXNode, _ x: ONNXValue, _ constant: ONNXConstant, _ function: Affine
  ) throws -> ONNXValue {
    switch x {
    case .feature(let x):
      guard let values = x.channelwise(constant) else {
        throw node.refusal(
          "computes with constants of the shape \(constant.shape) on \(x.sides)",
          remedy: "one number, or one for each channel, is computed")
      }
      let (factor, offset) = function(values)
      let traced = try graph.affine(node.label, factor: factor, offset: offset, of: x.traced)
      return result(traced, axes: ONNXFeature.padded(x.axes, to: constant.shape.count))
    case .error(let base, let factor, let offset):
      guard let value = constant.scalar else { throw node.refusal("of an erf by several constants") }
      let (next, shift) = function([Double(value)])
      return .error(of: base, factor: factor * next[0], offset: offset * next[0] + shift[0])
    case .plane(let channel, let pending):
      guard let value = constant.scalar else { throw node.refusal("of a colour by several constants") }
      let (factor, offset) = function([Double(value)])
      guard let next = ChannelAffine(factor: factor, offset: offset, channels: 1) else {
        throw node.refusal("with a constant that is not finite", kind: .malformed)
      }
      return .plane(channel, pending.then(next))
    // A small number beside a length keeps it from zero.
    case .length where node.type == "Add" && constant.scalar.map { $0 >= 0 && $0 <= 1e-6 } == true: return x
    case .constant, .length, .absent: throw node.refusal("computes with a value that is taken apart")
    }
  }

  private mutating func withConstant(_ node: ONNXNode, _ function: Affine) throws -> ONNXValue? {
    guard node.inputs.count == 2, let place = node.inputs.firstIndex(where: isConstant) else { return nil }
    let constant = try parameter(node, place)
    return try affine(node, try value(node, 1 - place), constant, function)
  }

  // MARK: - Operations

  mutating func sum(_ node: ONNXNode) throws -> ONNXValue {
    if let value = try withConstant(node, { ([1], $0) }) { return value }
    guard !node.inputs.isEmpty else { throw node.refusal("has no inputs", kind: .malformed) }
    var total = try feature(node, 0)
    for index in node.inputs.indices.dropFirst() {
      let next = try feature(node, index)
      let (a, b, axes) = try aligned(node, total, next)
      let traced = try graph.add(node.label, a.traced, b.traced)
      total = ONNXFeature(traced, shape: graph.shape(of: traced), axes: axes)
    }
    return .feature(total)
  }

  mutating func difference(_ node: ONNXNode) throws -> ONNXValue {
    try checkPair(node)
    if isConstant(node.inputs[1]) { return try require(withConstant(node) { ([1], $0.map { -$0 }) }, node) }
    if isConstant(node.inputs[0]) { return try require(withConstant(node) { ([-1], $0) }, node) }
    let (a, b, axes) = try aligned(node, try feature(node, 0), try feature(node, 1))
    let traced = try graph.subtract(node.label, a.traced, b.traced)
    return result(traced, axes: axes)
  }

  mutating func product(_ node: ONNXNode) throws -> ONNXValue {
    try checkPair(node)
    if let value = try withConstant(node, { ($0, [0]) }) { return value }
    switch (try value(node, 0), try value(node, 1)) {
    case (.error(let base, let factor, let offset), .feature(let x)),
      (.feature(let x), .error(let base, let factor, let offset)):
      return try gelu(node, x, of: base, factor, offset)
    default:
      let (a, b, axes) = try aligned(node, try feature(node, 0), try feature(node, 1))
      let traced = try graph.multiply(node.label, a.traced, b.traced)
      return result(traced, axes: axes)
    }
  }

  mutating func quotient(_ node: ONNXNode) throws -> ONNXValue {
    try checkPair(node)
    if isConstant(node.inputs[1]) {
      return try require(withConstant(node) { ($0.map { 1 / $0 }, [0]) }, node)
    }
    guard case .length(let base) = try value(node, 1), case .feature(let x) = try value(node, 0),
      x.traced == base.traced
    else {
      throw node.refusal(
        "divides by the network's values", remedy: "division by constants or an own length is computed")
    }
    let vector = try flat(x, node)
    let traced = try graph.normalize(node.label, of: vector.traced)
    return result(traced, axes: x.axes)
  }

  private func checkPair(_ node: ONNXNode) throws {
    guard has(node, 0), has(node, 1), node.inputs.count == 2 else {
      throw node.refusal("has \(node.inputs.count) inputs, not 2", kind: .malformed)
    }
  }

  private func require(_ value: ONNXValue?, _ node: ONNXNode) throws -> ONNXValue {
    guard let value else { throw node.refusal("computes with constants alone") }
    return value
  }

  /// Two values whose dimensions are the same or 1, with one of a pixel as a vector where the other is one or a larger map.
  private mutating func aligned(_ node: ONNXNode, _ a: ONNXFeature, _ b: ONNXFeature) throws
    -> (ONNXFeature, ONNXFeature, [ONNXAxis])
  {
    guard let axes = a.broadcast(with: b) else {
      throw node.refusal("combines \(a.sides) and \(b.sides)", kind: .mismatch)
    }
    if a.shape == b.shape { return (a, b, axes) }
    return (try flat(a, node), try flat(b, node), axes)
  }
}
