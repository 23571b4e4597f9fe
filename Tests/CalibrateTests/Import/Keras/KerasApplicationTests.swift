import Calibrate
import Quant
import TestSupport
import Testing

/// The networks of keras.applications, from weights without a graph and from whole models, against Keras' own results.
@Suite struct KerasApplicationTests {
  static let all = KerasGolden.all("application")
  static let computed = all.filter(\.hasResult)
  static let configured = all.filter(\.hasConfiguration)
  static let deeper = all.filter { !$0.hasResult }
  static let numbered = computed.filter { !$0.id.hasSuffix("-keras2") }

  @Test func hasCases() {
    #expect(Self.all.count == 38)
    #expect(Self.computed.count == 20)
    #expect(Self.configured.count == 16)
  }

  private func check(_ network: FloatNetwork, _ golden: KerasGolden, _ expected: [Float]) throws {
    let outputs = try KerasGolden.run(network)
    let embedding = try #require(outputs["embedding"])
    let error = KerasGolden.error(embedding, expected)
    #expect(error <= 1e-4, "\(golden.id)")
  }

  /// Names and shapes alone tell the network, its preprocessing and its size.
  @Test(arguments: computed)
  func equalsKerasFromWeightsAlone(golden: KerasGolden) throws {
    let source = try golden.source(configured: false)
    let network = try source.network(ImportOptions(inputSize: golden.size))
    let application = try #require(golden.fields["application"]?.string)
    #expect(network.architecture == "keras/\(application)")
    try check(network, golden, golden.embeddingOfWeights())
  }

  /// Counts, shapes and Keras' own order of layers tell the network where names do not.
  @Test(arguments: numbered)
  func equalsKerasFromNumberedWeights(golden: KerasGolden) throws {
    let source = KerasSource(
      configuration: nil, version: nil, weights: .checkpoint(try golden.checkpoint()))
    let network = try source.network(ImportOptions(inputSize: golden.size))
    let application = try #require(golden.fields["application"]?.string)
    #expect(network.architecture == "keras/\(application)")
    try check(network, golden, golden.embeddingOfWeights())
  }

  @Test(arguments: configured)
  func equalsKerasFromItsConfiguration(golden: KerasGolden) throws {
    let network = try golden.source(configured: true).network(ImportOptions())
    #expect(network.recipe.inputSize == golden.size)
    try check(network, golden, golden.embedding())
  }

  /// The variants that differ in depth and width alone: every shape is Keras', the name is found.
  @Test(arguments: deeper)
  func recognizesEveryDepth(golden: KerasGolden) throws {
    let source = try golden.source(configured: false, zeros: true)
    let network = try source.network(ImportOptions(inputSize: golden.size))
    let application = try #require(golden.fields["application"]?.string)
    #expect(network.architecture == "keras/\(application)")
  }

  @Test func feedsEveryNetworkAsItWasTrained() throws {
    let expected = [
      "resnet50": "keras-caffe", "resnet50v2": "keras-tf", "mobilenet": "keras-tf",
      "densenet121": "keras-torch",
      "xception": "keras-tf", "inceptionv3": "keras-tf", "efficientnetb0": "custom",
      "mobilenetv3small": "custom",
    ]
    for (id, preset) in expected {
      let golden = try KerasGolden.named(id)
      let network = try golden.source(configured: false, zeros: true).network(ImportOptions())
      #expect(network.recipe.name == preset, "\(id)")
      let isLarge = id == "xception" || id == "inceptionv3"
      #expect(network.recipe.inputSize == Size2D(isLarge ? 299 : 224))
      #expect(network.recipe.filter == .nearest)
    }
  }

  /// What the published EfficientNets do to their input is what torchvision's do.
  @Test func scalesEfficientNetAsImageNet() throws {
    let golden = try KerasGolden.named("efficientnetb0")
    let recipe = try golden.source(configured: false).network(ImportOptions()).recipe
    let torch = try Recipe.preset("keras-torch")
    for channel in 0..<3 {
      #expect(abs(recipe.mean[channel] / 255 - torch.mean[channel]) < 1e-5)
      #expect(abs(recipe.deviation[channel] / 255 - torch.deviation[channel]) < 1e-5)
    }
  }
}
