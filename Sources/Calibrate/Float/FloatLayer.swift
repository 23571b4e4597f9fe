import Quant

/// One node of a float graph, prepared for one kernel set: weights packed, sizes settled. Immutable, shared by all workers.
///
/// Its `tileCount` tiles are independent; whoever computes them and with whatever kernel set, the bits are the same.
package final class FloatLayer: Sendable {
  package let name: String
  package let outputShape: Shape
  private let step: any FloatStep

  /// - Throws: `InputError` naming the node when its parameters do not fit its attributes or are not finite.
  package convenience init(
    node: FloatGraph.Node, inputShapes: [Shape], outputShape: Shape, kernels: FloatKernelSet = .best
  ) throws {
    try self.init(
      node.name, node.operation, node.parameters, inputShapes: inputShapes, outputShape: outputShape,
      kernels: kernels)
  }

  /// `outputShape` is what `operation` makes of `inputShapes`.
  package init(
    _ name: String, _ operation: Operation, _ parameters: FloatParameters, inputShapes: [Shape],
    outputShape: Shape, kernels: FloatKernelSet = .best
  ) throws {
    self.name = name
    self.outputShape = outputShape
    do {
      try parameters.check(fits: operation, inputShapes: inputShapes)
      step = try FloatLayer.step(operation, parameters, inputShapes, outputShape, kernels)
    } catch let error as InputError {
      throw InputError(error.kind, name, error.reason, remedy: error.remedy)
    }
  }

  package var tileCount: Int { step.tileCount }
  /// Scratch bytes a worker must hand to `run(tile:_:)`, aligned to 64.
  package var scratchByteCount: Int { step.scratchByteCount }

  package func run(tile: Int, _ buffers: FloatBuffers) {
    withDefaultFloatingPoint { step.run(tile: tile, buffers) }
  }

  /// All tiles on the calling thread.
  package func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    let scratch = UnsafeMutableRawPointer.allocate(byteCount: max(scratchByteCount, 64), alignment: 64)
    defer { scratch.deallocate() }
    inputs.withUnsafeBufferPointer { pointers in
      guard let base = pointers.baseAddress else { return }
      let buffers = FloatBuffers(inputs: base, output: output, scratch: scratch)
      for tile in 0..<tileCount { run(tile: tile, buffers) }
    }
  }

  /// The node's result for `inputs`, of the shapes given at `init`.
  package func run(_ inputs: [[Float]]) -> [Float] {
    let buffers = inputs.map { FloatBuffer($0) }
    return [Float](unsafeUninitializedCapacity: outputShape.elementCount) { target, count in
      guard let output = target.baseAddress else { return }
      run(inputs: buffers.map(\.pointer), output: output)
      count = outputShape.elementCount
    }
  }

  private static func step(
    _ operation: Operation, _ parameters: FloatParameters, _ inputs: [Shape], _ output: Shape,
    _ kernels: FloatKernelSet
  ) throws -> any FloatStep {
    func activation(_ activation: Activation) throws -> FloatActivation {
      try FloatActivation(activation, slopes: parameters.slopes, channels: output.channels)
    }
    switch operation {
    case .convolution(let convolution) where convolution.isDepthwise:
      return try DepthwiseStep(
        convolution, parameters: parameters, input: inputs[0], output: output, kernels: kernels)
    case .convolution(let convolution):
      return try ConvolutionStep(
        convolution, parameters: parameters, input: inputs[0], output: output, kernels: kernels)
    case .dense(let dense):
      // The same sum as that of a 1×1 convolution over a single pixel.
      let convolution = Convolution(
        inputChannels: dense.inputs, outputChannels: dense.outputs, activation: dense.activation)
      return try ConvolutionStep(
        convolution, parameters: parameters, input: .map(height: 1, width: 1, channels: dense.inputs),
        output: .map(height: 1, width: 1, channels: dense.outputs), kernels: kernels)
    case .batchNormalization(let epsilon):
      guard let statistics = parameters.normalization else {
        throw InputError(.mismatch, "", "it has no statistics")
      }
      return ElementwiseStep(
        ElementwiseStep.normalization(statistics, epsilon: epsilon), shape: output, kernels: kernels)
    case .maxPool(let pooling):
      return PoolingStep(.maximum, pooling, input: inputs[0], output: output, kernels: kernels)
    case .averagePool(let pooling, let countsPadding):
      return PoolingStep(
        .average(countsPadding: countsPadding), pooling, input: inputs[0], output: output, kernels: kernels)
    case .globalPool(.average):
      return PoolingStep(global: .average(countsPadding: false), input: inputs[0], kernels: kernels)
    case .globalPool(.maximum):
      return PoolingStep(global: .maximum, input: inputs[0], kernels: kernels)
    case .globalPool(.generalizedMean(let power)):
      return GeneralizedMeanStep(
        power: power, pixels: inputs[0].height * inputs[0].width, channels: inputs[0].channels)
    case .add(let function):
      return ElementwiseStep(.add(try activation(function)), shape: output, kernels: kernels)
    case .gate: return ElementwiseStep(.gate, shape: output, kernels: kernels)
    case .activation(let function):
      return ElementwiseStep(.activation(try activation(function)), shape: output, kernels: kernels)
    case .concatenate: return ConcatenateStep(inputShapes: inputs)
    case .pad(let padding): return PadStep(padding: padding, input: inputs[0], output: output)
    case .flatten: return ElementwiseStep(.copy, shape: output, kernels: kernels)
    case .softmax: return SoftmaxStep(count: output.elementCount, kernels: kernels)
    case .normalize: return NormalizeStep(count: output.elementCount)
    }
  }
}
