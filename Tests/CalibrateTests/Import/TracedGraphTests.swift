import Calibrate
import EdgeTool
import Quant
import TestSupport
import Testing

/// What frameworks write as several nodes becomes one operation, or preprocessing.
@Suite struct TracedGraphTests {
  private func map(_ channels: Int = 3) throws -> TracedGraph {
    try TracedGraph(
      inputShape: .map(height: 4, width: 6, channels: channels), isChannelsFirst: true)
  }

  private func pointwise(_ graph: inout TracedGraph, _ name: String, _ outputs: Int, of x: TracedValue) throws
    -> TracedValue
  {
    let inputs = graph.shape(of: x).channels
    return try graph.convolution(
      name, Convolution(inputChannels: inputs, outputChannels: outputs),
      weights: Seeded.tensor(name, [outputs, inputs, 1, 1]).elements, bias: [], of: x)
  }

  private func operation(_ graph: TracedGraph, _ value: TracedValue) -> Quant.Operation? {
    value.value > 0 ? graph.graph.nodes[value.value - 1].operation : nil
  }

  @Test func recognizesSwishAndItsHardForms() throws {
    var graph = try map()
    let x = try pointwise(&graph, "conv", 8, of: graph.input)
    let sigmoid = try graph.activation("sigmoid", .sigmoid, of: x)
    let swish = try graph.multiply("swish", sigmoid, x)
    #expect(operation(graph, swish) == .activation(.silu))
    // x · clip(x + 3, 0, 6) / 6, divided before or after.
    let shifted = try graph.affine("shift", factor: [1], offset: [3], of: x)
    let clipped = try graph.clip("clip", lower: 0, upper: 6, of: shifted)
    let gate = try graph.affine("sixth", factor: [Double(Float(1) / 6)], offset: [0], of: clipped)
    #expect(gate.isPlain)
    #expect(operation(graph, gate) == .activation(.hardSigmoid))
    let hardSwish = try graph.multiply("a", x, gate)
    #expect(operation(graph, hardSwish) == .activation(.hardSwish))
    let product = try graph.multiply("b", x, clipped)
    let late = try graph.affine("late", factor: [1.0 / 6], offset: [0], of: product)
    #expect(late.isPlain)
    #expect(operation(graph, late) == .activation(.hardSwish))
    // max(0, min(1, x/6 + ½))
    let slope = try graph.affine("slope", factor: [Double(Float(1) / 6)], offset: [0.5], of: x)
    let hardSigmoid = try graph.clip("c", lower: 0, upper: 1, of: slope)
    #expect(operation(graph, hardSigmoid) == .activation(.hardSigmoid))
  }

  @Test func makesSqueezeAndExciteOfOnePixelConvolutions() throws {
    var graph = try map()
    let x = try pointwise(&graph, "conv", 8, of: graph.input)
    let pooled = try graph.averagePool(
      "pool", Pooling(kernel: Size2D(height: 4, width: 6), stride: Size2D(1)), countsPadding: true, of: x)
    let squeezed = try pointwise(&graph, "reduce", 2, of: pooled)
    let gate = try graph.activation("sigmoid", .sigmoid, of: try pointwise(&graph, "expand", 8, of: squeezed))
    #expect(operation(graph, squeezed) == .dense(Dense(inputs: 8, outputs: 2)))
    let scaledMap = try graph.multiply("scale", gate, x)
    #expect(operation(graph, scaledMap) == .gate)
  }

  @Test func turnsArithmeticOnTheInputIntoPreprocessing() throws {
    var graph = try map()
    let mean = try graph.affine("mean", factor: [1], offset: [-0.485, -0.456, -0.406], of: graph.input)
    let scaled = try graph.affine(
      "std", factor: [1 / 0.229, 1 / 0.224, 1 / 0.225], offset: [0], of: mean)
    let features = try pointwise(&graph, "conv", 8, of: scaled)
    let raw = Recipe(
      name: "raw", resize: .exact(Size2D(height: 4, width: 6)), filter: .bilinear,
      inputSize: Size2D(height: 4, width: 6), scale: 255, mean: [0, 0, 0], deviation: [1, 1, 1])
    let network = try graph.network(
      endingWith: features, head: .automatic, architecture: "onnx", recipe: raw)
    for (found, expected) in zip(network.recipe.mean, [0.485, 0.456, 0.406] as [Float]) {
      #expect(abs(found - expected) < 1e-6)
    }
    for (found, expected) in zip(network.recipe.deviation, [0.229, 0.224, 0.225] as [Float]) {
      #expect(abs(found - expected) < 1e-6)
    }
    #expect(network.graph.output(named: "embedding").map { network.graph.shapes[$0] } == .vector(8))
    #expect(network.assumptions.count == 1)
  }

  /// What people feed is replaced, what the graph does stays: BGR, then y = 2x − 1 of 0…1 in each channel's own measure.
  @Test func itsOwnPreprocessingFollowsAnyOther() throws {
    let affine = try #require(ChannelAffine(factor: [2, 4, 8], offset: [-1, 0, 1], channels: 3))
    let own = GraphPreprocessing(reversesChannels: true, affine: affine)
    let fed = try Recipe.preset("torchvision-squash")
    let whole = try fed.followed(by: own)
    let (before, after) = (try NetworkInput(fed), try NetworkInput(whole))
    let pixels = (0..<224 * 224 * 3).map { UInt8(truncatingIfNeeded: $0 * 31) }
    let (x, y) = (try before.map(pixels), try after.map(pixels))
    for index in 0..<3000 {
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: 3)
      let expected = x[pixel * 3 + 2 - channel] * [2, 4, 8][channel] + [-1, 0, 1][channel]
      #expect(abs(y[index] - expected) <= 1e-4)
    }
    #expect(try fed.followed(by: GraphPreprocessing()) == fed)
  }

  @Test(arguments: ["raw-input", "reversed-input"])
  func optionsSayWhatTheGraphIsFed(name: String) throws {
    let file = FilePath("\(ONNXGoldenCase.folder)/\(name).onnx")
    var request = WeightsRequest()
    let plain = try FloatModel(contentsOf: file, request: request).network
    let feed = try #require(plain.fed)
    request.recipe.filter = "lanczos"
    let filtered = try FloatModel(contentsOf: file, request: request).network.recipe
    #expect(filtered.filter == .lanczos && filtered.mean == plain.recipe.mean)
    request.recipe.scale = "51"
    var other = feed.recipe
    (other.filter, other.scale, other.name) = (.lanczos, 51, "custom")
    #expect(
      try FloatModel(contentsOf: file, request: request).network.recipe == other.followed(by: feed.graph))
  }

  @Test func keepsArithmeticThatNothingTakesUp() throws {
    var graph = try map()
    let x = try pointwise(&graph, "conv", 2, of: graph.input)
    let doubled = try graph.add("sum", x, x)
    let shifted = try graph.affine("shift", factor: [1], offset: [1, -1], of: doubled)
    let y = try graph.activation("relu", .relu, of: shifted)
    var whole = graph.graph
    try whole.addOutput("conv", x.value)
    try whole.addOutput("relu", y.value)
    let input = (0..<72).map { Float($0 % 7) - 3 }
    let results = try FloatInterpreter(graph: whole).run(input)
    let (before, after) = (try #require(results["conv"]), try #require(results["relu"]))
    for index in before.indices {
      #expect(after[index] == max(0, before[index] * 2 + (index % 2 == 0 ? 1 : -1)))
    }
  }

  /// The framework flattens [channel][row][column], this graph [row][column][channel].
  @Test func reordersADenseLayerAfterFlattening() throws {
    var graph = try map(2)
    let flat = try graph.flatten("flatten", of: graph.input)
    let weights = (0..<48).map { Float($0) }
    let y = try graph.dense("fc", outputs: 1, weights: weights, bias: [], of: flat)
    var whole = graph.graph
    try whole.addOutput("y", y.value)
    for pixel in 0..<24 {
      for channel in 0..<2 {
        var input = [Float](repeating: 0, count: 48)
        input[pixel * 2 + channel] = 1
        let result = try FloatInterpreter(graph: whole).run(input)["y"]
        #expect(result == [weights[channel * 24 + pixel]])
      }
    }
  }

  /// A normalization and slopes have one number for each element in the framework's order.
  @Test func keepsTheOrderOfAFlattenedMapThroughFunctionsOfIt() throws {
    var graph = try map(2)
    let flat = try graph.flatten("flatten", of: graph.input)
    let slopes = (0..<48).map { Float($0 + 1) }
    let signs = try graph.activation("prelu", .prelu, slopes: slopes, of: flat)
    let shifted = try graph.affine("shift", factor: [1], offset: slopes.map(Double.init), of: signs)
    let weights = (0..<48).map { Float($0 == 5 ? 1 : 0) }
    let y = try graph.dense("fc", outputs: 1, weights: weights, bias: [], of: shifted)
    var whole = graph.graph
    try whole.addOutput("y", y.value)
    // The framework's element 5 is pixel 5 of channel 0.
    var input = [Float](repeating: 0, count: 48)
    input[10] = -2
    let result = try FloatInterpreter(graph: whole).run(input)["y"]
    let expected: Float = -6
    #expect(result == [expected])
    #expect(try refusal { try graph.concatenate("join", [flat, flat]) }.subject == "join")
    // Flattened by pixels, orders do not differ.
    let byPixel = try graph.flatten("by_pixel", isChannelsFirst: false, of: graph.input)
    let pairs = try graph.concatenate("pairs", [byPixel, byPixel])
    #expect(graph.shape(of: pairs) == .vector(96))
  }

  @Test func makesOneNodeOfArithmeticThatSeveralRead() throws {
    var graph = try map()
    let x = try pointwise(&graph, "conv", 2, of: graph.input)
    let scaled = try graph.affine("scale", factor: [2], offset: [1], of: x)
    let first = try graph.activation("relu", .relu, of: scaled)
    let second = try graph.activation("relu", .tanh, of: scaled)
    #expect(graph.graph.nodes[first.value - 1].inputs == graph.graph.nodes[second.value - 1].inputs)
    #expect(graph.graph.nodes.map(\.name) == ["conv", "relu/affine", "relu", "relu_2"])
  }

  @Test func tellsAClassifierByWhatFollowsAndByName() throws {
    for (name, softmax, outputs) in [
      ("dense_1", true, ["embedding", "logits"]), ("/fc/Gemm", false, ["embedding", "logits"]),
      ("dense_1", false, ["embedding"]),
    ] {
      var graph = try map()
      let pooled = try graph.globalPool("pool", .average, of: graph.input)
      var y = try graph.dense(
        name, outputs: 5, weights: Seeded.tensor(name, [5, 3]).elements, bias: [], of: pooled)
      if softmax { y = try graph.softmax("softmax", of: y) }
      let recipe = try Recipe.preset("torchvision-squash", inputSize: Size2D(height: 4, width: 6))
      let network = try graph.network(
        endingWith: y, head: .automatic, architecture: "onnx", recipe: recipe)
      #expect(network.graph.outputs.map(\.name) == outputs)
      let embedding = try #require(network.graph.output(named: "embedding"))
      #expect(network.graph.shapes[embedding] == .vector(outputs.count == 2 ? 3 : 5))
    }
  }

  @Test func refusesWhatHasNoMeaningHere() throws {
    var graph = try map()
    let x = try pointwise(&graph, "conv", 8, of: graph.input)
    let product = try refusal { try graph.multiply("mul", x, x) }
    #expect(product.subject == "mul")
    #expect(product.kind == .unsupported)
    #expect(try refusal { try graph.clip("clip", lower: -1, upper: 1, of: x) }.subject == "clip")
    #expect(
      try refusal { try graph.affine("add", factor: [1], offset: [1, 2], of: x) }.reason.contains(
        "8 channels"))
    let scaled = try graph.affine("scale", factor: [2], offset: [0], of: graph.input)
    #expect(try refusal { _ = try graph.activation("second", .relu, of: scaled) }.subject == "second")
  }
}
