import Quant

extension ONNXTracer {
  mutating func dropout(_ node: ONNXNode) throws -> ONNXValue {
    if let training = try constant(node, 2), training.scalar != 0 {
      throw node.refusal("is in training mode", remedy: "export with model.eval()")
    }
    return try value(node, 0)
  }

  func cast(_ node: ONNXNode) throws -> ONNXValue {
    let type = ONNXElement(rawValue: try node.integer("to", default: 0))
    guard let type, type.isFloatingPoint else {
      throw node.refusal("rounds the network's values to whole numbers")
    }
    return try value(node, 0)
  }

  mutating func concatenation(_ node: ONNXNode) throws -> ONNXValue {
    guard !node.inputs.isEmpty else { throw node.refusal("has no inputs", kind: .malformed) }
    if let whole = try joinedPlanes(node) { return whole }
    var parts = try node.inputs.indices.map { try feature(node, $0) }
    let rank = parts[0].rank
    guard let given = try node.integer("axis") else { throw node.refusal("has no axis", kind: .malformed) }
    let axis = try node.axis(given, rank: rank)
    guard parts.allSatisfy({ $0.rank == rank }) else {
      throw node.refusal("joins values of several ranks", kind: .mismatch)
    }
    var axes = parts[0].axes
    for part in parts {
      guard part.axes[axis] == .channel || part.shape.channels == 1 && part.axes[axis] == .unit else {
        throw node.refusal(
          "joins \(parts.prefix(4).map(\.sides)) along the axis \(axis)", remedy: "channels are joined")
      }
      axes = zip(axes, part.axes).map { $0 == .unit ? $1 : $0 }
    }
    axes[axis] = .channel
    guard Set(axes.filter { $0 != .unit }).count == axes.filter({ $0 != .unit }).count else {
      throw node.refusal("joins values of several layouts")
    }
    if parts.contains(where: { !$0.shape.isMap }) { parts = try parts.map { try flat($0, node) } }
    let traced = try graph.concatenate(node.label, parts.map(\.traced))
    return result(traced, axes: axes)
  }

  // MARK: - Dimensions

  mutating func flatten(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    let axis = try node.integer("axis", default: 1)
    guard axis >= -x.rank, axis <= x.rank else {
      throw node.refusal("names the axis \(axis)", kind: .malformed)
    }
    let split = axis < 0 ? axis + x.rank : axis
    return try relabelled(x, [x.sides[..<split].reduce(1, *), x.sides[split...].reduce(1, *)], node)
  }

  mutating func reshape(_ node: ONNXNode) throws -> ONNXValue {
    guard let target = try node.integers("shape") ?? integers(node, 1) else {
      throw node.refusal("has no shape", kind: .malformed)
    }
    switch try value(node, 0) {
    case .plane(let channel, let pending): return .plane(channel, pending)
    case .length(let x): return .length(of: x)
    default:
      let x = try feature(node)
      return try relabelled(x, try node.resolved(target, from: x.sides), node)
    }
  }

  /// The same elements in the same order with other dimensions.
  private mutating func relabelled(_ x: ONNXFeature, _ sides: [Int], _ node: ONNXNode) throws -> ONNXValue {
    let wide = sides.filter { $0 != 1 }
    var (from, shape, traced) = (x.extended, x.shape, x.traced)
    if wide != from.map(shape.side) {
      if wide.count == 1, x.shape.isMap {
        let isChannelsFirst = try order(of: x, node)
        traced = try graph.flatten(node.label, isChannelsFirst: isChannelsFirst, of: x.traced)
        (from, shape) = ([.channel], graph.shape(of: traced))
      } else {
        from = Self.merged(from, wide.count)
      }
    }
    guard wide == from.map(shape.side) else {
      throw node.refusal("takes \(x.sides) apart to \(sides.prefix(9))", remedy: "flattening is computed")
    }
    var rest = from.makeIterator()
    let axes = sides.map { $0 == 1 ? .unit : rest.next() ?? .unit }
    return .feature(ONNXFeature(traced, shape: shape, axes: axes))
  }

  /// Height and width as one axis, or pixels as two.
  private static func merged(_ axes: [ONNXAxis], _ count: Int) -> [ONNXAxis] {
    if count == axes.count + 1, let pixels = axes.firstIndex(of: .pixels) {
      return axes[..<pixels] + [.height, .width] + axes[(pixels + 1)...]
    }
    guard count == axes.count - 1, let height = axes.firstIndex(of: .height), height + 1 < axes.count,
      axes[height + 1] == .width
    else { return axes }
    return axes[..<height] + [.pixels] + axes[(height + 2)...]
  }

  /// Whether the elements stand channel by channel, or else pixel by pixel.
  private func order(of x: ONNXFeature, _ node: ONNXNode) throws -> Bool {
    let spatial: [[ONNXAxis]] = [[], [.height], [.width], [.height, .width], [.pixels]]
    if x.extended.first == .channel, spatial.contains(Array(x.extended.dropFirst())) { return true }
    if spatial.contains(x.extended.filter { $0 != .channel }),
      x.extended.dropLast().allSatisfy({ $0 != .channel })
    {
      return false
    }
    throw node.refusal("flattens \(x.sides) in an order of their own")
  }

  mutating func unitAxes(_ node: ONNXNode) throws -> ONNXValue {
    let axes = try integers(node, attribute: "axes", input: 1)
    func changed(_ x: [ONNXAxis]) throws -> [ONNXAxis] {
      node.type == "Squeeze"
        ? try node.squeezed(x, axes) { $0 == .unit } : try node.unsqueezed(x, axes, .unit)
    }
    switch try value(node, 0) {
    case .feature(let x): return .feature(x.with(axes: try changed(x.axes)))
    case .length(let x): return .length(of: x)
    case .plane(let channel, let pending): return .plane(channel, pending)
    default: throw node.refusal("of a value that is taken apart")
    }
  }

  func transpose(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    return .feature(x.with(axes: try node.permutation(rank: x.rank).map { x.axes[$0] }))
  }

  mutating func expand(_ node: ONNXNode) throws -> ONNXValue {
    guard let target = try integers(node, 1) else { throw node.refusal("has no shape", kind: .malformed) }
    if case .length(let x) = try value(node, 0) { return .length(of: x) }
    let x = try feature(node)
    let sides = x.sides
    let offset = max(0, target.count - sides.count)
    let isSame = target.indices.allSatisfy { index in
      target[index] == 1
        || (index >= offset && target[index] == sides[index - offset + max(0, sides.count - target.count)])
    }
    guard isSame else { throw node.refusal("repeats \(sides) to \(target.prefix(9))") }
    return .feature(x.with(axes: ONNXFeature.padded(x.axes, to: target.count)))
  }

  mutating func pad(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    guard try node.text("mode", default: "constant") == "constant" else {
      throw node.refusal("does not pad with zeros", remedy: "zero padding is computed")
    }
    let value = try constant(node, 2)?.scalar ?? node.float("value", default: 0)
    guard value == 0 else { throw node.refusal("pads with \(value)", remedy: "zero padding is computed") }
    guard let pads = try integers(node, attribute: "pads", input: 1) else {
      throw node.refusal("has no pads", kind: .malformed)
    }
    let axes = try integers(node, 3)?.map { try node.axis($0, rank: x.rank) } ?? Array(0..<x.rank)
    guard pads.count == 2 * axes.count, Set(axes).count == axes.count,
      pads.allSatisfy({ (0...4096).contains($0) })
    else { throw node.refusal("has the padding \(pads.prefix(16))", remedy: "cropping is not computed") }
    return try padded(x, axes, pads, node)
  }

  private mutating func padded(_ x: ONNXFeature, _ axes: [Int], _ pads: [Int], _ node: ONNXNode) throws
    -> ONNXValue
  {
    // An axis of 1 is told by its place.
    let names = x.isChannelsFirst ? ONNXFeature.channelsFirst : x.rank == 4 ? ONNXFeature.channelsLast : []
    var padding = Padding.none
    for (index, axis) in axes.enumerated() where pads[index] > 0 || pads[index + axes.count] > 0 {
      let name = axis < names.count ? names[axis] : .unit
      guard x.axes[axis] == .unit || x.axes[axis] == name, name == .height || name == .width else {
        throw node.refusal("pads the axis \(axis) of \(x.sides)", remedy: "rows and columns are padded")
      }
      if name == .height { (padding.top, padding.bottom) = (pads[index], pads[index + axes.count]) }
      if name == .width { (padding.left, padding.right) = (pads[index], pads[index + axes.count]) }
    }
    if padding == .none { return .feature(x) }
    let traced = try graph.pad(node.label, padding, of: x.traced)
    return result(traced, axes: names)
  }
}
