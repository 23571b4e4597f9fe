import Quant

extension Graph where Parameters == FloatParameters {
  /// The same network in the operations that have an Int8 definition (Docs/numerics.md): a non-linear function on a map
  /// follows a convolution. Where none precedes, a 1×1 depthwise convolution of weight 1 carries it. The input is read by
  /// convolutions alone, which take up its scaling and channel order: before anything else stands a 1×1 identity.
  ///
  /// Comes after `foldBatchNormalization`: of batch normalizations only those of vectors are left.
  func int8Form() throws -> FloatGraph {
    var result = try FloatGraph(inputShape: inputShape)
    var moved: [ValueID] = [try result.appendIdentity(where: readsInputUnscaled)]
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

  /// Whether a node that is no ordinary convolution reads the input.
  private var readsInputUnscaled: Bool {
    nodes.contains { node in
      guard node.inputs.contains(0) else { return false }
      guard case .convolution(let convolution) = node.operation else { return true }
      return convolution.groups > 1 || node.inputs.dropFirst().contains(0)
    }
  }

  private mutating func appendIdentity(where isNeeded: Bool) throws -> ValueID {
    guard isNeeded, inputShape.isMap else { return 0 }
    let channels = inputShape.channels
    let weights = (0..<channels * channels).map { Float($0 % (channels + 1) == 0 ? 1 : 0) }
    return try append(
      "\(Self.inputName)/identity",
      .convolution(Convolution(inputChannels: channels, outputChannels: channels)), inputs: [0],
      parameters: FloatParameters(weights: weights))
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
