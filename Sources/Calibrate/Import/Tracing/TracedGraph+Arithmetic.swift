import Quant

extension TracedGraph {
  /// x · factor + offset, arrays of one element or one a channel: pending until something takes it up.
  package func affine(_ name: String, factor: [Double], offset: [Double], of x: TracedValue) throws
    -> TracedValue
  {
    guard let next = ChannelAffine(factor: factor, offset: offset, channels: shape(of: x).channels) else {
      throw InputError(
        .unsupported, name,
        "it computes with constants that are not finite, or neither one number nor one for each of "
          + "\(shape(of: x).channels) channels")
    }
    return TracedValue(x.value, pending: x.pending.then(next))
  }

  /// min(max(x, lower), upper), where it is ReLU, ReLU6 or a part of the hard sigmoid.
  package mutating func clip(_ name: String, lower: Double, upper: Double, of x: TracedValue) throws
    -> TracedValue
  {
    if lower == 0, upper == 6, x.value > 0, x.pending.isNear(factor: 1, offset: 3) {
      let gate = try activation(name, .hardSigmoid, of: TracedValue(x.value))
      return try affine(name, factor: [6], offset: [0], of: gate)
    }
    if lower == 0, upper == 1, x.value > 0, x.pending.isNear(factor: 1.0 / 6, offset: 0.5) {
      return try activation(name, .hardSigmoid, of: TracedValue(x.value))
    }
    switch (lower, upper) {
    case (0, 6): return try activation(name, .relu6, of: x)
    case (0, _) where upper >= Double(Float.greatestFiniteMagnitude):
      return try activation(name, .relu, of: x)
    case (_, _) where lower == -.infinity && upper == .infinity: return x
    default:
      throw InputError(
        .unsupported, name, "it clips to \(lower)…\(upper)", remedy: "0…6 and 0…∞ are computed")
    }
  }

  /// The sum of two values, or of one value with itself.
  package mutating func add(_ name: String, _ a: TracedValue, _ b: TracedValue) throws -> TracedValue {
    if a.value == b.value, a.isPlain, b.isPlain { return try affine(name, factor: [2], offset: [0], of: a) }
    let (left, right) = (try settled(a, for: name), try settled(b, for: name))
    return try append(name, .add(.identity), [left, right])
  }

  /// a − b.
  package mutating func subtract(_ name: String, _ a: TracedValue, _ b: TracedValue) throws -> TracedValue {
    let negated = try affine(name, factor: [-1], offset: [0], of: b)
    return try add(name, a, negated)
  }

  /// The product of two values: x · σ(x), x · hard-sigmoid(x), or a map and its gate.
  ///
  /// Factors that are pending on either stay pending on the product.
  package mutating func multiply(_ name: String, _ a: TracedValue, _ b: TracedValue) throws -> TracedValue {
    let (left, leftFactor) = try withoutFactor(a, name)
    let (right, rightFactor) = try withoutFactor(b, name)
    let product = try product(name, left, right)
    let factor = leftFactor * rightFactor
    return factor == 1 ? product : try affine(name, factor: [factor], offset: [0], of: product)
  }

  private mutating func withoutFactor(_ x: TracedValue, _ name: String) throws -> (ValueID, Double) {
    if x.value > 0, let factor = x.pending.pureFactor { return (x.value, factor) }
    return (try settled(x, for: name), 1)
  }

  private mutating func product(_ name: String, _ a: ValueID, _ b: ValueID) throws -> TracedValue {
    for (x, gate) in [(a, b), (b, a)] {
      guard gate > 0, graph.nodes[gate - 1].inputs == [x] else { continue }
      switch graph.nodes[gate - 1].operation {
      case .activation(.sigmoid): return try append(name, .activation(.silu), [x])
      case .activation(.hardSigmoid): return try append(name, .activation(.hardSwish), [x])
      default: continue
      }
    }
    switch (graph.shapes[a].isMap, graph.shapes[b].isMap) {
    case (true, false): return try append(name, .gate, [a, b])
    case (false, true): return try append(name, .gate, [b, a])
    default:
      throw InputError(
        .unsupported, name, "it multiplies \(graph.shapes[a]) by \(graph.shapes[b])",
        remedy: "x·σ(x), x·hard-sigmoid(x), and a map times one gate a channel are computed")
    }
  }
}
