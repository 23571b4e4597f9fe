import Calibrate
import EdgeTool
import Foundation
import Quant
import TestSupport
import Testing

/// The three ways in which people make embeddings, from the photo's file to the unit vector: what their own framework
/// computes (Tests/Goldens/photos/make_goldens.py).
@Suite struct PhotoRecipeTests {
  private static let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let photos = ["castle-keep.jpg", "coffee.jpg", "coins.png"].map {
    tests.deletingLastPathComponent().appendingPathComponent("Samples/evaluation/\($0)").path
  }

  private func check(_ network: FloatNetwork, golden: String) throws {
    let file = Self.tests.appendingPathComponent("Goldens/photos/\(golden).npy").path
    let expected = try NumPyArray(path: file).elements
    let count = expected.count / Self.photos.count
    let reader = PhotoReader(recipe: network.recipe)
    let input = try NetworkInput(network.recipe)
    let prepared = try network.prepared()
    let session = try FloatInterpreter(graph: prepared.graph).makeSession()
    let embedding = try #require(prepared.graph.output(named: "embedding"))
    for (index, photo) in Self.photos.enumerated() {
      let vector = try session.run(input.map(reader.pixels(FilePath(photo))), outputs: [embedding])[0]
      #expect(vector.count == count)
      let unit = try #require(Normalization.l2(vector))
      let error = relativeError(unit, Array(expected[index * count..<(index + 1) * count]))
      #expect(error <= 1e-4, "\(photo): \(error)")
    }
  }

  /// torchvision's resnet50, `fc = Identity`, `Resize((224, 224))`, ImageNet normalization.
  @Test func torchvisionWithoutItsClassifier() throws {
    let whole = try GoldenCase.named("torchvision-resnet50").state()
    var state = StateDictionary()
    for name in whole.names where !name.hasPrefix("fc.") { state.set(name, try #require(whole[name])) }
    var network = try ArchitectureImporter.network(from: state)
    network.recipe = try Recipe.preset("torchvision-squash", architecture: network.architecture)
    try check(network, golden: "torchvision-identity")
  }

  /// Keras' `ResNet50(include_top=False, pooling="avg")`, `preprocess_input`.
  @Test func kerasPooled() throws {
    let source = try KerasGolden.named("recipe-pooled").source(configured: true)
    try check(try source.network(ImportOptions()), golden: "keras-pooled")
  }

  /// … with `Dense(128, activation="relu")`.
  @Test func kerasWithAHead() throws {
    let source = try KerasGolden.named("recipe-head").source(configured: true)
    try check(try source.network(ImportOptions(inputSize: Size2D(224))), golden: "keras-head")
  }
}
