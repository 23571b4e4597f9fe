import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

/// Files as Keras 3 and tf_keras wrote them, in every container.
@Suite struct KerasFileTests {
  private func network(_ name: String, _ options: ImportOptions = ImportOptions()) throws -> FloatNetwork {
    let file = try KerasGolden.file(name)
    return try withExtendedLifetime(file) { try WeightsFile.load(file.path).source.network(options) }
  }

  /// A nested model, layers called twice, squeeze-and-excitation, a head of 128 with a ReLU.
  @Test(arguments: [
    "keras3-plain.h5", "keras3-plain.keras", "keras3-frozen.h5", "keras3-classifier.keras", "keras2-plain.h5",
    "keras2-plain.keras", "keras2-frozen.h5", "keras2-classifier.h5",
  ])
  func equalsKeras(file: String) throws {
    let network = try network(file)
    let outputs = try KerasGolden.run(network)
    let golden = try KerasGolden.floats("\(file.split(separator: ".")[0]).embedding.f32")
    let embedding = try #require(outputs["embedding"])
    #expect(embedding.count == 128)
    #expect(KerasGolden.error(embedding, golden) <= 1e-4)
    #expect(outputs["logits"]?.count == (file.contains("classifier") ? 5 : nil))
    // The model's own Rescaling is preprocessing: y = x / 127.5 − 1.
    #expect(network.recipe.scale * network.recipe.deviation[0] == 127.5)
    #expect(network.recipe.inputSize == Size2D(32))
  }

  /// An application's weights alone, with a head of one's own: from names, or from numbers and shapes.
  @Test(arguments: ["keras2-mobilenet.h5", "keras3-mobilenet.weights.h5"])
  func recognizesWeightsAlone(file: String) throws {
    let network = try network(file, ImportOptions(inputSize: Size2D(32)))
    #expect(network.architecture == "keras/mobilenet")
    #expect(network.recipe.name == "keras-tf")
    let golden = try KerasGolden.floats("\(file.split(separator: ".")[0]).embedding.f32")
    let embedding = try #require(try KerasGolden.run(network)["embedding"])
    #expect(embedding.count == 20)
    #expect(KerasGolden.error(embedding, golden) <= 1e-4)
    #expect(network.assumptions.contains { $0.hasPrefix("head:") })
  }

  @Test(arguments: ["keras3.weights.h5", "keras2.weights.h5", "keras2-weights.h5"])
  func refusesWeightsAloneOfOtherModels(file: String) throws {
    let error = try refusal { try network(file) }
    #expect(error.kind == .mismatch)
    #expect(error.reason.contains("without a graph"))
    #expect(error.remedy.contains("model.save"))
  }

  @Test func namesTheFormat() throws {
    let expected = [
      "keras3-plain.h5": "Keras .h5 model", "keras3-plain.keras": "Keras .keras archive",
      "keras3.weights.h5": "Keras .weights.h5", "keras2-weights.h5": "Keras .h5 weights",
    ]
    for (name, format) in expected {
      let file = try KerasGolden.file(name)
      let weights = try withExtendedLifetime(file) { try WeightsFile.load(file.path) }
      #expect(weights.format == format)
      #expect(weights.source.tensorCount > 10)
    }
  }

  /// Any byte of a whole model may be another: it is read or refused, never a trap.
  @Test func survivesDamage() throws {
    let file = try KerasGolden.file("keras3-plain.h5")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file.path)))
    for start in stride(from: 0, to: bytes.count, by: 997) {
      var damaged = bytes
      damaged[start] ^= 0x41
      let copy = try TemporaryFile(damaged, name: "damaged.h5")
      do { _ = try WeightsFile.load(copy.path).source.network(ImportOptions()) } catch {
        #expect(error is InputError)
      }
    }
    for count in stride(from: 8, to: bytes.count, by: 4999) {
      let copy = try TemporaryFile(Array(bytes.prefix(count)), name: "cut.h5")
      do { _ = try WeightsFile.load(copy.path).source.network(ImportOptions()) } catch {
        #expect(error is InputError)
      }
    }
  }
}
