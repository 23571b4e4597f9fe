import Quant

/// One operation on constants alone.
struct ONNXFolding {
  let node: ONNXNode
  let inputs: [ONNXConstant?]

  /// Numbers that an operation may make of none.
  static let limit = 1 << 16

  func input(_ index: Int) throws -> ONNXConstant {
    guard index < inputs.count, let input = inputs[index] else {
      throw node.refusal("has no input \(index + 1)", kind: .malformed)
    }
    return input
  }

  func integers(_ index: Int) throws -> [Int]? {
    guard index < inputs.count, let input = inputs[index] else { return nil }
    guard input.count <= ONNXLimits.numbers, let integers = input.integers else {
      throw node.refusal("has an input \(index + 1) that is no short list of whole numbers", kind: .malformed)
    }
    return integers
  }

  /// nil for what is not computed on constants.
  func result() throws -> ONNXConstant? {
    switch node.type {
    case "Identity": return try input(0)
    case "Cast": return try cast()
    case "Floor", "Ceil", "Neg", "Sqrt", "Reciprocal", "Abs": return try unary()
    case "Add", "Sub", "Mul", "Div", "Min", "Max", "Equal", "Mod": return try binary()
    case "Where": return try selected()
    case "Concat": return try concatenated()
    case "Gather": return try gathered()
    case "Slice": return try sliced()
    case "Reshape": return try reshaped()
    case "Flatten": return try flattened()
    case "Squeeze", "Unsqueeze": return try unit()
    case "Transpose": return try transposed()
    case "ConstantOfShape": return try filled()
    case "Expand": return try expanded()
    case "Range": return try range()
    case "ReduceProd": return try product()
    default: return nil
    }
  }
}
