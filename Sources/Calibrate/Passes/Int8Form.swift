import Quant

extension Graph where Parameters == FloatParameters {
  /// The same network in the operations that have an Int8 definition (Docs/numerics.md): a non-linear function on a map
  /// follows a convolution. Where none precedes, a 1×1 depthwise convolution of weight 1 carries it.
  ///
  /// - Throws: `InputError` when a node keeps a batch normalization (`foldBatchNormalization` comes first).
  func int8Form() throws -> FloatGraph {
    var result = try FloatGraph(inputShape: inputShape)
    var moved: [ValueID] = [0]
    for (index, node) in nodes.enumerated() {
      let inputs = node.inputs.map { moved[$0] }
      let activation = node.operation.activationToSplit(onMap: shapes[index + 1].isMap)
      guard let activation else {
        moved.append(
          try result.append(node.name, node.operation, inputs: inputs, parameters: node.parameters))
        continue
      }
      var value = inputs[0]
      if let linear = node.operation.withoutActivation {
        value = try result.append(node.name + "/linear", linear, inputs: inputs, parameters: node.parameters)
      }
      moved.append(
        try result.appendActivation(node.name, activation, slopes: node.parameters.slopes, of: value))
    }
    for output in outputs { try result.addOutput(output.name, moved[output.value]) }
    return result
  }

  private mutating func appendActivation(
    _ name: String, _ activation: Activation, slopes: [Float], of value: ValueID
  ) throws -> ValueID {
    let channels = shapes[value].channels
    let convolution = Convolution(
      inputChannels: channels, outputChannels: channels, groups: channels, activation: activation)
    return try append(
      name, .convolution(convolution), inputs: [value],
      parameters: FloatParameters(weights: .init(repeating: 1, count: channels), slopes: slopes))
  }
}

extension Quant.Operation {
  /// The activation that needs a convolution of its own, or nil.
  fileprivate func activationToSplit(onMap: Bool) -> Activation? {
    guard onMap else { return nil }
    switch self {
    case .activation(let activation): return activation
    case .add(let activation): return activation.isClamp ? nil : activation
    case .convolution(let convolution):
      return convolution.hasResidual && !convolution.activation.isClamp ? convolution.activation : nil
    default: return nil
    }
  }

  /// The operation before its activation, or nil when it is nothing else.
  fileprivate var withoutActivation: Quant.Operation? {
    switch self {
    case .add: return .add(.identity)
    case .convolution(var convolution):
      convolution.activation = .identity
      return .convolution(convolution)
    default: return nil
    }
  }
}
