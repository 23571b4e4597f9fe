import Calibrate
import Int8Kernels
import Quant
import TestSupport
import Testing

/// Calibrates, quantizes and runs `TinyNetwork`: every operation together, on every kernel set, thread count and batch.
@Suite struct WholeModelTests {
  private static func quantized(threads: Int) throws -> (FloatNetwork, QuantizedModel) {
    let network = try TinyNetwork.network().prepared()
    let ranges = try Calibrator(network: network).ranges(
      photos: TinyNetwork.photos(), pool: WorkerPool(threads: threads))
    let model = try Quantizer(network: network, ranges: ranges).quantize(
      provenance: Provenance(architecture: network.architecture, sourceName: "tiny", sourceSHA256: ""))
    return (network, model)
  }

  private static func hash(_ rows: [[Float]]) -> String {
    var hash = SHA256()
    for row in rows { row.withUnsafeBytes { hash.update($0) } }
    return SHA256.hex(hash.finalize())
  }

  @Test func staysNearTheFloatNetwork() throws {
    let (network, model) = try Self.quantized(threads: 2)
    let engine = try Engine(model: model, retainingValues: true)
    let drift = try DriftMeter(network: network, engine: engine).measure(
      photos: TinyNetwork.photos(), pool: WorkerPool(threads: 2))
    for layer in drift.layers { print(layer.name, layer.sqnrDecibels) }
    print(drift.embedding.json.text())
    #expect(drift.embedding.meanCosine > 0.99)
  }

  @Test func embeddingsAreTheSameBytesOnEverySetThreadCountAndBatch() throws {
    let (_, model) = try Self.quantized(threads: 1)
    let photos = TinyNetwork.photos()
    let pixels = try (0..<photos.count).map(photos.pixels)
    var hashes: Set<String> = []
    for kernels in KernelSet.available {
      for threads in [1, 2, 3, 8] {
        let engine = try Engine(model: model, kernels: kernels, pool: WorkerPool(threads: threads))
        for batch in [1, 3, 8] {
          let session = engine.makeSession(batch: batch)
          var rows: [[Float]] = []
          for start in stride(from: 0, to: pixels.count, by: batch) {
            let chunk = pixels[start..<min(start + batch, pixels.count)]
            Array(chunk.joined()).withUnsafeBufferPointer { session.run($0, count: chunk.count) }
            for image in 0..<chunk.count {
              for name in ["embedding", "logits", "probabilities", "normalized"] {
                rows.append(try session.output(name, image: image))
              }
            }
          }
          hashes.insert(Self.hash(rows))
        }
      }
    }
    print(hashes)
    #expect(hashes.count == 1)
  }

  @Test func calibrationDoesNotDependOnThreads() throws {
    let one = try Self.quantized(threads: 1).1
    let three = try Self.quantized(threads: 3).1
    #expect(one.quantization == three.quantization)
    #expect(zip(one.graph.nodes, three.graph.nodes).allSatisfy { $0.parameters == $1.parameters })
  }
}
