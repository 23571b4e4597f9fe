import Int8Kernels
import Quant

/// Turns a float network and the ranges of its maps into an Int8 network. A function of its inputs alone: no photos, no
/// threads, no CPU.
public struct Quantizer: Sendable {
  public let network: FloatNetwork
  public let ranges: ActivationRanges

  /// - Parameter network: the network that `ranges` was found for: folded, fused and in Int8 form.
  public init(network: FloatNetwork, ranges: ActivationRanges) {
    self.network = network
    self.ranges = ranges
  }

  /// - Throws: `InputError` naming the layer that has no ranges or whose numbers do not fit Int8 arithmetic.
  public func quantize(provenance: Provenance) throws -> QuantizedModel {
    var quantization: [ChannelQuantization?] = [input.quantization]
    var graph = try Int8Graph(inputShape: network.graph.inputShape)
    for (index, node) in network.graph.nodes.enumerated() {
      try InputError.naming(node.name) {
        let inputs = node.inputs.map { quantization[$0] }
        let parameters: Int8Parameters
        if let task = try convolutionTask(node, value: index + 1, inputs: inputs) {
          let rounded = task.problem.nearest()
          parameters = .convolution(try task.int8(rounded, shifts: task.meanShifts(rounded)))
          quantization.append(task.quantization)
        } else {
          let result: ChannelQuantization?
          (parameters, result) = try otherParameters(node, value: index + 1, inputs: inputs)
          quantization.append(result)
        }
        try graph.append(node.name, node.operation, inputs: node.inputs, parameters: parameters)
      }
    }
    return try model(graph, quantization, provenance: provenance)
  }

  func model(_ graph: Int8Graph, _ quantization: [ChannelQuantization?], provenance: Provenance) throws
    -> QuantizedModel
  {
    var graph = graph
    for output in network.graph.outputs { try graph.addOutput(output.name, output.value) }
    return try QuantizedModel(
      graph: graph, quantization: quantization, recipe: network.recipe, provenance: provenance)
  }

  var input: InputRepresentation { InputRepresentation(recipe: network.recipe) }

  /// The numbers of a node that is no convolution, and how its result is represented.
  func otherParameters(_ node: FloatGraph.Node, value: ValueID, inputs: [ChannelQuantization?]) throws
    -> (Int8Parameters, ChannelQuantization?)
  {
    switch node.operation {
    case .dense(let dense):
      var result = WeightQuantizer.quantize(
        dense, weights: node.parameters.weights, bias: node.parameters.bias)
      if dense.activation == .prelu { result.negativeSlopes = node.parameters.slopes }
      return (.dense(result), nil)
    case .maxPool, .pad: return (.none, inputs[0])
    case .concatenate where inputs[0] == nil: return (.none, nil)
    case .concatenate: return (.none, ChannelQuantization(joining: inputs.compactMap(\.self)))
    case .add(.prelu) where inputs[0] == nil, .activation(.prelu) where inputs[0] == nil:
      return (.slopes(node.parameters.slopes), nil)
    case .add where inputs[0] == nil: return (.none, nil)
    case .batchNormalization(let epsilon) where inputs[0] == nil:
      return (.affine(try Int8Affine(node.parameters, epsilon: epsilon)), nil)
    case .gate:
      return (.none, try ranges(of: value).quantization.keepingGateInRange(input: inputs[0]))
    case .add, .averagePool: return (.none, try ranges(of: value).quantization)
    case .activation where inputs[0] == nil: return (.none, nil)
    case .globalPool, .flatten, .softmax, .normalize: return (.none, nil)
    case .activation, .batchNormalization, .convolution:
      throw InputError(.unsupported, "", "the layer has no Int8 form; the graph was not prepared")
    }
  }

  /// What quantizing a convolution starts from; nil for other nodes.
  func convolutionTask(_ node: FloatGraph.Node, value: ValueID, inputs: [ChannelQuantization?]) throws
    -> ConvolutionTask?
  {
    guard case .convolution(let convolution) = node.operation else { return nil }
    guard let first = inputs[0] else { throw InputError(.malformed, "", "its input is no map") }
    let ranges = try ranges(of: value)
    let floatBias = node.parameters.bias
    var bias = (0..<convolution.outputChannels).map { floatBias.isEmpty ? 0 : Double(floatBias[$0]) }
    var weights = node.parameters.weights
    if node.inputs[0] == 0 {
      weights = input.reordered(weights, convolution)
      input.addRemainder(to: &bias, convolution, weights: weights)
    }
    let strip = ActivationTable.fitted(to: convolution.activation).map {
      StripQuantizer.quantize($0, ranges: ranges)
    }
    let quantization = strip?.1 ?? ranges.quantization
    return ConvolutionTask(
      problem: ScaledConvolution(
        convolution, weights: weights, bias: bias, inputScales: first.scales,
        outputScales: strip == nil ? quantization.scales : nil),
      input: first, inputMeans: try means(of: node.inputs[0], order: input), quantization: quantization,
      activation: strip?.0,
      negativeSlopes: strip == nil ? convolution.negativeSlopes(node.parameters.slopes) : nil)
  }

  /// The means of a map's channels, in the order in which the quantized graph reads them; nil when they are not known.
  private func means(of value: ValueID, order input: InputRepresentation) throws -> [Float]? {
    guard let means = ranges.means[network.graph.name(of: value)] else { return nil }
    guard means.count == network.graph.shapes[value].channels else {
      throw InputError(
        .mismatch, "",
        "the ranges file has \(means.count) means for a map of \(network.graph.shapes[value].channels) channels",
        remedy: "calibrate these weights again")
    }
    return value == 0 ? input.reordered(means) : means
  }

  private func ranges(of value: ValueID) throws -> ChannelRanges {
    guard let ranges = ranges.ranges[network.graph.name(of: value)] else {
      throw InputError(
        .mismatch, "", "the ranges file has no ranges for this layer", remedy: "calibrate these weights again"
      )
    }
    let channels = network.graph.shapes[value].channels
    guard ranges.channels == channels else {
      throw InputError(
        .mismatch, "", "the ranges file has \(ranges.channels) channels for a layer of \(channels)",
        remedy: "calibrate these weights again")
    }
    return ranges
  }
}

extension Convolution {
  fileprivate func negativeSlopes(_ slopes: [Float]) -> [Float]? {
    switch activation {
    case .leakyRelu(let slope): [Float](repeating: slope, count: outputChannels)
    case .prelu: slopes
    default: nil
    }
  }
}

extension Int8Affine {
  /// gamma / √(variance + epsilon) and beta − mean · factor, in Double, rounded once.
  fileprivate init(_ parameters: FloatParameters, epsilon: Float) throws {
    guard let statistics = parameters.normalization else {
      throw InputError(.malformed, "", "it has no statistics")
    }
    let affine = ChannelwiseAffine(statistics, epsilon: epsilon)
    self.init(factor: affine.factor.map { Float($0) }, offset: affine.offset.map { Float($0) })
  }
}

extension ChannelQuantization {
  fileprivate init(joining parts: [ChannelQuantization]) {
    self.init(scales: parts.flatMap(\.scales), zeroPoints: parts.flatMap(\.zeroPoints))
  }

  /// The gate product shifts by at most 7 bits: no output scale below 1/127 of the input's.
  fileprivate func keepingGateInRange(input: ChannelQuantization?) -> ChannelQuantization {
    guard let input else { return self }
    var result = self
    for channel in scales.indices {
      result.scales[channel] = max(scales[channel], input.scales[channel] / 127)
    }
    return result
  }
}
