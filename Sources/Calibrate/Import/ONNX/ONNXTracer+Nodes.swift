import Quant

/// Which method computes which operation.
extension ONNXTracer {
  mutating func compute(_ node: ONNXNode) throws -> ONNXValue {
    try node.checkKind()
    if let constant = try folded(node) { return .constant(constant) }
    if let value = try layer(node) { return value }
    if let value = try activation(node) { return value }
    if let value = try arithmetic(node) { return value }
    if let value = try arrangement(node) { return value }
    throw node.refusal(
      "is not computed here", remedy: "Docs/models.md lists the operations that are read")
  }

  private mutating func layer(_ node: ONNXNode) throws -> ONNXValue? {
    switch node.type {
    case "Conv": try convolution(node)
    case "BatchNormalization": try batchNormalization(node)
    case "MaxPool": try maxPool(node)
    case "AveragePool": try averagePool(node)
    case "GlobalAveragePool": try globalPool(node, .average)
    case "GlobalMaxPool": try globalPool(node, .maximum)
    case "ReduceMean": try reduction(node, .average)
    case "ReduceMax": try reduction(node, .maximum)
    case "ReduceL2": try length(node)
    case "LpNormalization": try normalization(node)
    case "Gemm": try gemm(node)
    case "MatMul": try matrixProduct(node)
    case "Softmax": try softmax(node)
    default: nil
    }
  }

  private mutating func activation(_ node: ONNXNode) throws -> ONNXValue? {
    switch node.type {
    case "Relu": try activation(node, .relu)
    case "Sigmoid": try activation(node, .sigmoid)
    case "Tanh": try activation(node, .tanh)
    case "HardSwish": try activation(node, .hardSwish)
    case "LeakyRelu":
      try activation(node, .leakyRelu(slope: node.float("alpha", default: 0.01)))
    case "HardSigmoid": try hardSigmoid(node)
    case "Gelu": try gelu(node)
    case "Swish": try swish(node)
    case "PRelu": try prelu(node)
    case "Clip": try clip(node)
    case "Erf": try errorFunction(node)
    default: nil
    }
  }

  private mutating func arithmetic(_ node: ONNXNode) throws -> ONNXValue? {
    switch node.type {
    case "Add", "Sum": try sum(node)
    case "Sub": try difference(node)
    case "Mul": try product(node)
    case "Div": try quotient(node)
    case "Neg": try scaled(node, by: -1)
    case "Max", "Min": try bounded(node)
    default: nil
    }
  }

  private mutating func arrangement(_ node: ONNXNode) throws -> ONNXValue? {
    switch node.type {
    case "Identity": try value(node, 0)
    case "Dropout": try dropout(node)
    case "Cast": try cast(node)
    case "Concat": try concatenation(node)
    case "Flatten": try flatten(node)
    case "Reshape": try reshape(node)
    case "Squeeze", "Unsqueeze": try unitAxes(node)
    case "Transpose": try transpose(node)
    case "Expand": try expand(node)
    case "Pad": try pad(node)
    case "Gather": try gather(node)
    case "Slice": try slice(node)
    default: nil
    }
  }
}

extension ONNXNode {
  private static let quantized: Set<String> = [
    "QLinearConv", "QLinearMatMul", "QLinearAdd", "QuantizeLinear", "DequantizeLinear", "ConvInteger",
    "MatMulInteger", "DynamicQuantizeLinear",
  ]

  /// - Throws: `InputError` for nodes that are no operation of a float network.
  fileprivate func checkKind() throws {
    if Self.quantized.contains(type) {
      throw refusal("shows that the model is already quantized", remedy: "give the float model")
    }
    guard Self.isDefault(domain: domain) else {
      throw refusal(
        "of the domain \(domain.short) is no operation of ONNX itself",
        remedy: "export without custom or fused operations")
    }
    if attributes.contains(where: \.hasSubgraph) {
      throw refusal("has graphs of its own", remedy: "export without branches and loops")
    }
  }
}
