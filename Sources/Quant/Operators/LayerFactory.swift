import Int8Kernels

/// Builds the packed layer of one node of a quantized graph.
package struct LayerFactory: Sendable {
  package let kernels: KernelSet
  /// Threads that will share each layer's work.
  package let workers: Int

  package init(kernels: KernelSet, workers: Int) {
    self.kernels = kernels
    self.workers = workers
  }

  /// From RGB bytes to the graph's input, q = byte − 128.
  package func makeInputLayer(shape: Shape) throws -> any LayerKernel { InputLayer(extent: shape.extent) }

  /// - Throws: `InputError` naming the node when its numbers leave the ranges of Docs/numerics.md.
  package func makeLayer(_ index: Int, of model: QuantizedModel) throws -> any LayerKernel {
    try makeLayer(index, of: model.graph, quantization: model.quantization)
  }

  /// The layer of node `index` of a graph that need not be whole yet.
  ///
  /// - Parameter quantization: of every value up to the node's result.
  package func makeLayer(_ index: Int, of graph: Int8Graph, quantization: [ChannelQuantization?]) throws
    -> any LayerKernel
  {
    try InputError.naming(graph.nodes[index].name) {
      try job(index, of: graph, quantization: quantization).makeLayer()
    }
  }

  /// The layer that does what nodes `index` and `index + 1` do, where the second alone reads the first; else nil.
  package func makeFusedLayer(_ index: Int, of model: QuantizedModel) throws -> (any LayerKernel)? {
    let graph = model.graph
    guard index + 1 < graph.nodes.count, graph.consumers[index + 1] == [index + 1],
      !graph.outputs.contains(where: { $0.value == index + 1 }),
      graph.nodes[index + 1].inputs.first == index + 1
    else { return nil }
    let next = job(index + 1, of: model)
    if case .gate = graph.nodes[index].operation, model.graph.shapes[index + 1].isMap {
      let gate = try InputError.naming(graph.nodes[index].name) { try job(index, of: model).gateParameters() }
      return try InputError.naming(graph.nodes[index + 1].name) { try next.makeGatedConvolution(gate) }
    }
    return try InputError.naming(graph.nodes[index].name) {
      try job(index, of: model).makeExpandDepthwise(next)
    }
  }

  private func job(_ index: Int, of model: QuantizedModel) -> LayerJob {
    job(index, of: model.graph, quantization: model.quantization)
  }

  private func job(_ index: Int, of graph: Int8Graph, quantization: [ChannelQuantization?]) -> LayerJob {
    let node = graph.nodes[index]
    return LayerJob(
      node: node, kernels: kernels, workers: workers, inputShapes: node.inputs.map { graph.shapes[$0] },
      outputShape: graph.shapes[index + 1], inputQuantization: node.inputs.map { quantization[$0] },
      outputQuantization: quantization[index + 1])
  }
}

/// One node with all that surrounds it.
struct LayerJob {
  let node: Int8Graph.Node
  let kernels: KernelSet
  let workers: Int
  let inputShapes: [Shape]
  let outputShape: Shape
  let inputQuantization: [ChannelQuantization?]
  let outputQuantization: ChannelQuantization?

  func makeLayer() throws -> any LayerKernel {
    outputShape.isMap ? try makeMapLayer() : try makeVectorLayer()
  }

  private func makeMapLayer() throws -> any LayerKernel {
    switch node.operation {
    case .convolution(let convolution): return try makeConvolution(convolution)
    case .maxPool(let pooling): return MaxPoolLayer(geometry: geometry(of: pooling), kernels: kernels)
    case .averagePool(let pooling, let countsPadding):
      let (input, output) = (try input(0), try output())
      return AveragePoolLayer(
        geometry: geometry(of: pooling), inputScales: input.scales, inputZeroPoints: input.zeroPoints,
        outputScales: output.scales, outputZeroPoints: output.zeroPoints, countsPadding: countsPadding,
        kernels: kernels)
    case .add(let activation): return try makeAdd(activation)
    case .gate: return try makeGate()
    case .concatenate:
      return ConcatenateLayer(
        height: outputShape.height, width: outputShape.width, parts: inputShapes.map(\.channels))
    case .pad(let padding):
      return PadLayer(
        extent: inputShapes[0].extent, top: padding.top, left: padding.left, bottom: padding.bottom,
        right: padding.right, zeroPoints: try input(0).zeroPoints)
    default: throw notQuantized
    }
  }

  private func makeVectorLayer() throws -> any LayerKernel {
    switch node.operation {
    case .dense(let dense): return try makeDense(dense)
    case .globalPool(let kind):
      let input = try input(0)
      return GlobalPoolLayer(
        extent: inputShapes[0].extent, kind: kind.layerKind, scales: input.scales,
        zeroPoints: input.zeroPoints,
        kernels: kernels)
    case .flatten:
      let input = try input(0)
      return FlattenLayer(extent: inputShapes[0].extent, scales: input.scales, zeroPoints: input.zeroPoints)
    case .add(let activation):
      return VectorAddLayer(
        count: outputShape.elementCount, activation: try vectorActivation(activation, slopes: slopes))
    case .activation(let activation):
      return VectorActivationLayer(
        count: outputShape.elementCount, activation: try vectorActivation(activation, slopes: slopes),
        kernels: kernels)
    case .batchNormalization:
      guard case .affine(let affine) = node.parameters else { throw notQuantized }
      return VectorAffineLayer(factor: affine.factor, offset: affine.offset)
    case .concatenate: return VectorConcatenateLayer(parts: inputShapes.map(\.channels))
    case .softmax: return SoftmaxLayer(count: outputShape.elementCount)
    case .normalize: return NormalizeLayer(count: outputShape.elementCount)
    default: throw notQuantized
    }
  }

  var notQuantized: InputError { InputError(.unsupported, "", "the operation has no quantized form") }

  func input(_ index: Int) throws -> ChannelQuantization {
    guard inputQuantization.indices.contains(index), let quantization = inputQuantization[index] else {
      throw InputError(.malformed, "", "input \(index) has no scales")
    }
    return quantization
  }

  func output() throws -> ChannelQuantization {
    guard let outputQuantization else { throw InputError(.malformed, "", "the result has no scales") }
    return outputQuantization
  }

  private func makeDense(_ dense: Dense) throws -> any LayerKernel {
    guard case .dense(let parameters) = node.parameters else { throw notQuantized }
    return DenseLayer(
      inputs: dense.inputs, outputs: dense.outputs,
      parameters: DenseParameters(
        weights: parameters.weights, weightScales: parameters.weightScales, bias: parameters.bias,
        activation: try vectorActivation(dense.activation, slopes: parameters.negativeSlopes)),
      kernels: kernels)
  }

  private func makeAdd(_ activation: Activation) throws -> any LayerKernel {
    let output = try output()
    let limits = try activation.limits(of: output)
    let operands = try (0..<2).map { index in
      let input = try input(index)
      return AddOperand(
        multipliers: try multipliers(input.scales, over: output.scales), zeroPoints: input.zeroPoints)
    }
    return AddLayer(
      extent: outputShape.extent, operands[0], operands[1], zeroPoints: output.zeroPoints,
      minimum: limits.minimum,
      maximum: limits.maximum, kernels: kernels)
  }

  private func makeGate() throws -> any LayerKernel {
    GateLayer(extent: outputShape.extent, parameters: try gateParameters(), kernels: kernels)
  }

  func gateParameters() throws -> GateParameters {
    let (input, output) = (try input(0), try output())
    guard
      let parameters = GateParameters(
        inputScales: input.scales, inputZeroPoints: input.zeroPoints, outputScales: output.scales,
        outputZeroPoints: output.zeroPoints)
    else { throw InputError(.malformed, "", "a gate's input is 128 times as coarse as its result, or more") }
    return parameters
  }

  private func geometry(of pooling: Pooling) -> PoolingGeometry {
    PoolingGeometry(
      input: inputShapes[0].extent, outputHeight: outputShape.height, outputWidth: outputShape.width,
      kernelHeight: pooling.kernel.height, kernelWidth: pooling.kernel.width,
      strideHeight: pooling.stride.height,
      strideWidth: pooling.stride.width, paddingTop: pooling.padding.top, paddingLeft: pooling.padding.left)
  }

  private var slopes: [Float]? {
    if case .slopes(let slopes) = node.parameters { slopes } else { nil }
  }

  private func vectorActivation(_ activation: Activation, slopes: [Float]?) throws -> VectorActivation {
    switch activation {
    case .identity: return .identity
    case .relu: return .relu
    case .relu6: return .relu6
    case .leakyRelu(let slope): return .leakyRelu(slope: slope)
    case .silu: return .silu
    case .hardSwish: return .hardSwish
    case .gelu: return .gelu
    case .sigmoid: return .sigmoid
    case .hardSigmoid: return .hardSigmoid
    case .tanh: return .tanh
    case .prelu:
      guard let slopes, slopes.count == outputShape.elementCount else {
        throw InputError(.malformed, "", "its slopes do not fit its activation")
      }
      return .prelu(slopes: slopes)
    }
  }
}

extension GlobalPooling {
  fileprivate var layerKind: GlobalPoolKind {
    switch self {
    case .average: .average
    case .maximum: .maximum
    case .generalizedMean(let power): .generalizedMean(power: power)
    }
  }
}

extension Shape {
  var extent: MapExtent { MapExtent(height: height, width: width, channels: channels) }
}
