import Quant

extension ONNXTracer {
  /// What a layer is called: as its weights where they have a framework's name (`fc.weight`), else as the node.
  private func layerName(_ node: ONNXNode, weights index: Int) -> String {
    let name = index < node.inputs.count ? node.inputs[index] : ""
    guard name.hasSuffix(".weight"), names.tensor(name, in: model.graph) != nil else { return node.label }
    return String(name.dropLast(".weight".count)).short
  }

  // MARK: - Convolution

  mutating func convolution(_ node: ONNXNode) throws -> ONNXValue {
    let weights = try parameter(node, 1)
    guard weights.shape.count == 4 else {
      throw node.refusal(
        "has weights of the shape \(weights.shape)", remedy: "two-dimensional convolutions are read")
    }
    let x = try channelsFirst(node)
    let (outputs, inputs) = (weights.shape[0], weights.shape[1])
    let kernel = Size2D(height: weights.shape[2], width: weights.shape[3])
    if let declared = try node.size("kernel_shape"), declared != kernel {
      throw node.refusal("declares a kernel of \(declared) and has one of \(kernel)", kind: .malformed)
    }
    let groups = try node.integer("group", default: 1)
    guard groups > 0, x.shape.channels == inputs.multipliedReportingOverflow(by: groups).partialValue else {
      throw node.refusal(
        "reads \(inputs) × \(groups) channels and is given \(x.shape.channels)", kind: .mismatch)
    }
    let (stride, dilation) = (try node.size("strides") ?? Size2D(1), try node.size("dilations") ?? Size2D(1))
    let attributes = Convolution(
      inputChannels: x.shape.channels, outputChannels: outputs, kernel: kernel, stride: stride,
      dilation: dilation,
      padding: try node.padding(of: x.shape, kernel: kernel, stride: stride, dilation: dilation),
      groups: groups)
    let bias = try constant(node, 2)?.floats ?? []
    let traced = try graph.convolution(
      layerName(node, weights: 1), attributes, weights: Self.outputsRowsColumnsInputs(weights), bias: bias,
      of: x.traced)
    return result(traced, axes: ONNXFeature.channelsFirst)
  }

  /// OIHW → OHWI
  private static func outputsRowsColumnsInputs(_ weights: ONNXConstant) -> [Float] {
    let (shape, elements) = (weights.shape, weights.floats)
    let (inputs, pixels) = (shape[1], shape[2] * shape[3])
    if inputs == 1 || pixels == 1 { return elements }
    return [Float](unsafeUninitializedCapacity: elements.count) { target, count in
      for output in 0..<shape[0] {
        let start = output * inputs * pixels
        for pixel in 0..<pixels {
          for input in 0..<inputs {
            target[start + pixel * inputs + input] = elements[start + input * pixels + pixel]
          }
        }
      }
      count = elements.count
    }
  }

  mutating func batchNormalization(_ node: ONNXNode) throws -> ONNXValue {
    guard try !node.flag("training_mode"), try node.flag("spatial", default: true) else {
      throw node.refusal("is in training mode", remedy: "export with model.eval()")
    }
    let x = try feature(node)
    guard x.isChannelsFirst || x.isVector && x.rank == 2 else {
      throw node.refusal("is given \(x.sides)")
    }
    let gamma = try parameter(node, 1).floats
    let beta = try parameter(node, 2).floats
    let mean = try parameter(node, 3).floats
    let variance = try parameter(node, 4).floats
    let statistics = BatchStatistics(mean: mean, variance: variance, gamma: gamma, beta: beta)
    let epsilon = try node.float("epsilon", default: 1e-5)
    guard epsilon >= 0, epsilon < 1 else {
      throw node.refusal("has the epsilon \(epsilon)", kind: .malformed)
    }
    let traced = try graph.batchNormalization(node.label, statistics, epsilon: epsilon, of: x.traced)
    return result(traced, axes: x.axes)
  }

  // MARK: - Matrix products

  mutating func gemm(_ node: ONNXNode) throws -> ONNXValue {
    let x = try vector(node)
    guard try !node.flag("transA"), x.rank == 2 else { throw node.refusal("transposes its input") }
    let alpha = try node.float("alpha", default: 1)
    let beta = try node.float("beta", default: 1)
    var weights = try matrix(node, isTransposed: try node.flag("transB"))
    if alpha != 1 { weights.elements = weights.elements.map { $0 * alpha } }
    var bias: [Float] = []
    if let constant = try constant(node, 2) {
      bias = try self.bias(constant, outputs: weights.outputs, node).map { beta == 1 ? $0 : $0 * beta }
    }
    let traced = try graph.dense(
      layerName(node, weights: 1), outputs: weights.outputs, weights: weights.elements, bias: bias,
      of: x.traced)
    return result(traced, axes: [.unit, .channel])
  }

  mutating func matrixProduct(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    guard has(node, 1), isConstant(node.inputs[1]) else {
      throw node.refusal("multiplies two of the network's values")
    }
    let weights = try matrix(node, isTransposed: false)
    let name = layerName(node, weights: 1)
    let bias = try followingBias(node, outputs: weights.outputs, rank: x.rank)
    if !x.isVector {
      guard x.axes.last == .channel else { throw node.refusal("multiplies the columns of \(x.sides)") }
      let attributes = Convolution(inputChannels: x.shape.channels, outputChannels: weights.outputs)
      let traced = try graph.convolution(
        name, attributes, weights: weights.elements, bias: bias, of: x.traced)
      return result(traced, axes: x.axes)
    }
    let vector = try vector(node)
    let traced = try graph.dense(
      name, outputs: weights.outputs, weights: weights.elements, bias: bias, of: vector.traced)
    return result(traced, axes: x.axes.dropLast() + [.channel])
  }

  /// The bias that the only reader of a product adds: taken up, so that the dense layer is one node.
  private mutating func followingBias(_ node: ONNXNode, outputs: Int, rank: Int) throws -> [Float] {
    guard let name = node.outputs.first, let readers = names.readers[name], readers.count == 1,
      !names.outputs.contains(name)
    else { return [] }
    let next = model.graph.nodes[readers[0]]
    guard next.type == "Add", ONNXNode.isDefault(domain: next.domain), next.inputs.count == 2,
      let other = next.inputs.firstIndex(where: { $0 != name }), isConstant(next.inputs[other]),
      let constant = try constant(next, other), constant.shape.last == outputs,
      constant.count == outputs, constant.shape.count <= rank
    else { return [] }
    // What the addition then gives is the product itself.
    absorbed[readers[0]] = name
    return constant.floats
  }

  private struct Matrix {
    let outputs: Int
    /// `[output][input]`
    var elements: [Float]
  }

  private mutating func matrix(_ node: ONNXNode, isTransposed: Bool) throws -> Matrix {
    let constant = try parameter(node, 1)
    guard constant.shape.count == 2 else {
      throw node.refusal("has weights of the shape \(constant.shape)", remedy: "matrices are read")
    }
    if isTransposed { return Matrix(outputs: constant.shape[0], elements: constant.floats) }
    let (inputs, outputs) = (constant.shape[0], constant.shape[1])
    let elements = constant.floats
    let transposed = [Float](unsafeUninitializedCapacity: elements.count) { target, count in
      for output in 0..<outputs {
        for input in 0..<inputs { target[output * inputs + input] = elements[input * outputs + output] }
      }
      count = elements.count
    }
    return Matrix(outputs: outputs, elements: transposed)
  }

  private func bias(_ constant: ONNXConstant, outputs: Int, _ node: ONNXNode) throws -> [Float] {
    if let value = constant.scalar { return [Float](repeating: value, count: outputs) }
    guard constant.shape.last == outputs, constant.count == outputs else {
      throw node.refusal("adds numbers of the shape \(constant.shape) to \(outputs) outputs", kind: .mismatch)
    }
    return constant.floats
  }

  /// An input of which nothing but the last dimension is over 1, as a vector.
  private mutating func vector(_ node: ONNXNode) throws -> ONNXFeature {
    let x = try feature(node)
    guard x.isVector, x.axes.dropLast().allSatisfy({ $0 == .unit }) else {
      throw node.refusal("is given \(x.sides), not one row", remedy: "flatten maps before it")
    }
    return try flat(x, node)
  }

  /// A map of one pixel as a vector.
  mutating func flat(_ x: ONNXFeature, _ node: ONNXNode) throws -> ONNXFeature {
    guard x.shape.isMap, x.isVector else { return x }
    let traced = try graph.flatten("\(node.label)/flatten", of: x.traced)
    return ONNXFeature(traced, shape: graph.shape(of: traced), axes: x.axes)
  }

  // MARK: - Of vectors

  mutating func softmax(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    // Before opset 13 all dimensions from the axis on are one.
    let isFlattening = model.opset < 13
    let axis = try node.axis(try node.integer("axis", default: isFlattening ? 1 : -1), rank: x.rank)
    guard x.isVector, isFlattening ? x.axes[axis...].contains(.channel) : x.axes[axis] == .channel else {
      throw node.refusal("over the axis \(axis) of \(x.sides)", remedy: "the softmax of a vector is computed")
    }
    let vector = try flat(x, node)
    let traced = try graph.softmax(node.label, of: vector.traced)
    return result(traced, axes: x.axes)
  }

  mutating func normalization(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    let axis = try node.axis(try node.integer("axis", default: -1), rank: x.rank)
    guard try node.integer("p", default: 2) == 2, x.isVector, x.axes[axis] == .channel else {
      throw node.refusal("over the axis \(axis) of \(x.sides)", remedy: "L2 over a vector is computed")
    }
    let vector = try flat(x, node)
    let traced = try graph.normalize(node.label, of: vector.traced)
    return result(traced, axes: x.axes)
  }

  mutating func length(_ node: ONNXNode) throws -> ONNXValue {
    let x = try feature(node)
    let axes = try integers(node, attribute: "axes", input: 1) ?? Array(0..<x.rank)
    let reduced = Set(try axes.map { try node.axis($0, rank: x.rank) })
    guard x.isVector, reduced.contains(where: { x.axes[$0] == .channel }) else {
      throw node.refusal("over the axes \(axes) of \(x.sides)", remedy: "the length of a vector is computed")
    }
    return .length(of: x)
  }
}
