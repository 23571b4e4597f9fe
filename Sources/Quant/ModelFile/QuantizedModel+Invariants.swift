import Int8Kernels

extension QuantizedModel {
  /// Checks all that the engine relies on: counts, ranges, and that no exact sum leaves Int32.
  func checkInvariants() throws {
    guard quantization.count == graph.shapes.count else {
      throw InputError(
        .malformed, "", "\(graph.shapes.count) values have \(quantization.count) quantizations")
    }
    for (value, shape) in graph.shapes.enumerated() {
      try check(quantization[value], of: shape, named: graph.name(of: value))
    }
    guard case .map(_, _, 3) = graph.inputShape else {
      throw InputError(.unsupported, "", "the input is \(graph.inputShape), not a picture of 3 channels")
    }
    guard recipe.inputSize.height == graph.inputShape.height, recipe.inputSize.width == graph.inputShape.width
    else {
      throw InputError(
        .malformed, "", "pictures are prepared to \(recipe.inputSize), the graph takes \(graph.inputShape)")
    }
    guard let embedding = graph.output(named: "embedding"), !graph.shapes[embedding].isMap else {
      throw InputError(.malformed, "", "the graph has no vector output named embedding")
    }
    for node in graph.nodes { try check(node) }
    try checkTables()
  }

  /// Each distinct table once: a network has one or two.
  private func checkTables() throws {
    var checked: Set<ActivationTable> = []
    for node in graph.nodes {
      guard case .convolution(let parameters) = node.parameters, let table = parameters.activation?.table,
        !checked.contains(table)
      else { continue }
      guard table.isValid else {
        throw InputError(.malformed, node.name, "its activation table has not 16 segments, or leaves Int16")
      }
      checked.insert(table)
    }
  }

  private func check(_ quantization: ChannelQuantization?, of shape: Shape, named name: String) throws {
    guard let quantization else {
      if shape.isMap { throw InputError(.malformed, name, "the map has no scales") }
      return
    }
    guard shape.isMap, quantization.channels == shape.channels else {
      throw InputError(.malformed, name, "\(quantization.channels) scales for a value of shape \(shape)")
    }
    guard quantization.scales.allSatisfy({ $0.isFinite && $0 >= 0x1p-60 && $0 <= 0x1p60 }) else {
      throw InputError(.malformed, name, "a scale is not a positive number between 2⁻⁶⁰ and 2⁶⁰")
    }
  }

  private func check(_ node: Int8Graph.Node) throws {
    switch (node.operation, node.parameters) {
    case (.convolution(let convolution), .convolution(let parameters)):
      try parameters.check(against: convolution, named: node.name)
    case (.dense(let dense), .dense(let parameters)):
      try parameters.check(against: dense, named: node.name)
    case (.convolution, _), (.dense, _):
      throw InputError(.malformed, node.name, "the layer has no weights")
    case (.batchNormalization, .affine(let affine)):
      try affine.check(count: graph.shapes[node.inputs[0]], named: node.name)
    case (.batchNormalization, _):
      throw InputError(.malformed, node.name, "the layer has no factors")
    case (.activation(.prelu), .slopes(let slopes)), (.add(.prelu), .slopes(let slopes)):
      try checkSlopes(slopes, count: graph.shapes[node.inputs[0]].elementCount, named: node.name)
    case (.activation(.prelu), _), (.add(.prelu), _):
      throw InputError(.malformed, node.name, "the layer has no slopes")
    case (_, .none): break
    default: throw InputError(.malformed, node.name, "the layer has weights it does not use")
    }
  }
}

extension Int8Convolution {
  fileprivate func check(against convolution: Convolution, named name: String) throws {
    let outputs = convolution.outputChannels
    guard weights.count == convolution.weightCount, bias.count == outputs, weightScales.count == outputs
    else {
      throw InputError(
        .malformed, name,
        "\(weights.count) weights, \(bias.count) biases and \(weightScales.count) scales for \(convolution.weightCount) weights of \(outputs) channels"
      )
    }
    try checkScales(weightScales, named: name)
    try checkSums(products: convolution.products, named: name)
    guard (negativeSlopes != nil) == convolution.activation.isLeaky,
      (negativeSlopes?.count ?? outputs) == outputs,
      negativeSlopes?.allSatisfy({ $0.isFinite && abs($0) <= 0x1p10 }) ?? true
    else { throw InputError(.malformed, name, "its slopes do not fit its activation") }
    guard (activation != nil) == convolution.activation.isTable else {
      throw InputError(.malformed, name, "its activation table does not fit its activation")
    }
    try activation?.check(outputs: outputs, named: name)
  }

  /// |bias| + 255 · Σ|w| < 2³¹: the exact sum fits Int32, whatever the input.
  private func checkSums(products: Int, named name: String) throws {
    guard !weights.holdsLowest else {
      throw InputError(.malformed, name, "a weight is −128; −127 is the smallest")
    }
    for (output, bias) in bias.enumerated() {
      let sum = weights.magnitude(of: output * products..<(output + 1) * products)
      guard abs(Int(bias)) + 255 * sum < 1 << 31 else {
        throw InputError(.malformed, name, "the sum of channel \(output) may leave Int32")
      }
    }
  }
}

extension Int8Activation {
  fileprivate func check(outputs: Int, named name: String) throws {
    guard shifts.count == outputs, gains.count == outputs, shifts.allSatisfy({ (1...12).contains($0) }),
      gains.allSatisfy({ $0 >= 1 })
    else { throw InputError(.malformed, name, "its activation's shifts or gains are out of range") }
  }
}

extension Int8Dense {
  fileprivate func check(against dense: Dense, named name: String) throws {
    guard dense.inputs <= 1 << 20, dense.outputs <= 1 << 20, weights.count == dense.inputs * dense.outputs,
      bias.count == dense.outputs, weightScales.count == dense.outputs
    else {
      throw InputError(
        .malformed, name, "the weights do not fit a dense layer of \(dense.inputs)×\(dense.outputs)")
    }
    try checkScales(weightScales, named: name)
    guard bias.allSatisfy(\.isFinite), !weights.holdsLowest else {
      throw InputError(.malformed, name, "a bias is not finite or a weight is −128")
    }
    guard (negativeSlopes != nil) == (dense.activation == .prelu) else {
      throw InputError(.malformed, name, "its slopes do not fit its activation")
    }
    if let negativeSlopes { try checkSlopes(negativeSlopes, count: dense.outputs, named: name) }
  }
}

extension Int8Affine {
  fileprivate func check(count shape: Shape, named name: String) throws {
    guard !shape.isMap, factor.count == shape.elementCount, offset.count == shape.elementCount,
      factor.allSatisfy(\.isFinite), offset.allSatisfy(\.isFinite)
    else {
      throw InputError(
        .malformed, name, "its factors and offsets are no finite numbers for a vector of \(shape)")
    }
  }
}

private func checkSlopes(_ slopes: [Float], count: Int, named name: String) throws {
  guard slopes.count == count, slopes.allSatisfy({ $0.isFinite && abs($0) <= 0x1p10 }) else {
    throw InputError(.malformed, name, "its slopes do not fit its activation")
  }
}

private func checkScales(_ scales: [Float], named name: String) throws {
  guard scales.allSatisfy({ $0.isFinite && $0 >= 0x1p-100 && $0 <= 0x1p60 }) else {
    throw InputError(.malformed, name, "a weight scale is not a positive number between 2⁻¹⁰⁰ and 2⁶⁰")
  }
}
