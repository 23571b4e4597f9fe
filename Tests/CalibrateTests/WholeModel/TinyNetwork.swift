import Calibrate
import Quant
import TestSupport

/// A network of 32×32 pictures with every operation of the quantized graph, random weights from a seed.
///
/// Its model bytes and embeddings are the same on every CPU: WholeModelTests knows their SHA-256.
struct TinyNetwork {
  private(set) var graph: FloatGraph
  private var generator = SeededGenerator(seed: 2026)

  static let side = 32
  static let photoCount = 8

  static let recipe = Recipe(
    name: "custom", resize: .none, filter: .bilinear, inputSize: Size2D(side), channelOrder: .bgr, scale: 255,
    mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])

  static func network() throws -> FloatNetwork {
    var network = try TinyNetwork()
    try network.build()
    return FloatNetwork(graph: network.graph, architecture: "test/tiny", recipe: recipe)
  }

  static func photos() -> Photos { photos(0..<photoCount) }

  static func photos(_ numbers: Range<Int>) -> Photos {
    Photos(count: numbers.count) { pixels(ofPhoto: numbers.lowerBound + $0) }
  }

  /// A random picture of 8×8 blocks with a little noise.
  private static func pixels(ofPhoto index: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: 100 + UInt64(index))
    var coarse: [Int] = []
    for _ in 0..<8 * 8 * 3 { coarse.append(Int(generator.next() >> 56)) }
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        for channel in 0..<3 {
          let block = coarse[(y / 4 * 8 + x / 4) * 3 + channel]
          let noise = Int(generator.next() >> 60) - 8
          pixels.append(UInt8(min(max(block + noise, 0), 255)))
        }
      }
    }
    return pixels
  }

  private init() throws {
    graph = try FloatGraph(inputShape: .map(height: Self.side, width: Self.side, channels: 3))
  }

  private mutating func random(_ count: Int, _ magnitude: Float) -> [Float] {
    (0..<count).map { _ in generator.float(in: -magnitude...magnitude) }
  }

  private mutating func convolution(
    _ name: String, _ input: ValueID, to outputs: Int, kernel: Int, stride: Int = 1, padding: Padding? = nil,
    dilation: Int = 1, groups: Int = 1, _ activation: Activation = .identity, residual: ValueID? = nil
  ) throws -> ValueID {
    let inputs = graph.shapes[input].channels
    let attributes = Convolution(
      inputChannels: inputs, outputChannels: outputs, kernel: Size2D(kernel), stride: Size2D(stride),
      dilation: Size2D(dilation), padding: padding ?? Padding(dilation * (kernel - 1) / 2), groups: groups,
      activation: activation, hasResidual: residual != nil)
    let magnitude = (6 / Float(attributes.products)).squareRoot()
    var parameters = FloatParameters(
      weights: random(attributes.weightCount, magnitude), bias: random(outputs, 0.3))
    if activation == .prelu { parameters.slopes = random(outputs, 0.5) }
    return try graph.append(
      name, .convolution(attributes), inputs: [input] + (residual.map { [$0] } ?? []), parameters: parameters)
  }

  private mutating func dense(
    _ name: String, _ input: ValueID, to outputs: Int, _ activation: Activation = .identity
  )
    throws -> ValueID
  {
    let inputs = graph.shapes[input].elementCount
    var parameters = FloatParameters(
      weights: random(inputs * outputs, (3 / Float(inputs)).squareRoot()), bias: random(outputs, 0.1))
    if activation == .prelu { parameters.slopes = random(outputs, 0.5) }
    return try graph.append(
      name, .dense(Dense(inputs: inputs, outputs: outputs, activation: activation)), inputs: [input],
      parameters: parameters)
  }

  private mutating func append(_ name: String, _ operation: Quant.Operation, _ inputs: ValueID...) throws
    -> ValueID
  {
    try graph.append(name, operation, inputs: inputs, parameters: .none)
  }

  private mutating func build() throws {
    var x = try convolution(
      "stem", 0, to: 18, kernel: 3, stride: 2, padding: Padding(top: 0, left: 0, bottom: 1, right: 1), .relu6)
    x = try invertedResidual(x)
    x = try everyActivation(x)
    x = try poolings(x)
    x = try convolution("head", x, to: 37, kernel: 1, .relu)
    try vectors(x)
  }

  /// Expand, depthwise, squeeze-and-excite, project, add: EfficientNet's block, and ResNet's fused residual.
  private mutating func invertedResidual(_ input: ValueID) throws -> ValueID {
    var x = try convolution("expand", input, to: 35, kernel: 1, .silu)
    x = try convolution("depthwise5", x, to: 35, kernel: 5, groups: 35, .silu)
    var gate = try append("squeeze", .globalPool(.average), x)
    gate = try dense("reduce", gate, to: 5, .silu)
    gate = try dense("excite", gate, to: 35, .sigmoid)
    x = try append("gate", .gate, x, gate)
    x = try convolution("project", x, to: 18, kernel: 1, residual: input)
    x = try convolution("residual", x, to: 18, kernel: 3, .relu, residual: x)
    return try append("add", .add(.relu6), x, input)
  }

  private mutating func everyActivation(_ input: ValueID) throws -> ValueID {
    var x = input
    let activations: [(String, Activation)] = [
      ("hardswish", .hardSwish), ("gelu", .gelu), ("tanh", .tanh), ("sigmoid", .sigmoid),
      ("hardsigmoid", .hardSigmoid), ("leaky", .leakyRelu(slope: 0.1)), ("prelu", .prelu),
    ]
    var parts: [ValueID] = []
    for (index, (name, activation)) in activations.enumerated() {
      x = try convolution(
        name, input, to: 6 + index, kernel: index % 2 == 0 ? 1 : 3, dilation: index == 3 ? 2 : 1,
        groups: index == 2 ? 2 : 1, activation)
      parts.append(x)
    }
    let joined = try graph.append("concat", .concatenate, inputs: parts, parameters: .none)
    let mixed = try convolution("mix", joined, to: 24, kernel: 3, stride: 2, groups: 3)
    return try append("mix/silu", .activation(.silu), mixed)
  }

  private mutating func poolings(_ input: ValueID) throws -> ValueID {
    let padded = try append("pad", .pad(Padding(top: 1, left: 0, bottom: 0, right: 2)), input)
    let largest = try append(
      "maxpool", .maxPool(Pooling(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))), padded)
    let depthwise = try convolution("depthwise3", padded, to: 24, kernel: 3, stride: 2, groups: 24, .relu)
    let mean = try append(
      "avgpool",
      .averagePool(Pooling(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1)), countsPadding: false),
      padded)
    let counted = try append(
      "avgpool_counted",
      .averagePool(Pooling(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1)), countsPadding: true),
      padded)
    let first = try append("sum1", .add(.identity), largest, depthwise)
    let second = try append("sum2", .add(.identity), mean, counted)
    return try append("sum/gelu", .add(.gelu), first, second)
  }

  private mutating func vectors(_ map: ValueID) throws {
    let mean = try append("mean", .globalPool(.average), map)
    let largest = try append("largest", .globalPool(.maximum), map)
    var parts = [mean, largest]
    for power in 2...4 { parts.append(try append("gem\(power)", .globalPool(.generalizedMean(power)), map)) }
    let small = try convolution("small", map, to: 2, kernel: 1)
    parts.append(try append("flatten", .flatten, small))
    let joined = try graph.append("vector", .concatenate, inputs: parts, parameters: .none)
    let hidden = try dense("hidden", joined, to: 40, .hardSwish)
    let other = try dense("other", joined, to: 40, .tanh)
    let sum = try append("vector_sum", .add(.relu), hidden, other)
    let statistics = BatchStatistics(
      mean: random(40, 0.2), variance: random(40, 0.5).map { $0 + 1 }, gamma: random(40, 0.3).map { $0 + 1 },
      beta: random(40, 0.4))
    let scaled = try graph.append(
      "vector_bn", .batchNormalization(epsilon: 1e-3), inputs: [sum],
      parameters: FloatParameters(normalization: statistics))
    let bent = try graph.append(
      "vector_prelu", .activation(.prelu), inputs: [scaled],
      parameters: FloatParameters(slopes: random(40, 0.5)))
    let turned = try dense("turned", bent, to: 40, .prelu)
    let embedding = try append("vector_gelu", .activation(.gelu), turned)
    let logits = try dense("classifier", embedding, to: 11)
    let normalized = try append("normalized", .normalize, embedding)
    try graph.addOutput("embedding", embedding)
    try graph.addOutput("logits", logits)
    try graph.addOutput("probabilities", try append("probabilities", .softmax, logits))
    try graph.addOutput("normalized", normalized)
  }
}
