import Quant

extension TracedGraph {
  /// The network that ends with `output`: names its `embedding` and, where the last dense layer is a classifier,
  /// `logits`, and merges what the graph does to its input into `recipe`.
  ///
  /// The last dense layer is a classifier when softmax or sigmoid follows it, or its name is a classifier's (`fc`,
  /// `classifier`, `head`, `predictions`, …) and no other activation follows; `asked` decides otherwise. A map is pooled
  /// by average.
  package mutating func network(
    endingWith output: TracedValue, head asked: HeadReading, architecture: String, recipe: Recipe,
    assumptions: [String] = []
  ) throws -> FloatNetwork {
    var notes = assumptions
    var last = try settled(output, for: "output")
    guard last > 0 else { throw InputError(.unsupported, "", "the network computes nothing") }
    if graph.shapes[last].isMap {
      last = try globalPool("global_average_pool", .average, of: TracedValue(last)).value
      notes.append("pooling: the last map is averaged, the file ending with a map; --pool decides otherwise")
    }
    let (end, isProbability) = beforeProbabilities(last)
    if let classifier = classifier(end, isProbability: isProbability, asked: asked) {
      let features = graph.nodes[classifier - 1].inputs[0]
      try addOutput("embedding", try vector(features))
      try addOutput("logits", classifier)
      let (from, to) = (graph.shapes[features], graph.shapes[classifier])
      notes.append(
        "classifier: \(graph.name(of: classifier)) (\(from) → \(to)) is left out of the embedding")
    } else {
      try addOutput("embedding", end)
    }
    if let embedding = graph.output(named: "embedding"), isReordered(embedding) {
      notes.append("embedding: the flattened map's elements, ordered by row, column, channel")
    }
    let adjusted = try recipe.absorbing(inputAffine ?? .identity)
    return FloatNetwork(graph: graph, architecture: architecture, recipe: adjusted, assumptions: notes)
  }

  /// The value that a final softmax, sigmoid or L2 normalization is applied to.
  private func beforeProbabilities(_ last: ValueID) -> (value: ValueID, isProbability: Bool) {
    switch graph.nodes[last - 1].operation {
    case .softmax, .activation(.sigmoid): (graph.nodes[last - 1].inputs[0], true)
    case .normalize: (graph.nodes[last - 1].inputs[0], false)
    default: (last, false)
    }
  }

  private func classifier(_ end: ValueID, isProbability: Bool, asked: HeadReading) -> ValueID? {
    guard end > 0, case .dense = graph.nodes[end - 1].operation else { return nil }
    switch asked {
    case .classifier: return end
    case .linear, .relu: return nil
    case .automatic: return isProbability || Head.isClassifier(named: graph.name(of: end)) ? end : nil
    }
  }

  private mutating func vector(_ value: ValueID) throws -> ValueID {
    graph.shapes[value].isMap ? try flatten("features", of: TracedValue(value)).value : value
  }
}

extension Recipe {
  /// This preprocessing followed by `affine` of each of the network's channels.
  ///
  /// - Throws: `InputError` (unsupported) when a factor is zero.
  func absorbing(_ affine: ChannelAffine) throws -> Recipe {
    if affine.isIdentity { return self }
    var result = self
    let (factors, offsets) = (affine.factors(channels: 3), affine.offsets(channels: 3))
    for channel in 0..<3 {
      guard abs(factors[channel]) > 1e-12 else {
        throw InputError(.unsupported, "preprocessing", "the network multiplies its input by zero")
      }
      let deviation = Double(deviation[channel]) / factors[channel]
      result.mean[channel] = Float(Double(mean[channel]) - offsets[channel] * deviation)
      result.deviation[channel] = Float(deviation)
    }
    result.name = "custom"
    try result.validate()
    return result
  }
}
