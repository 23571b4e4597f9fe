import Quant

extension ONNXTracer {
  mutating func activation(_ node: ONNXNode, _ activation: Activation) throws -> ONNXValue {
    let x = try feature(node)
    let traced = try graph.activation(node.label, activation, of: x.traced)
    return result(traced, axes: x.axes)
  }

  mutating func hardSigmoid(_ node: ONNXNode) throws -> ONNXValue {
    let alpha = try node.float("alpha", default: 0.2)
    let beta = try node.float("beta", default: 0.5)
    guard abs(alpha - 1 / 6) < 1e-5, beta == 0.5 else {
      throw node.refusal("has alpha \(alpha) and beta \(beta)", remedy: "alpha 1/6 and beta 0.5 are computed")
    }
    return try activation(node, .hardSigmoid)
  }

  mutating func gelu(_ node: ONNXNode) throws -> ONNXValue {
    guard try node.text("approximate", default: "none") == "none" else {
      throw node.refusal("is approximated by tanh", remedy: "export the exact function")
    }
    return try activation(node, .gelu)
  }

  mutating func swish(_ node: ONNXNode) throws -> ONNXValue {
    let alpha = try node.float("alpha", default: 1)
    guard alpha == 1 else { throw node.refusal("has alpha \(alpha)", remedy: "alpha 1 is computed") }
    return try activation(node, .silu)
  }

  mutating func prelu(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    let slope = try parameter(node, 1)
    guard let values = x.channelwise(slope) else {
      throw node.refusal(
        "has slopes of the shape \(slope.shape)", remedy: "one, or one for each channel, is computed")
    }
    let slopes = values.map { Float($0) }
    if slopes.count == 1, x.shape.channels > 1 { return try activation(node, .leakyRelu(slope: slopes[0])) }
    let traced = try graph.activation(node.label, .prelu, slopes: slopes, of: x.traced)
    return result(traced, axes: x.axes)
  }

  mutating func clip(_ node: ONNXNode) throws -> ONNXValue {
    let lower = try bound(node, "min", input: 1) ?? -.infinity
    let upper = try bound(node, "max", input: 2) ?? .infinity
    return try clipped(node, try value(node, 0), lower: lower, upper: upper)
  }

  private mutating func bound(_ node: ONNXNode, _ attribute: String, input: Int) throws -> Double? {
    if let constant = try constant(node, input) {
      guard let value = constant.scalar, !value.isNaN else {
        throw node.refusal("has a bound that is no number", kind: .malformed)
      }
      return Double(value)
    }
    let value = try node.float(attribute, default: .nan)
    return value.isNaN ? nil : Double(value)
  }

  /// Maximum and minimum with one constant.
  mutating func bounded(_ node: ONNXNode) throws -> ONNXValue {
    guard node.inputs.count == 2 else { throw node.refusal("of \(node.inputs.count) values") }
    let place = isConstant(node.inputs[0]) ? 0 : 1
    guard let bound = try constant(node, place)?.scalar, !bound.isNaN else {
      throw node.refusal("of other than one constant number")
    }
    let x = try value(node, 1 - place)
    let isMaximum = node.type == "Max"
    return try clipped(
      node, x, lower: isMaximum ? Double(bound) : -.infinity, upper: isMaximum ? .infinity : Double(bound))
  }

  private mutating func clipped(_ node: ONNXNode, _ x: ONNXValue, lower: Double, upper: Double) throws
    -> ONNXValue
  {
    switch x {
    // What keeps an L2 normalization from dividing by zero.
    case .length where lower <= 1e-6 && upper == .infinity: return x
    case .feature(let x):
      let large = Double(Float.greatestFiniteMagnitude)
      let traced = try graph.clip(
        node.label, lower: lower <= -large ? -.infinity : lower, upper: upper >= large ? .infinity : upper,
        of: x.traced)
      return result(traced, axes: x.axes)
    default: throw node.refusal("bounds a value that is taken apart")
    }
  }

  mutating func errorFunction(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    guard let factor = x.traced.pending.pureFactor, abs(factor * 2.0.squareRoot() - 1) < 1e-5 else {
      throw node.refusal("of other than x / √2", remedy: "it is read as a part of GELU")
    }
    let plain = ONNXFeature(TracedValue(x.traced.value), shape: x.shape, axes: x.axes)
    return .error(of: plain, factor: 1, offset: 0)
  }

  /// x · (1 + erf(x / √2)), times any factor.
  mutating func gelu(
    _ node: ONNXNode, _ x: ONNXFeature, of base: ONNXFeature, _ factor: Double, _ offset: Double
  )
    throws -> ONNXValue
  {
    guard x.traced.value == base.traced.value, let other = x.traced.pending.pureFactor,
      abs(factor - offset) <= 1e-6 * abs(factor)
    else { throw node.refusal("of an erf that is no part of GELU") }
    let traced = try graph.activation(node.label, .gelu, of: base.traced)
    let scaled = try graph.affine(node.label, factor: [2 * factor * other], offset: [0], of: traced)
    return result(scaled, axes: x.axes)
  }
}
