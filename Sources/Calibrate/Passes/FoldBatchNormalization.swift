import Quant

extension Graph where Parameters == FloatParameters {
  /// The same network without batch normalizations: each is folded into the convolution or dense layer before it, which
  /// takes the normalization's name, or becomes a 1×1 depthwise convolution where none precedes.
  ///
  /// Computed in Double, rounded once.
  func foldingBatchNormalization() throws -> FloatGraph {
    var rewriter = try GraphRewriter(self)
    var folded: Set<Int> = []
    for node in nodes {
      if case .batchNormalization = node.operation, node.inputs[0] > 0,
        rewriter.useCounts[node.inputs[0]] == 1,
        nodes[node.inputs[0] - 1].operation.isLinear
      {
        folded.insert(node.inputs[0] - 1)
      }
    }
    for (index, node) in nodes.enumerated() where !folded.contains(index) {
      guard case .batchNormalization(let epsilon) = node.operation else {
        try rewriter.append(
          node.name, node.operation, inputs: node.inputs, parameters: node.parameters, for: index + 1)
        continue
      }
      let channels = shapes[index + 1].channels
      let affine = try ChannelAffine(
        node.parameters.normalization, epsilon: epsilon, channels: channels, name: node.name)
      let before = node.inputs[0] - 1
      if before >= 0, folded.contains(before) {
        try rewriter.append(
          node.name, nodes[before].operation, inputs: nodes[before].inputs,
          parameters: affine.applied(to: nodes[before].parameters), for: index + 1)
      } else if shapes[index + 1].isMap {
        let convolution = Convolution(inputChannels: channels, outputChannels: channels, groups: channels)
        let identity = FloatParameters(weights: .init(repeating: 1, count: channels))
        try rewriter.append(
          node.name, .convolution(convolution), inputs: node.inputs, parameters: affine.applied(to: identity),
          for: index + 1)
      } else {
        throw InputError(
          .unsupported, node.name, "a batch normalization of a vector that no dense layer makes",
          remedy: "fold it into the layer after it")
      }
    }
    return try rewriter.finish()
  }
}

extension Quant.Operation {
  /// A convolution or dense layer whose result is its sum, without activation or residual.
  fileprivate var isLinear: Bool {
    switch self {
    case .convolution(let convolution): convolution.activation == .identity && !convolution.hasResidual
    case .dense(let dense): dense.activation == .identity
    default: false
    }
  }
}

/// y[c] = x[c] · factor[c] + offset[c], in Double.
private struct ChannelAffine {
  let factors: [Double]
  let offsets: [Double]

  init(_ statistics: BatchStatistics?, epsilon: Float, channels: Int, name: String) throws {
    guard let statistics,
      [statistics.mean, statistics.variance, statistics.gamma, statistics.beta].allSatisfy({
        $0.count == channels
      })
    else {
      throw InputError(.mismatch, name, "the batch normalization has not \(channels) of each statistic")
    }
    var factors: [Double] = []
    var offsets: [Double] = []
    for channel in 0..<channels {
      let variance = Double(statistics.variance[channel]) + Double(epsilon)
      guard variance > 0 else {
        throw InputError(
          .malformed, name, "the variance of channel \(channel) is \(statistics.variance[channel])")
      }
      let factor = Double(statistics.gamma[channel]) / variance.squareRoot()
      factors.append(factor)
      offsets.append(Double(statistics.beta[channel]) - Double(statistics.mean[channel]) * factor)
    }
    self.factors = factors
    self.offsets = offsets
  }

  func applied(to parameters: FloatParameters) -> FloatParameters {
    let products = parameters.weights.count / factors.count
    var result = parameters
    for channel in factors.indices {
      for index in channel * products..<(channel + 1) * products {
        result.weights[index] = Float(Double(parameters.weights[index]) * factors[channel])
      }
    }
    result.bias = factors.indices.map { channel in
      let bias = parameters.bias.isEmpty ? 0 : Double(parameters.bias[channel])
      return Float(bias * factors[channel] + offsets[channel])
    }
    return result
  }
}
