import Quant

extension KerasTracer {
  /// One layer's result.
  mutating func apply(_ kind: KerasLayerKind, _ operands: KerasOperands, _ tensors: KerasLayerTensors) throws
    -> KerasValue
  {
    if case .operation(let operation) = kind { return try compute(operation, operands, tensors.path) }
    guard let input = operands.values.first, operands.values.count == 1 else {
      throw InputError(
        .malformed, tensors.path, "it is called with \(operands.values.count) tensors instead of one")
    }
    guard input.channel == nil else {
      throw InputError(.unsupported, tensors.path, "it reads a single channel of the network's input")
    }
    if case .batchNormalization = kind, operands.constant("training", at: 1) == .constant(.bool(true)) {
      throw InputError(
        .unsupported, tensors.path, "it normalizes by the batch's own statistics (training=True)",
        remedy: "build the model for inference and save it again")
    }
    let result = try apply(kind, input.traced, tensors)
    return KerasValue(result, isReversed: result.value == 0 && input.isReversed)
  }

  private mutating func apply(_ kind: KerasLayerKind, _ x: TracedValue, _ tensors: KerasLayerTensors) throws
    -> TracedValue
  {
    let path = tensors.path
    switch kind {
    case .identity: return x
    case .convolution(let convolution): return try convolve(convolution, x, tensors)
    case .depthwise(let convolution): return try convolveDepthwise(convolution, x, tensors)
    case .separable(let convolution): return try convolveSeparable(convolution, x, tensors)
    case .dense(let units, let usesBias, let activation):
      return try dense(units: units, usesBias: usesBias, activation, x, tensors)
    case .batchNormalization(let normalization): return try normalize(normalization, x, tensors)
    case .activation(let activation): return try activate(path, activation, x)
    case .prelu(let sharedAxes): return try prelu(sharedAxes, x, tensors)
    case .pool(let pooling): return try pool(pooling, x, path)
    case .globalPool(let pooling): return try graph.globalPool(path, pooling, of: x)
    case .zeroPadding(let padding): return try graph.pad(path, padding, of: x)
    case .flatten: return try graph.flatten(path, of: x)
    case .reshape(let target): return try reshape(target, x, path)
    case .rescaling(let scale, let offset):
      return try graph.affine(path, factor: scale, offset: offset, of: x)
    case .normalization(let moments):
      let moments = try moments ?? weightMoments(tensors, channels: graph.shape(of: x).channels)
      return try standardize(moments, x, path)
    case .unitNormalization: return try graph.normalize(path, of: x)
    case .input, .model, .operation: throw InputError(.malformed, path, "it is called like a layer")
    }
  }

  // MARK: - Normalizations

  private mutating func normalize(
    _ normalization: KerasNormalization, _ x: TracedValue, _ tensors: KerasLayerTensors
  ) throws -> TracedValue {
    let shape = graph.shape(of: x)
    guard normalization.axis == -1 || normalization.axis == 3 || (!shape.isMap && normalization.axis == 1)
    else {
      throw InputError(
        .unsupported, tensors.path, "it normalizes along axis \(normalization.axis), not the channels",
        remedy: "build the model with channels_last and save it again")
    }
    let count = shape.channels
    let statistics = BatchStatistics(
      mean: try tensors.vector("moving_mean", count: count),
      variance: try tensors.vector("moving_variance", count: count),
      gamma: normalization.hasScale
        ? try tensors.vector("gamma", count: count) : [Float](repeating: 1, count: count),
      beta: normalization.hasCenter
        ? try tensors.vector("beta", count: count) : [Float](repeating: 0, count: count))
    return try graph.batchNormalization(tensors.path, statistics, epsilon: normalization.epsilon, of: x)
  }

  private func weightMoments(_ tensors: KerasLayerTensors, channels: Int) throws -> KerasMoments {
    func moment(_ name: String) throws -> [Double] {
      let tensor = try tensors.tensor(name, usually: [channels])
      guard tensor.elements.count == channels || tensor.elements.count == 1 else {
        throw InputError(.mismatch, tensors.path, "its \(name) is \(tensor.shape) for \(channels) channels")
      }
      return tensor.elements.map(Double.init)
    }
    return KerasMoments(mean: try moment("mean"), variance: try moment("variance"))
  }

  /// (x − mean) / max(√variance, 10⁻⁷)
  private func standardize(_ moments: KerasMoments, _ x: TracedValue, _ path: String) throws -> TracedValue {
    guard moments.variance.allSatisfy({ $0 >= 0 }) else {
      throw InputError(.malformed, path, "a variance is negative")
    }
    let centred = try graph.affine(path, factor: [1], offset: moments.mean.map { -$0 }, of: x)
    let factor = moments.variance.map { 1 / max($0.squareRoot(), 1e-7) }
    return try graph.affine(path, factor: factor, offset: [0], of: centred)
  }

  // MARK: - Activations

  mutating func activate(_ name: String, _ activation: KerasActivation, _ x: TracedValue) throws
    -> TracedValue
  {
    switch activation {
    // A part of the hard sigmoid, where x + 3 precedes.
    case .plain(.relu6): return try graph.clip(name, lower: 0, upper: 6, of: x)
    case .plain(let function): return try graph.activation(name, function, of: x)
    case .olderHardSigmoid:
      // clip(0.2x + 0.5, 0, 1) = relu6(1.2x + 3) / 6
      let scaled = try graph.affine(name, factor: [1.2], offset: [0], of: x)
      return try graph.activation(name, .hardSigmoid, of: scaled)
    case .softmax: return try graph.softmax(name, of: x)
    }
  }

  private mutating func prelu(_ sharedAxes: Set<Int>, _ x: TracedValue, _ tensors: KerasLayerTensors) throws
    -> TracedValue
  {
    let shape = graph.shape(of: x)
    let slopes = try tensors.tensor("alpha", usually: [1, 1, shape.channels]).elements
    guard slopes.count == shape.channels || slopes.count == 1,
      !shape.isMap || sharedAxes.isSuperset(of: [1, 2])
    else {
      throw InputError(
        .unsupported, tensors.path, "its PReLU has \(slopes.count) slopes for \(shape)",
        remedy: "one slope a channel is computed (shared_axes=[1, 2])")
    }
    let all = slopes.count == 1 ? [Float](repeating: slopes[0], count: shape.channels) : slopes
    return try graph.activation(tensors.path, .prelu, slopes: all, of: x)
  }

  // MARK: - Pooling and shape

  private mutating func pool(_ pooling: KerasPooling, _ x: TracedValue, _ path: String) throws -> TracedValue
  {
    let shape = graph.shape(of: x)
    let padding =
      pooling.isSame
      ? Padding.same(
        input: Size2D(height: shape.height, width: shape.width), kernel: pooling.kernel,
        stride: pooling.stride)
      : .none
    let window = Pooling(kernel: pooling.kernel, stride: pooling.stride, padding: padding)
    return pooling.isMaximum
      ? try graph.maxPool(path, window, of: x)
      : try graph.averagePool(path, window, countsPadding: false, of: x)
  }

  /// Between C, 1×1×C and a map's elements in order: what keeps the elements' order in a vector.
  private mutating func reshape(_ target: [Int], _ x: TracedValue, _ path: String) throws -> TracedValue {
    let shape = graph.shape(of: x)
    let known = target.filter { $0 > 0 }
    var product = 1
    for side in known {
      let (next, overflow) = product.multipliedReportingOverflow(by: side)
      guard !overflow else { throw InputError(.malformed, path, "its target shape is \(target)") }
      product = next
    }
    let open = target.count - known.count
    guard open <= 1, open == 0 ? product == shape.elementCount : shape.elementCount % product == 0 else {
      throw InputError(.mismatch, path, "it reshapes \(shape) to \(target)")
    }
    let missing = shape.elementCount / product
    let full = target.map { $0 > 0 ? $0 : missing }
    if shape.isMap, full == [shape.height, shape.width, shape.channels] { return x }
    if full.count == 1 { return try graph.flatten(path, of: x) }
    guard full.dropLast().allSatisfy({ $0 == 1 }) else {
      throw InputError(
        .unsupported, path, "it reshapes \(shape) to \(full)",
        remedy: "reshaping to a vector or to 1×1×C is read")
    }
    return try graph.flatten(path, of: x)
  }
}
