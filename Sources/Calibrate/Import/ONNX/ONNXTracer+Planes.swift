import Quant

/// Preprocessing that takes the picture's colours apart: torchvision's `transform_input`, and BGR for RGB.
extension ONNXTracer {
  mutating func gather(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    let axis = try node.axis(try node.integer("axis", default: 0), rank: x.rank)
    guard let indices = try integers(node, 1) else { throw node.refusal("has no indices", kind: .malformed) }
    guard x.traced.value == 0, x.axes[axis] == .channel else {
      throw node.refusal("picks out of \(x.sides)", remedy: "colours of the network's input are picked")
    }
    let chosen = try indices.map { try node.axis($0, rank: x.shape.channels) }
    if chosen.count == 1 { return try plane(chosen[0], of: x, node) }
    return try ordered(x, chosen, node)
  }

  mutating func slice(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    let slices = try node.slice(
      of: x.sides, starts: integers(node, 1), ends: integers(node, 2), axes: integers(node, 3),
      steps: integers(node, 4))
    let changed = slices.indices.filter { slices[$0] != ONNXSlice(start: 0, count: x.sides[$0], step: 1) }
    guard let axis = changed.first else { return .feature(x) }
    guard changed.count == 1, x.traced.value == 0, x.axes[axis] == .channel else {
      throw node.refusal("cuts \(x.sides)", remedy: "colours of the network's input are picked")
    }
    let chosen = (0..<slices[axis].count).map { slices[axis].start + $0 * slices[axis].step }
    return chosen.count == 1 ? try plane(chosen[0], of: x, node) : try ordered(x, chosen, node)
  }

  private func plane(_ channel: Int, of x: ONNXFeature, _ node: ONNXNode) throws -> ONNXValue {
    let channels = x.shape.channels
    let affine = ChannelAffine(
      factor: [x.traced.pending.factors(channels: channels)[channel]],
      offset: [x.traced.pending.offsets(channels: channels)[channel]], channels: 1)
    guard let affine else { throw node.refusal("of a colour that is not finite", kind: .malformed) }
    return .plane(channel, affine)
  }

  /// The input with its channels in the order in which they are or the reverse one.
  private mutating func ordered(_ x: ONNXFeature, _ order: [Int], _ node: ONNXNode) throws -> ONNXValue {
    let channels = Array(0..<x.shape.channels)
    if order == channels { return .feature(x) }
    let isSole = node.inputs.first.flatMap { names.readers[$0] }?.count == 1
    guard order == channels.reversed(), !reversesInput, isSole else {
      throw node.refusal("orders the colours by \(order.prefix(8))", remedy: "RGB and BGR are read")
    }
    reversesInput = true
    let pending = x.traced.pending
    let affine = ChannelAffine(
      factor: pending.factors(channels: channels.count).reversed(),
      offset: pending.offsets(channels: channels.count).reversed(), channels: channels.count)
    guard let affine else { throw node.refusal("of colours that are not finite", kind: .malformed) }
    return .feature(ONNXFeature(TracedValue(0, pending: affine), shape: x.shape, axes: x.axes))
  }

  /// All colours of the input joined again; nil when a part is no colour.
  func joinedPlanes(_ node: ONNXNode) throws -> ONNXValue? {
    var planes: [(channel: Int, affine: ChannelAffine)] = []
    for index in node.inputs.indices {
      guard case .plane(let channel, let affine) = try value(node, index) else { return nil }
      planes.append((channel, affine))
    }
    let input = graph.shape(of: graph.input)
    guard planes.map(\.channel) == Array(0..<input.channels) else {
      throw node.refusal("joins the colours in another order", remedy: "RGB in their order are read")
    }
    let affine = ChannelAffine(
      factor: planes.map { $0.affine.factor[0] }, offset: planes.map { $0.affine.offset[0] },
      channels: input.channels)
    guard let affine else { throw node.refusal("of colours that are not finite", kind: .malformed) }
    let axis = try node.integer("axis", default: 1)
    let axes = axis == 1 || axis == -3 ? ONNXFeature.channelsFirst : ONNXFeature.channelsLast
    return .feature(ONNXFeature(TracedValue(0, pending: affine), shape: input, axes: axes))
  }
}
