import Calibrate
import Quant
import TestSupport
import Testing

/// A small network imported from Keras goes all the way to Int8.
@Suite struct KerasQuantizationTests {
  @Test func staysNearTheFloatNetwork() throws {
    let file = try KerasGolden.file("keras3-plain.keras")
    var network = try withExtendedLifetime(file) {
      try WeightsFile.load(file.path).source.network(ImportOptions())
    }
    #expect(network.recipe.inputSize == Size2D(TinyNetwork.side))
    network.recipe.resize = .none
    let prepared = try network.prepared()
    let pool = WorkerPool(threads: 2)
    let ranges = try Calibrator(network: prepared).ranges(photos: TinyNetwork.photos(), pool: pool)
    let model = try Quantizer(network: prepared, ranges: ranges).quantize(
      provenance: Provenance(architecture: prepared.architecture, sourceName: "keras", sourceSHA256: ""))
    let engine = try Engine(model: model, retainingValues: true)
    let drift = try DriftMeter(network: prepared, engine: engine).measure(
      photos: TinyNetwork.photos(), pool: pool)
    #expect(drift.embedding.meanCosine > 0.999)
    #expect(!drift.layers.isEmpty)
    for layer in drift.layers { #expect(layer.sqnrDecibels >= 20, "\(layer.name)") }
  }
}
