import Calibrate
import Quant
import TestSupport
import Testing

/// What people do with Keras' ResNet50, and the preprocessing that the file does not tell.
@Suite struct KerasRecipeTests {
  private func outputs(_ id: String) throws -> ([String: [Float]], FloatNetwork, KerasGolden) {
    let golden = try KerasGolden.named(id)
    let network = try golden.source(configured: true).network(ImportOptions())
    #expect(network.recipe.name == "keras-caffe")
    #expect(network.assumptions.contains { $0.hasPrefix("preprocessing: keras-caffe") })
    return (try KerasGolden.run(network), network, golden)
  }

  /// `ResNet50(include_top=False, pooling="avg")` at its full size.
  @Test func poolsFeatures() throws {
    let (outputs, network, golden) = try outputs("recipe-pooled")
    let embedding = try #require(outputs["embedding"])
    #expect(embedding.count == 2048)
    #expect(outputs["logits"] == nil)
    #expect(network.recipe.inputSize == Size2D(224))
    #expect(KerasGolden.error(embedding, try golden.embedding()) <= 1e-4)
  }

  /// … and `Dense(128, activation="relu")` after it: a part of the embedding.
  @Test func keepsAHeadWithItsOwnActivation() throws {
    let (outputs, _, golden) = try outputs("recipe-head")
    let embedding = try #require(outputs["embedding"])
    #expect(embedding.count == 128)
    #expect(outputs["logits"] == nil)
    #expect(KerasGolden.error(embedding, try golden.embedding()) <= 1e-4)
  }

  /// With its top: the features, and the classes before the softmax.
  @Test func stripsTheClassifier() throws {
    let (outputs, network, golden) = try outputs("recipe-classifier")
    let embedding = try #require(outputs["embedding"])
    let logits = try #require(outputs["logits"])
    #expect(embedding.count == 2048)
    #expect(logits.count == 1000)
    #expect(network.assumptions.contains { $0.hasPrefix("classifier: predictions") })
    #expect(KerasGolden.error(embedding, try golden.embedding()) <= 1e-4)
    #expect(KerasGolden.error(logits, try KerasGolden.floats("recipe-classifier.logits.f32")) <= 1e-4)
  }

  @Test func takesTheArchitectureThatIsGiven() throws {
    let text = KerasText.sequential(KerasText.input, KerasText.conv("c"))
    let plain = try KerasText.network(text)
    #expect(
      plain.recipe.scale == 1 && plain.recipe.mean == [0, 0, 0] && plain.recipe.deviation == [1, 1, 1])
    #expect(plain.assumptions.contains { $0.hasPrefix("preprocessing: none") })
    let given = try KerasText.network(text, ImportOptions(architecture: "keras/resnet50v2"))
    #expect(given.recipe.name == "keras-tf")
    #expect(!given.assumptions.contains { $0.hasPrefix("preprocessing") })
    for name in ["torchvision/resnet50", "keras/unknown", "resnet50", ""] {
      #expect(try refusal { try KerasText.network(text, ImportOptions(architecture: name)) }.kind == .usage)
    }
  }

  /// `preprocess_input` inside the model: its channels' order and values become the recipe's.
  @Test func findsPreprocessingInsideTheModel() throws {
    for id in ["layer-caffe", "layer-caffe-keras2"] {
      let recipe = try KerasGolden.named(id).source(configured: true).network(ImportOptions()).recipe
      let caffe = try Recipe.preset("keras-caffe")
      #expect(recipe.channelOrder == .bgr)
      for (found, expected) in zip(recipe.mean, caffe.mean) { #expect(abs(found - expected) < 1e-3) }
      #expect(recipe.deviation == [1, 1, 1])
    }
    let recipe = try KerasGolden.named("layer-tf").source(configured: true).network(ImportOptions()).recipe
    #expect(recipe.channelOrder == .rgb)
    #expect(recipe.scale * recipe.deviation[0] == 127.5)
  }
}
