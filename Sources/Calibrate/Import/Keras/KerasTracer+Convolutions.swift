import Quant

extension KerasTracer {
  mutating func convolve(_ c: KerasConvolution, _ x: TracedValue, _ tensors: KerasLayerTensors) throws
    -> TracedValue
  {
    let shape = graph.shape(of: x)
    guard shape.channels % c.groups == 0, c.filters % c.groups == 0 else {
      throw InputError(
        .malformed, tensors.path,
        "\(shape.channels) input and \(c.filters) output channels do not divide into \(c.groups) groups")
    }
    let kernel = try tensors.tensor(
      "kernel", shape: [c.kernel.height, c.kernel.width, shape.channels / c.groups, c.filters])
    let attributes = Convolution(
      inputChannels: shape.channels, outputChannels: c.filters, kernel: c.kernel, stride: c.stride,
      dilation: c.dilation, padding: padding(c, shape), groups: c.groups)
    let result = try graph.convolution(
      tensors.path, attributes, weights: transposed(kernel, outputs: c.filters),
      bias: c.usesBias ? try tensors.vector("bias", count: c.filters) : [], of: x)
    return try activated(tensors.path, c.activation, result)
  }

  /// Output c · multiplier + m is that of input channel c by its filter m.
  mutating func convolveDepthwise(_ c: KerasConvolution, _ x: TracedValue, _ tensors: KerasLayerTensors)
    throws
    -> TracedValue
  {
    let outputs = try outputCount(graph.shape(of: x).channels, times: c.filters, tensors.path)
    let bias = c.usesBias ? try tensors.vector("bias", count: outputs) : []
    let result = try depthwise(
      tensors.path, c, multiplier: c.filters, kernel: "kernel", bias: bias, x, tensors)
    return try activated(tensors.path, c.activation, result)
  }

  mutating func convolveSeparable(_ c: KerasConvolution, _ x: TracedValue, _ tensors: KerasLayerTensors)
    throws
    -> TracedValue
  {
    let inner = try outputCount(graph.shape(of: x).channels, times: c.depthMultiplier, tensors.path)
    let middle = try depthwise(
      "\(tensors.path)/depthwise", c, multiplier: c.depthMultiplier, kernel: "depthwise_kernel", bias: [], x,
      tensors)
    let kernel = try tensors.tensor("pointwise_kernel", shape: [1, 1, inner, c.filters])
    let result = try graph.convolution(
      tensors.path, Convolution(inputChannels: inner, outputChannels: c.filters),
      weights: transposed(kernel, outputs: c.filters),
      bias: c.usesBias ? try tensors.vector("bias", count: c.filters) : [], of: middle)
    return try activated(tensors.path, c.activation, result)
  }

  private func outputCount(_ channels: Int, times multiplier: Int, _ path: String) throws -> Int {
    let (product, overflow) = channels.multipliedReportingOverflow(by: multiplier)
    guard !overflow, product <= GraphLimits.side else {
      throw InputError(.tooLarge, path, "it makes \(multiplier) of each of \(channels) channels")
    }
    return product
  }

  /// The kernel is [row][column][input][multiplier]: its transposition is that of OHWI with one input a group.
  private mutating func depthwise(
    _ name: String, _ c: KerasConvolution, multiplier: Int, kernel: String, bias: [Float], _ x: TracedValue,
    _ tensors: KerasLayerTensors
  ) throws -> TracedValue {
    let shape = graph.shape(of: x)
    let kernel = try tensors.tensor(
      kernel, shape: [c.kernel.height, c.kernel.width, shape.channels, multiplier])
    let outputs = try outputCount(shape.channels, times: multiplier, tensors.path)
    let attributes = Convolution(
      inputChannels: shape.channels, outputChannels: outputs, kernel: c.kernel, stride: c.stride,
      dilation: c.dilation, padding: padding(c, shape), groups: shape.channels)
    return try graph.convolution(
      name, attributes, weights: transposed(kernel, outputs: outputs), bias: bias, of: x)
  }

  private func padding(_ c: KerasConvolution, _ shape: Shape) -> Padding {
    guard c.isSame else { return .none }
    return Padding.same(
      input: Size2D(height: shape.height, width: shape.width), kernel: c.kernel, stride: c.stride,
      dilation: c.dilation)
  }

  private mutating func activated(_ path: String, _ activation: KerasActivation, _ x: TracedValue) throws
    -> TracedValue
  {
    if activation == .plain(.identity) { return x }
    return try activate("\(path)/\(activation.name)", activation, x)
  }

  /// Of a map, the layer is applied to every pixel.
  mutating func dense(
    units: Int, usesBias: Bool, _ activation: KerasActivation, _ x: TracedValue, _ tensors: KerasLayerTensors
  ) throws -> TracedValue {
    let shape = graph.shape(of: x)
    let kernel = try tensors.tensor("kernel", shape: [shape.channels, units])
    let weights = transposed(kernel, outputs: units)
    let bias = usesBias ? try tensors.vector("bias", count: units) : []
    let result =
      shape.isMap
      ? try graph.convolution(
        tensors.path, Convolution(inputChannels: shape.channels, outputChannels: units), weights: weights,
        bias: bias, of: x)
      : try graph.dense(tensors.path, outputs: units, weights: weights, bias: bias, of: x)
    return try activated(tensors.path, activation, result)
  }

  /// […][output] → [output][…]
  private func transposed(_ tensor: FloatTensor, outputs: Int) -> [Float] {
    let terms = tensor.elements.count / outputs
    return [Float](unsafeUninitializedCapacity: tensor.elements.count) { buffer, count in
      tensor.elements.withUnsafeBufferPointer { source in
        for output in 0..<outputs {
          for term in 0..<terms { buffer[output * terms + term] = source[term * outputs + output] }
        }
      }
      count = outputs * terms
    }
  }
}

extension KerasActivation {
  fileprivate var name: String {
    switch self {
    case .plain(let function): String("\(function)".prefix { $0 != "(" })
    case .olderHardSigmoid: "hardSigmoid"
    case .softmax: "softmax"
    }
  }
}
