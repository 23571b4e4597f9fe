import Quant

/// Builds a float graph from a framework's own nodes, in the framework's order, in NHWC.
///
/// It sees through what frameworks write apart (`TracedValue`), and through maps of one pixel: what follows a global
/// pooling is a vector, a 1×1 convolution of it a dense layer, its product with a map a gate. Arithmetic on the
/// network's input becomes part of the preprocessing (`inputAffine`).
///
/// Every method throws `InputError` naming the node when attributes, shapes or parameters do not fit.
package struct TracedGraph {
  package private(set) var graph: FloatGraph
  /// Whether the framework's maps are NCHW: the order in which they are flattened.
  package let isChannelsFirst: Bool
  /// What the network computes on its input before anything else, once that is known.
  package private(set) var inputAffine: ChannelAffine?
  /// The number after each name that was taken last.
  private var names: [String: Int]
  /// What pending arithmetic has become nodes.
  private var settledValues: [TracedValue: ValueID] = [:]
  /// The maps of more than one pixel that NCHW vectors were flattened from: the framework orders them [channel][pixel],
  /// this graph [pixel][channel].
  private var flattenedMaps: [ValueID: Shape] = [:]

  package init(inputShape: Shape, isChannelsFirst: Bool) throws {
    graph = try FloatGraph(inputShape: inputShape)
    self.isChannelsFirst = isChannelsFirst
    names = [FloatGraph.inputName: 1]
  }

  package var input: TracedValue { TracedValue(0) }

  package func shape(of value: TracedValue) -> Shape { graph.shapes[value.value] }

  mutating func addOutput(_ name: String, _ value: ValueID) throws { try graph.addOutput(name, value) }

  // MARK: - Nodes

  /// `name`, or with a number after it when it is taken.
  private mutating func unique(_ name: String) -> String {
    let base = name.isEmpty ? "node" : name
    guard var number = names[base] else {
      names[base] = 1
      return base
    }
    repeat { number += 1 } while names["\(base)_\(number)"] != nil
    names[base] = number
    names["\(base)_\(number)"] = 1
    return "\(base)_\(number)"
  }

  package mutating func append(
    _ name: String, _ operation: Operation, _ inputs: [ValueID], _ parameters: FloatParameters = .none
  ) throws -> TracedValue {
    let unique = unique(name)
    let flattened = try flattenedMap(unique, operation, inputs)
    let parameters = flattened.map { parameters.inOrderOfChannelsLast(of: $0) } ?? parameters
    let value = try graph.append(unique, operation, inputs: inputs, parameters: parameters)
    flattenedMaps[value] = flattened
    do {
      try parameters.check(fits: operation, inputShapes: inputs.map { graph.shapes[$0] })
    } catch let error as InputError {
      throw InputError(error.kind, unique, error.reason, remedy: error.remedy)
    }
    return TracedValue(value)
  }

  /// The value with nothing pending: what is pending becomes preprocessing on the network's input, elsewhere a batch
  /// normalization of its own (folded later where a convolution precedes).
  package mutating func settled(_ traced: TracedValue, for name: String) throws -> ValueID {
    if traced.value == 0, inputAffine == nil || inputAffine == traced.pending {
      inputAffine = traced.pending
      return 0
    }
    // Another reader of the input has settled on other preprocessing.
    if traced.value == 0 {
      throw InputError(
        .unsupported, name, "two layers read the network's input with different scaling",
        remedy: "scale the input once, before the network")
    }
    if traced.isPlain { return traced.value }
    if let settled = settledValues[traced] { return settled }
    let channels = graph.shapes[traced.value].channels
    let statistics = BatchStatistics(
      mean: .init(repeating: 0, count: channels), variance: .init(repeating: 1, count: channels),
      gamma: traced.pending.factors(channels: channels).map { Float($0) },
      beta: traced.pending.offsets(channels: channels).map { Float($0) })
    let settled = try append(
      "\(name)/affine", .batchNormalization(epsilon: 0), [traced.value],
      FloatParameters(normalization: statistics)
    ).value
    settledValues[traced] = settled
    return settled
  }

  private mutating func one(
    _ name: String, _ operation: Operation, of x: TracedValue, _ parameters: FloatParameters = .none
  ) throws -> TracedValue {
    try append(name, operation, [settled(x, for: name)], parameters)
  }

  /// - Parameters:
  ///   - attributes: its activation is the identity, it has no residual.
  ///   - weights: OHWI.
  package mutating func convolution(
    _ name: String, _ attributes: Convolution, weights: [Float], bias: [Float], of x: TracedValue
  ) throws -> TracedValue {
    let parameters = FloatParameters(weights: weights, bias: bias)
    if !shape(of: x).isMap, attributes.kernel == Size2D(1), attributes.padding == .none {
      guard attributes.groups == 1 else { return try scaled(name, attributes, parameters, x) }
      let dense = Dense(inputs: attributes.inputChannels, outputs: attributes.outputChannels)
      return try one(name, .dense(dense), of: x, parameters)
    }
    return try one(name, .convolution(attributes), of: x, parameters)
  }

  /// A depthwise 1×1 convolution of a vector.
  private mutating func scaled(
    _ name: String, _ attributes: Convolution, _ parameters: FloatParameters, _ x: TracedValue
  ) throws -> TracedValue {
    guard attributes.isDepthwise else {
      throw InputError(.unsupported, name, "a grouped convolution of a vector")
    }
    let offset = parameters.bias.isEmpty ? [0] : parameters.bias.map(Double.init)
    return try affine(name, factor: parameters.weights.map(Double.init), offset: offset, of: x)
  }

  /// - Parameter weights: `[output][input]`, the inputs in the framework's order where `x` was flattened.
  package mutating func dense(
    _ name: String, outputs: Int, weights: [Float], bias: [Float], of x: TracedValue
  ) throws -> TracedValue {
    let value = try settled(x, for: name)
    let dense = Dense(inputs: graph.shapes[value].elementCount, outputs: outputs)
    let isFitting = dense.inputs.multipliedReportingOverflow(by: outputs)
    guard !isFitting.overflow, weights.count == isFitting.partialValue else {
      throw InputError(
        .mismatch, name, "it has \(weights.count) weights for \(dense.inputs) inputs and \(outputs) outputs")
    }
    let columns = flattenedMaps[value].map { weights.inOrderOfChannelsLast(of: $0) } ?? weights
    return try append(name, .dense(dense), [value], FloatParameters(weights: columns, bias: bias))
  }

  /// The map that the result of an operation on a flattened one is in the order of; nil where orders do not differ.
  ///
  /// - Throws: `InputError` (unsupported) where vectors of different orders meet.
  private func flattenedMap(_ name: String, _ operation: Operation, _ inputs: [ValueID]) throws -> Shape? {
    let maps = inputs.map { flattenedMaps[$0] }
    guard let first = maps.first, maps.contains(where: { $0 != nil }) else { return nil }
    if case .dense = operation { return nil }
    if case .concatenate = operation, maps.count > 1 {
      throw InputError(.unsupported, name, "it concatenates a flattened map with other values")
    }
    guard maps.allSatisfy({ $0 == first }) else {
      throw InputError(.unsupported, name, "it computes with a flattened map and other values")
    }
    return first
  }

  package mutating func batchNormalization(
    _ name: String, _ statistics: BatchStatistics, epsilon: Float, of x: TracedValue
  ) throws -> TracedValue {
    if x.value == 0, inputAffine == nil {
      try check(statistics, name, channels: shape(of: x).channels)
      let factor = zip(statistics.gamma, statistics.variance).map {
        Double($0) / (Double($1) + Double(epsilon)).squareRoot()
      }
      let offset = factor.indices.map {
        Double(statistics.beta[$0]) - Double(statistics.mean[$0]) * factor[$0]
      }
      return try affine(name, factor: factor, offset: offset, of: x)
    }
    return try one(
      name, .batchNormalization(epsilon: epsilon), of: x, FloatParameters(normalization: statistics))
  }

  private func check(_ statistics: BatchStatistics, _ name: String, channels: Int) throws {
    do { try statistics.check(channels: channels) } catch let error as InputError {
      throw InputError(error.kind, name, error.reason, remedy: error.remedy)
    }
  }

  package mutating func maxPool(_ name: String, _ pooling: Pooling, of x: TracedValue) throws -> TracedValue {
    try one(name, .maxPool(pooling), of: x)
  }

  /// One window that covers the whole map is a global pooling.
  package mutating func averagePool(
    _ name: String, _ pooling: Pooling, countsPadding: Bool, of x: TracedValue
  ) throws -> TracedValue {
    let shape = shape(of: x)
    if shape.isMap, pooling.padding == .none,
      pooling.kernel == Size2D(height: shape.height, width: shape.width)
    {
      return try globalPool(name, .average, of: x)
    }
    return try one(name, .averagePool(pooling, countsPadding: countsPadding), of: x)
  }

  /// Of a vector, which is a map of one pixel: the vector itself.
  package mutating func globalPool(_ name: String, _ kind: GlobalPooling, of x: TracedValue) throws
    -> TracedValue
  {
    if !shape(of: x).isMap, kind == .average || kind == .maximum { return x }
    return try one(name, .globalPool(kind), of: x)
  }

  package mutating func pad(_ name: String, _ padding: Padding, of x: TracedValue) throws -> TracedValue {
    padding == .none ? x : try one(name, .pad(padding), of: x)
  }

  /// - Parameter isChannelsFirst: the order in which the framework flattens; nil for that of its maps.
  package mutating func flatten(_ name: String, isChannelsFirst: Bool? = nil, of x: TracedValue) throws
    -> TracedValue
  {
    let map = shape(of: x)
    guard map.isMap else { return x }
    let flat = try one(name, .flatten, of: x)
    if isChannelsFirst ?? self.isChannelsFirst, map.channels > 1, map.height * map.width > 1 {
      flattenedMaps[flat.value] = map
    }
    return flat
  }

  /// Whether the vector's elements stand in another order than the framework's.
  func isReordered(_ value: ValueID) -> Bool { flattenedMaps[value] != nil }

  package mutating func softmax(_ name: String, of x: TracedValue) throws -> TracedValue {
    try one(name, .softmax, of: x)
  }

  package mutating func normalize(_ name: String, of x: TracedValue) throws -> TracedValue {
    try one(name, .normalize, of: x)
  }

  package mutating func activation(
    _ name: String, _ activation: Activation, slopes: [Float] = [], of x: TracedValue
  ) throws -> TracedValue {
    if activation == .identity { return x }
    return try one(name, .activation(activation), of: x, FloatParameters(slopes: slopes))
  }

  package mutating func concatenate(_ name: String, _ inputs: [TracedValue]) throws -> TracedValue {
    let values = try inputs.map { try settled($0, for: name) }
    return values.count == 1 ? TracedValue(values[0]) : try append(name, .concatenate, values)
  }
}

extension Array {
  /// Rows of elements of a flattened NCHW map, each put into the order of the flattened NHWC map; other arrays as they are.
  fileprivate func inOrderOfChannelsLast(of map: Shape) -> [Element] {
    let (pixels, channels) = (map.height * map.width, map.channels)
    guard count > 0, count % (pixels * channels) == 0 else { return self }
    var result: [Element] = []
    result.reserveCapacity(count)
    for row in stride(from: 0, to: count, by: pixels * channels) {
      for pixel in 0..<pixels {
        for channel in 0..<channels { result.append(self[row + channel * pixels + pixel]) }
      }
    }
    return result
  }
}

extension FloatParameters {
  /// The parameters of a function of each element of a flattened NCHW map.
  fileprivate func inOrderOfChannelsLast(of map: Shape) -> FloatParameters {
    var result = self
    result.slopes = slopes.inOrderOfChannelsLast(of: map)
    guard let statistics = normalization else { return result }
    result.normalization = BatchStatistics(
      mean: statistics.mean.inOrderOfChannelsLast(of: map),
      variance: statistics.variance.inOrderOfChannelsLast(of: map),
      gamma: statistics.gamma.inOrderOfChannelsLast(of: map),
      beta: statistics.beta.inOrderOfChannelsLast(of: map))
    return result
  }
}
