import CFloatKernels
import Quant

/// One node of a float graph, prepared for one kernel set: immutable, to be run from any thread.
package final class FloatLayer: Sendable {
  private let work: any FloatWork
  private let outputCount: Int

  /// - Throws: `InputError` when the node's parameters do not have the sizes that its attributes imply.
  package init(
    node: FloatGraph.Node, inputShapes: [Shape], outputShape: Shape, kernels: FloatKernelSet = .best
  ) throws {
    outputCount = outputShape.elementCount
    do {
      work = try Self.makeWork(node, inputShapes, outputShape, kernels)
    } catch let error as InputError where error.subject.isEmpty {
      throw InputError(error.kind, node.name, error.reason, remedy: error.remedy)
    }
  }

  /// - Precondition: the pointers have the elements of the node's input and output shapes.
  package func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    work.run(inputs: inputs, output: output)
  }

  /// The result for whole inputs.
  package func run(on inputs: [[Float]]) -> [Float] {
    withPointers(to: inputs[...], []) { pointers in
      [Float](unsafeUninitializedCapacity: outputCount) { buffer, count in
        if let output = buffer.baseAddress { work.run(inputs: pointers, output: output) }
        count = outputCount
      }
    }
  }

  private func withPointers(
    to inputs: ArraySlice<[Float]>, _ pointers: [UnsafePointer<Float>],
    _ body: ([UnsafePointer<Float>]) -> [Float]
  ) -> [Float] {
    guard let first = inputs.first else { return body(pointers) }
    return first.withUnsafeBufferPointer { buffer in
      withPointers(to: inputs.dropFirst(), pointers + (buffer.baseAddress.map { [$0] } ?? []), body)
    }
  }

  private static func makeWork(
    _ node: FloatGraph.Node, _ inputs: [Shape], _ output: Shape, _ kernels: FloatKernelSet
  ) throws -> any FloatWork {
    let parameters = node.parameters
    switch node.operation {
    case .convolution(let convolution):
      try parameters.check(weights: convolution.weightCount, channels: convolution.outputChannels)
      let activation = try FloatActivation(
        convolution.activation, slopes: parameters.slopes, channels: convolution.outputChannels,
        kernels: kernels)
      return convolution.isDepthwise
        ? FloatDepthwise(convolution, parameters, inputs[0], output, activation, kernels)
        : FloatConvolution(convolution, parameters, inputs[0], output, activation, kernels)
    case .dense(let dense):
      try parameters.check(weights: dense.inputs * dense.outputs, channels: dense.outputs)
      let pointwise = Convolution(inputChannels: dense.inputs, outputChannels: dense.outputs)
      let activation = try FloatActivation(
        dense.activation, slopes: parameters.slopes, channels: dense.outputs, kernels: kernels)
      return FloatConvolution(
        pointwise, parameters, .map(height: 1, width: 1, channels: dense.inputs),
        .map(height: 1, width: 1, channels: dense.outputs), activation, kernels)
    case .batchNormalization(let epsilon):
      return try FloatNormalization(parameters, epsilon: epsilon, shape: output, kernels)
    case .maxPool(let pooling): return FloatPool(pooling, inputs[0], output, kind: .maximum, kernels)
    case .averagePool(let pooling, let countsPadding):
      return FloatPool(pooling, inputs[0], output, kind: .average(countsPadding: countsPadding), kernels)
    case .globalPool(let kind): return FloatGlobalPool(kind, inputs[0], kernels)
    case .add(let activation):
      return FloatAdd(
        count: output.elementCount,
        activation: try FloatActivation(
          activation, slopes: parameters.slopes, channels: output.channels, kernels: kernels), kernels)
    case .gate: return FloatGate(inputs[0], kernels)
    case .activation(let activation):
      return FloatElementwise(
        count: output.elementCount,
        activation: try FloatActivation(
          activation, slopes: parameters.slopes, channels: output.channels, kernels: kernels))
    case .concatenate: return FloatConcatenate(inputs)
    case .pad(let padding): return FloatPad(padding, inputs[0], output)
    case .flatten: return FloatCopy(count: output.elementCount)
    case .softmax: return FloatSoftmax(count: output.elementCount, kernels)
    case .normalize: return FloatNormalizeLength(count: output.elementCount)
    }
  }
}

/// What a layer does with its inputs.
protocol FloatWork: Sendable {
  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>)
}

extension FloatParameters {
  fileprivate func check(weights count: Int, channels: Int) throws {
    guard weights.count == count, bias.isEmpty || bias.count == channels else {
      throw InputError(
        .mismatch, "",
        "\(weights.count) weights and \(bias.count) biases for a layer of \(count) weights and \(channels) outputs"
      )
    }
  }
}

/// A function on a layer's results: limits that the kernels apply themselves, then, for others, a pass over them.
struct FloatActivation: Sendable {
  let lower: Float
  let upper: Float
  private let function: fk_activation?
  private let slopes: [Float]?
  private let kernels: FloatKernelSet

  init(_ activation: Activation, slopes: [Float], channels: Int, kernels: FloatKernelSet) throws {
    self.kernels = kernels
    var lower = -Float.infinity
    var upper = Float.infinity
    var kind: fk_function?
    var slope: Float = 0
    switch activation {
    case .identity, .prelu: break
    case .relu: lower = 0
    case .relu6: (lower, upper) = (0, 6)
    case .leakyRelu(let value): (kind, slope) = (fk_leaky_relu, value)
    case .silu: kind = fk_silu
    case .hardSwish: kind = fk_hard_swish
    case .gelu: kind = fk_gelu
    case .sigmoid: kind = fk_sigmoid
    case .hardSigmoid: kind = fk_hard_sigmoid
    case .tanh: kind = fk_tanh
    }
    if activation == .prelu, slopes.count != channels {
      throw InputError(.mismatch, "", "\(slopes.count) slopes for \(channels) channels")
    }
    self.lower = lower
    self.upper = upper
    self.slopes = activation == .prelu ? slopes : nil
    function = kind.map { fk_activation(function: $0, slope: slope, lower: 0, upper: 0) }
  }

  /// Applies what the limits do not say to `count` elements, whole pixels.
  func finish(_ elements: UnsafeMutablePointer<Float>, count: Int) {
    if var function {
      kernels.kernels.pointee.activation(&function, elements, elements, count)
    } else if let slopes {
      for start in stride(from: 0, to: count, by: slopes.count) {
        kernels.kernels.pointee.prelu(elements + start, slopes, elements + start, slopes.count)
      }
    }
  }

  /// All of it, on elements that no kernel has limited.
  func apply(_ input: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, count: Int) {
    var clamp = fk_activation(function: fk_clamp, slope: 0, lower: lower, upper: upper)
    kernels.kernels.pointee.activation(&clamp, input, output, count)
    finish(output, count: count)
  }
}
