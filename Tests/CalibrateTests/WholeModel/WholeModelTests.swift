import Calibrate
import Foundation
import Int8Kernels
import Quant
import TestSupport
import Testing

/// Calibrates, quantizes and runs `TinyNetwork`: every operation together, on every kernel set, thread count and batch.
@Suite struct WholeModelTests {
  static func quantized(threads: Int) throws -> (FloatNetwork, QuantizedModel) {
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
    #expect(drift.embedding.meanCosine > 0.9995)
    #expect(drift.embedding.recallAt10 == 1)
    #expect(drift.layers.count == network.graph.nodes.count)
    for layer in drift.layers { #expect(layer.sqnrDecibels > 30, "\(layer.name)") }
  }

  @Test func everyOperationIsThere() throws {
    let nodes = try TinyNetwork.network().prepared().graph.nodes
    let kinds = Set(nodes.map { String("\($0.operation)".prefix { $0 != "(" }) })
    #expect(
      kinds == [
        "convolution", "dense", "maxPool", "averagePool", "globalPool", "add", "gate", "activation",
        "concatenate", "pad",
        "flatten", "softmax", "normalize", "batchNormalization",
      ])
  }

  /// The committed model, which the fuzzers start from too. EDGE_WRITE_GOLDENS=1 in the environment writes it anew,
  /// after a change of the arithmetic or the format.
  private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Goldens/model/tiny.edge.safetensors")

  @Test func modelBytesAreTheSameOnEveryCPU() throws {
    let (_, model) = try Self.quantized(threads: 2)
    let bytes = model.fileBytes()
    if ProcessInfo.processInfo.environment["EDGE_WRITE_GOLDENS"] != nil {
      try Data(bytes).write(to: Self.golden)
    }
    #expect(try bytes == [UInt8](Data(contentsOf: Self.golden)))
    #expect(
      SHA256.hex(of: bytes) == "6a2237e5847e2ebe3bd0d13f48987775651c656e27b2397071f19cbe64c7d81d")
  }

  @Test func readsBackTheModelItWrites() throws {
    let (_, model) = try Self.quantized(threads: 1)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("whole.edge.safetensors").path
    try model.write(to: path)
    let read = try QuantizedModel(path: path)
    #expect(read.fileBytes() == model.fileBytes())
    #expect(read.quantization == model.quantization && read.recipe == model.recipe)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["whole.edge.safetensors"])
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
    // The same on x86 and ARM: this test runs on both.
    #expect(hashes == ["98e3237a6c8c71b5b8ea42c490dd7cd48d4258552aa955d28a1ff392069369e1"])
  }

  @Test func calibrationDoesNotDependOnThreads() throws {
    let one = try Self.quantized(threads: 1).1
    let three = try Self.quantized(threads: 3).1
    #expect(one.quantization == three.quantization)
    #expect(zip(one.graph.nodes, three.graph.nodes).allSatisfy { $0.parameters == $1.parameters })
  }
}
