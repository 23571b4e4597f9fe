import Calibrate
import Quant
import TestSupport
import Testing

/// Networks that begin or end in another way than most stay near their float form.
@Suite struct UnusualNetworkTests {
  private func meanCosine(_ graph: FloatGraph, recipe: Recipe = TinyNetwork.recipe) throws -> Double {
    let network = try FloatNetwork(graph: graph, architecture: "test", recipe: recipe).prepared()
    let pool = WorkerPool(threads: 2)
    let ranges = try Calibrator(network: network).ranges(photos: TinyNetwork.photos(), pool: pool)
    let model = try Quantizer(network: network, ranges: ranges).quantize(
      provenance: Provenance(architecture: "test", sourceName: "test", sourceSHA256: ""))
    let engine = try Engine(model: model, retainingValues: true)
    return try DriftMeter(network: network, engine: engine).measure(
      photos: TinyNetwork.photos(), pool: pool
    ).embedding.meanCosine
  }

  private func graph() throws -> FloatGraph {
    try FloatGraph(
      inputShape: .map(height: TinyNetwork.side, width: TinyNetwork.side, channels: 3))
  }

  private func convolution(_ name: String, _ outputs: Int, _ graph: inout FloatGraph, of x: ValueID) throws
    -> ValueID
  {
    let inputs = graph.shapes[x].channels
    return try graph.append(
      name,
      .convolution(
        Convolution(inputChannels: inputs, outputChannels: outputs, kernel: Size2D(3), padding: Padding(1))),
      inputs: [x],
      parameters: FloatParameters(weights: Seeded.tensor(name, [outputs, inputs, 3, 3]).elements))
  }

  /// The recipe is BGR: an input read in another order would be far away.
  @Test func aNetworkThatBeginsWithAPooling() throws {
    var graph = try graph()
    let pooled = try graph.append(
      "pool", .maxPool(Pooling(kernel: Size2D(2), stride: Size2D(2))), inputs: [0], parameters: .none)
    let y = try convolution("conv", 16, &graph, of: pooled)
    let relu = try graph.append("relu", .activation(.relu), inputs: [y], parameters: .none)
    try graph.addOutput(
      "embedding", graph.append("mean", .globalPool(.average), inputs: [relu], parameters: .none))
    #expect(try meanCosine(graph) > 0.9995)
    let prepared = try FloatNetwork(graph: graph, architecture: "test", recipe: TinyNetwork.recipe).prepared()
    #expect(prepared.graph.nodes.map(\.name) == ["input/identity", "pool", "relu", "mean"])
  }

  @Test func aNetworkThatBeginsWithADepthwiseConvolution() throws {
    var graph = try graph()
    let depthwise = try graph.append(
      "depthwise",
      .convolution(
        Convolution(
          inputChannels: 3, outputChannels: 3, kernel: Size2D(3), padding: Padding(1), groups: 3)),
      inputs: [0], parameters: FloatParameters(weights: Seeded.tensor("depthwise", [3, 1, 3, 3]).elements))
    let y = try convolution("conv", 16, &graph, of: depthwise)
    try graph.addOutput(
      "embedding", graph.append("max", .globalPool(.maximum), inputs: [y], parameters: .none))
    #expect(try meanCosine(graph) > 0.999)
  }

  /// The neck of re-identification networks: nothing that takes the normalization up.
  @Test func anEmbeddingThatIsANormalizedPooling() throws {
    var graph = try graph()
    let y = try convolution("conv", 24, &graph, of: 0)
    let relu = try graph.append("relu", .activation(.relu), inputs: [y], parameters: .none)
    let mean = try graph.append("mean", .globalPool(.average), inputs: [relu], parameters: .none)
    let statistics = BatchStatistics(
      mean: Seeded.tensor("neck.bias", [24]).elements,
      variance: Seeded.tensor("neck.running_var", [24]).elements,
      gamma: Seeded.tensor("neck.weight", [24]).elements, beta: Seeded.tensor("neck.beta", [24]).elements)
    let neck = try graph.append(
      "neck", .batchNormalization(epsilon: 1e-5), inputs: [mean],
      parameters: FloatParameters(normalization: statistics))
    try graph.addOutput("embedding", neck)
    #expect(try meanCosine(graph) > 0.9995)
  }
}
