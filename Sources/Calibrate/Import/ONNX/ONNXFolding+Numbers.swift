import Quant

/// Numbers.
extension ONNXFolding {
  func cast() throws -> ONNXConstant {
    let number = try node.integer("to", default: 0)
    guard let type = ONNXElement(rawValue: number), let element = type.elementType else {
      throw node.refusal("converts to the type \(number)")
    }
    let x = try input(0)
    if element.isFloatingPoint { return ONNXConstant(shape: x.shape, values: .floats(x.floats)) }
    guard case .floats(let values) = x.values else { return x }
    if type == .bool {
      return ONNXConstant(shape: x.shape, values: .integers(values.map { $0 == 0 ? 0 : 1 }))
    }
    let whole = values.compactMap { Int64(exactly: $0.rounded(.towardZero)) }
    guard whole.count == values.count else { throw node.refusal("converts a number out of range") }
    return ONNXConstant(shape: x.shape, values: .integers(whole))
  }

  func unary() throws -> ONNXConstant {
    let x = try input(0)
    guard case .integers(let values) = x.values else {
      return ONNXConstant(shape: x.shape, values: .floats(x.floats.map(floatFunction())))
    }
    switch node.type {
    case "Neg":
      return ONNXConstant(shape: x.shape, values: .integers(try values.map(negated)))
    case "Abs":
      return ONNXConstant(
        shape: x.shape, values: .integers(try values.map { $0 < 0 ? try negated($0) : $0 }))
    default: throw node.refusal("of whole numbers")
    }
  }

  private func floatFunction() -> (Float) -> Float {
    switch node.type {
    case "Floor": { $0.rounded(.down) }
    case "Ceil": { $0.rounded(.up) }
    case "Sqrt": { $0.squareRoot() }
    case "Reciprocal": { 1 / $0 }
    case "Abs": { $0.magnitude }
    default: { -$0 }
    }
  }

  private func negated(_ value: Int64) throws -> Int64 {
    try checked(Int64(0).subtractingReportingOverflow(value))
  }

  private func checked(_ result: (partialValue: Int64, overflow: Bool)) throws -> Int64 {
    guard !result.overflow else { throw node.refusal("overflows", kind: .malformed) }
    return result.partialValue
  }

  func binary() throws -> ONNXConstant {
    guard inputs.count == 2 else { throw node.refusal("of \(inputs.count) constants") }
    let (a, b) = (try input(0), try input(1))
    let shape = try broadcast(a.shape, b.shape)
    let (left, right) = (try a.expanded(to: shape, for: node), try b.expanded(to: shape, for: node))
    if case .integers(let x) = left.values, case .integers(let y) = right.values {
      return ONNXConstant(shape: shape, values: .integers(try zip(x, y).map { try integer($0, $1) }))
    }
    if node.type == "Equal" {
      return ONNXConstant(
        shape: shape, values: .integers(zip(left.floats, right.floats).map { $0 == $1 ? 1 : 0 }))
    }
    return ONNXConstant(
      shape: shape, values: .floats(try zip(left.floats, right.floats).map { try float($0, $1) }))
  }

  private func integer(_ a: Int64, _ b: Int64) throws -> Int64 {
    switch node.type {
    case "Add": return try checked(a.addingReportingOverflow(b))
    case "Sub": return try checked(a.subtractingReportingOverflow(b))
    case "Mul": return try checked(a.multipliedReportingOverflow(by: b))
    case "Div": return try checked(a.dividedReportingOverflow(by: b))
    case "Mod":
      let remainder = try checked(a.remainderReportingOverflow(dividingBy: b))
      return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
    case "Min": return min(a, b)
    case "Max": return max(a, b)
    default: return a == b ? 1 : 0
    }
  }

  private func float(_ a: Float, _ b: Float) throws -> Float {
    switch node.type {
    case "Add": return a + b
    case "Sub": return a - b
    case "Mul": return a * b
    case "Div": return a / b
    case "Min": return min(a, b)
    case "Max": return max(a, b)
    default: throw node.refusal("of constants that are no whole numbers")
    }
  }

  func selected() throws -> ONNXConstant {
    guard let condition = try integers(0) else { throw node.refusal("has no condition", kind: .malformed) }
    let (a, b) = (try input(1), try input(2))
    let shape = try broadcast(try broadcast(a.shape, b.shape), try input(0).shape)
    let choice = try ONNXConstant(integers: condition).reshaped(try input(0).shape)
      .expanded(to: shape, for: node).floats
    let (x, y) = (try a.expanded(to: shape, for: node), try b.expanded(to: shape, for: node))
    if case .integers(let x) = x.values, case .integers(let y) = y.values {
      return ONNXConstant(
        shape: shape, values: .integers(choice.indices.map { choice[$0] != 0 ? x[$0] : y[$0] }))
    }
    let (left, right) = (x.floats, y.floats)
    return ONNXConstant(
      shape: shape, values: .floats(choice.indices.map { choice[$0] != 0 ? left[$0] : right[$0] }))
  }

  func product() throws -> ONNXConstant {
    guard let values = try integers(0) else { throw node.refusal("has no input", kind: .malformed) }
    var product: Int64 = 1
    for value in values { product = try checked(product.multipliedReportingOverflow(by: Int64(value))) }
    let keeps = try node.flag("keepdims", default: true)
    return ONNXConstant(shape: keeps ? try input(0).shape.map { _ in 1 } : [], values: .integers([product]))
  }

  func range() throws -> ONNXConstant {
    guard let start = try integers(0)?.first, let end = try integers(1)?.first,
      let step = try integers(2)?.first,
      step != 0, [start, end, step].allSatisfy({ $0.magnitude <= TensorLimits.elementCount })
    else { throw node.refusal("of other than three whole numbers") }
    let values = Array(stride(from: start, to: end, by: step).prefix(Self.limit + 1))
    guard values.count <= Self.limit else { throw node.refusal("of too many numbers", kind: .tooLarge) }
    return ONNXConstant(integers: values)
  }
}
