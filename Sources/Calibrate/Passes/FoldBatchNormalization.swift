import Quant

/// The graph with every batch normalization of a map folded into the convolution before it, or made a 1×1 depthwise
/// convolution; of a vector, folded into the dense layer before or after it, else left.
///
/// With a[c] = gamma[c] / √(variance[c] + epsilon): w′ = w · a, b′ = (b − mean) · a + beta, in Double, rounded once. The
/// folded node takes the normalization's name. Dead nodes and identity activations are dropped.
///
/// - Throws: `InputError` naming the node whose parameters do not fit.
public func foldBatchNormalization(_ graph: FloatGraph) throws -> FloatGraph {
  var editor = GraphEditor(graph)
  editor.dropIdentities()
  for index in editor.indices where editor.isAlive(index) {
    guard case .batchNormalization(let epsilon) = editor[index].operation else { continue }
    do {
      try editor.fold(index, epsilon: epsilon)
    } catch let error as InputError {
      throw InputError(error.kind, editor[index].name, error.reason, remedy: error.remedy)
    }
  }
  return try editor.result()
}

/// y = x · factor[c] + offset[c]
struct ChannelwiseAffine {
  var factor: [Double]
  var offset: [Double]

  init(_ statistics: BatchStatistics, epsilon: Float) {
    let factor = zip(statistics.gamma, statistics.variance).map { gamma, variance in
      Double(gamma) / (Double(variance) + Double(epsilon)).squareRoot()
    }
    self.factor = factor
    offset = factor.indices.map { Double(statistics.beta[$0]) - Double(statistics.mean[$0]) * factor[$0] }
  }

  /// The parameters of a layer whose result this is applied to; every output has `terms` weights.
  func appliedAfter(_ parameters: FloatParameters, terms: Int) -> FloatParameters {
    var result = parameters
    for output in factor.indices {
      for term in output * terms..<(output + 1) * terms {
        result.weights[term] = Float(Double(parameters.weights[term]) * factor[output])
      }
    }
    result.bias = factor.indices.map { output in
      let bias = parameters.bias.isEmpty ? 0 : Double(parameters.bias[output])
      return Float(bias * factor[output] + offset[output])
    }
    return result
  }

  /// The parameters of a dense layer that reads what this is applied to.
  func appliedBefore(_ parameters: FloatParameters, outputs: Int) -> FloatParameters {
    var result = parameters
    let inputs = factor.count
    result.bias = (0..<outputs).map { output in
      var bias = parameters.bias.isEmpty ? 0 : Double(parameters.bias[output])
      for input in 0..<inputs {
        let weight = Double(parameters.weights[output * inputs + input])
        result.weights[output * inputs + input] = Float(weight * factor[input])
        bias += weight * offset[input]
      }
      return Float(bias)
    }
    return result
  }
}

extension GraphEditor {
  fileprivate mutating func fold(_ index: Int, epsilon: Float) throws {
    var node = self[index]
    guard let statistics = node.parameters.normalization else {
      throw InputError(.mismatch, "", "it has no statistics")
    }
    let shape = shape(of: index + 1)
    try statistics.check(channels: shape.channels)
    let affine = ChannelwiseAffine(statistics, epsilon: epsilon)
    if let (before, terms) = try foldable(before: index) {
      node.operation = before.operation
      node.inputs = before.inputs
      node.parameters = affine.appliedAfter(before.parameters, terms: terms)
      return replace(index, by: node)
    }
    if shape.isMap {
      node.operation = .convolution(
        Convolution(
          inputChannels: shape.channels, outputChannels: shape.channels, groups: shape.channels))
      node.parameters = FloatParameters(
        weights: affine.factor.map { Float($0) }, bias: affine.offset.map { Float($0) })
      return replace(index, by: node)
    }
    if let after = soleDenseReader(of: index + 1), case .dense(let dense) = self[after].operation {
      var reader = self[after]
      try reader.parameters.check(fits: reader.operation, inputShapes: [shape])
      reader.parameters = affine.appliedBefore(reader.parameters, outputs: dense.outputs)
      reader.inputs = node.inputs
      replace(after, by: reader)
    }
  }

  /// The layer before node `index` that can take an affine function after its sum, and its weights an output.
  private func foldable(before index: Int) throws -> (Node, terms: Int)? {
    guard let producer = soleProducer(of: self[index].inputs[0]) else { return nil }
    let before = self[producer]
    let inputShapes = before.inputs.map { shape(of: $0) }
    switch before.operation {
    case .convolution(let convolution) where convolution.activation == .identity && !convolution.hasResidual:
      try before.parameters.check(fits: before.operation, inputShapes: inputShapes)
      return (before, convolution.products)
    case .dense(let dense) where dense.activation == .identity:
      try before.parameters.check(fits: before.operation, inputShapes: inputShapes)
      return (before, dense.inputs)
    default: return nil
    }
  }

  private func soleDenseReader(of value: ValueID) -> Int? {
    guard soleProducer(of: value) != nil else { return nil }
    return indices.first { index in
      guard isAlive(index), self[index].inputs == [value] else { return false }
      if case .dense = self[index].operation { return true }
      return false
    }
  }
}
