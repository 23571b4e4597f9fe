import Quant

extension Graph where Parameters == FloatParameters {
  /// The same network with additions, activations and paddings moved into the convolutions and dense layers they follow or
  /// precede. A fused layer takes the name of the last one that went into it. Bits do not change.
  func fused() throws -> FloatGraph { try fusingPadding().fusingAdditions().fusingActivations() }

  /// Explicit zero padding before convolutions that are its only readers.
  private func fusingPadding() throws -> FloatGraph {
    var rewriter = try GraphRewriter(self)
    let consumers = self.consumers
    let outputs = Set(outputs.map(\.value))
    let isFusible = nodes.indices.map { index in
      guard case .pad = nodes[index].operation, !outputs.contains(index + 1), !consumers[index + 1].isEmpty
      else {
        return false
      }
      return consumers[index + 1].allSatisfy { reader in
        if case .convolution = nodes[reader].operation { nodes[reader].inputs[0] == index + 1 } else { false }
      }
    }
    for (index, node) in nodes.enumerated() {
      if isFusible[index] {
        try rewriter.alias(index + 1, to: node.inputs[0])
        continue
      }
      var operation = node.operation
      if case .convolution(var convolution) = operation, node.inputs[0] > 0, isFusible[node.inputs[0] - 1],
        case .pad(let padding) = nodes[node.inputs[0] - 1].operation
      {
        convolution.padding.top += padding.top
        convolution.padding.left += padding.left
        convolution.padding.bottom += padding.bottom
        convolution.padding.right += padding.right
        operation = .convolution(convolution)
      }
      try rewriter.append(
        node.name, operation, inputs: node.inputs, parameters: node.parameters, for: index + 1)
    }
    return try rewriter.finish()
  }

  /// Additions of a convolution that nothing else reads: the later of the two summands, when both are such.
  private func fusingAdditions() throws -> FloatGraph {
    var rewriter = try GraphRewriter(self)
    var partner: [Int: (convolution: Int, residual: ValueID)] = [:]
    var absorbed: Set<Int> = []
    for (index, node) in nodes.enumerated() {
      guard case .add = node.operation, shapes[index + 1].isMap, node.inputs[0] != node.inputs[1] else {
        continue
      }
      let candidates = node.inputs.filter { value in
        guard value > 0, rewriter.useCounts[value] == 1, !absorbed.contains(value - 1),
          case .convolution(let convolution) = nodes[value - 1].operation
        else { return false }
        return convolution.activation == .identity && !convolution.hasResidual
      }
      guard let chosen = candidates.max() else { continue }
      partner[index] = (chosen - 1, node.inputs[0] == chosen ? node.inputs[1] : node.inputs[0])
      absorbed.insert(chosen - 1)
    }
    for (index, node) in nodes.enumerated() where !absorbed.contains(index) {
      guard let fused = partner[index], case .add(let activation) = node.operation,
        case .convolution(var convolution) = nodes[fused.convolution].operation
      else {
        try rewriter.append(
          node.name, node.operation, inputs: node.inputs, parameters: node.parameters, for: index + 1)
        continue
      }
      convolution.hasResidual = true
      convolution.activation = activation
      var parameters = nodes[fused.convolution].parameters
      parameters.slopes = node.parameters.slopes
      try rewriter.append(
        node.name, .convolution(convolution), inputs: [nodes[fused.convolution].inputs[0], fused.residual],
        parameters: parameters, for: index + 1)
    }
    return try rewriter.finish()
  }

  /// Activations whose input nothing else reads and that has none yet; identities vanish.
  private func fusingActivations() throws -> FloatGraph {
    var rewriter = try GraphRewriter(self)
    var absorbed: Set<Int> = []
    for node in nodes {
      guard case .activation(let activation) = node.operation, activation != .identity, node.inputs[0] > 0
      else { continue }
      let before = node.inputs[0] - 1
      if rewriter.useCounts[node.inputs[0]] == 1, nodes[before].operation.with(activation) != nil {
        absorbed.insert(before)
      }
    }
    for (index, node) in nodes.enumerated() where !absorbed.contains(index) {
      guard case .activation(let activation) = node.operation else {
        try rewriter.append(
          node.name, node.operation, inputs: node.inputs, parameters: node.parameters, for: index + 1)
        continue
      }
      let before = node.inputs[0] - 1
      if activation == .identity {
        try rewriter.alias(index + 1, to: node.inputs[0])
      } else if before >= 0, absorbed.contains(before),
        let operation = nodes[before].operation.with(activation)
      {
        var parameters = nodes[before].parameters
        parameters.slopes = node.parameters.slopes
        try rewriter.append(
          node.name, operation, inputs: nodes[before].inputs, parameters: parameters, for: index + 1)
      } else {
        try rewriter.append(
          node.name, node.operation, inputs: node.inputs, parameters: node.parameters, for: index + 1)
      }
    }
    return try rewriter.finish()
  }
}

extension Quant.Operation {
  /// The operation followed by `activation`; nil when it cannot carry one or has one already.
  fileprivate func with(_ activation: Activation) -> Quant.Operation? {
    switch self {
    case .convolution(var convolution) where convolution.activation == .identity:
      convolution.activation = activation
      return .convolution(convolution)
    case .dense(var dense) where dense.activation == .identity:
      dense.activation = activation
      return .dense(dense)
    case .add(.identity): return .add(activation)
    default: return nil
    }
  }
}

extension Graph where Parameters == FloatParameters {
  /// Without the nodes that no output needs.
  func removingDeadNodes() throws -> FloatGraph {
    var isNeeded = [Bool](repeating: false, count: shapes.count)
    for output in outputs { isNeeded[output.value] = true }
    for (index, node) in nodes.enumerated().reversed() where isNeeded[index + 1] {
      for input in node.inputs { isNeeded[input] = true }
    }
    var rewriter = try GraphRewriter(self)
    for (index, node) in nodes.enumerated() where isNeeded[index + 1] {
      try rewriter.append(
        node.name, node.operation, inputs: node.inputs, parameters: node.parameters, for: index + 1)
    }
    return try rewriter.finish()
  }
}

extension FloatNetwork {
  /// The network as it is calibrated, quantized and compared: dead nodes removed, batch normalizations folded, layers fused,
  /// in the operations that have an Int8 definition.
  public func prepared() throws -> FloatNetwork {
    var result = self
    result.graph = try graph.removingDeadNodes().foldingBatchNormalization().fused().int8Form()
    return result
  }
}
