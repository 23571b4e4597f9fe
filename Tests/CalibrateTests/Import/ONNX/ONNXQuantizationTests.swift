import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

/// A network that came as an ONNX file goes through calibration and quantization as every other.
@Suite struct ONNXQuantizationTests {
  /// Squeeze-and-excitation, hard swish, concatenation; 32×32 pictures.
  @Test(arguments: ["se-hardswish", "channels-last"])
  func quantizesAnExportedNetwork(id: String) throws {
    let golden = try ONNXGoldenCase.named(id)
    let network = try golden.network().prepared()
    let size = golden.size
    let photos = Photos(count: 12) { index in
      var generator = SeededGenerator(seed: 900 + UInt64(index))
      return (0..<size.height * size.width * 3).map { place in
        let (x, y) = (place / 3 % size.width, place / 3 / size.width)
        let coarse = SplitMix64Noise.value(seed: index, x / 6, y / 6, place % 3)
        return UInt8((Int(coarse) * 3 + Int(generator.next() >> 56)) / 4)
      }
    }
    let pool = WorkerPool(threads: 2)
    let ranges = try Calibrator(network: network).ranges(photos: photos, pool: pool)
    let model = try Quantizer(network: network, ranges: ranges).quantize(
      provenance: Provenance(architecture: network.architecture, sourceName: id, sourceSHA256: ""))
    let engine = try Engine(model: model, retainingValues: true)
    let drift = try DriftMeter(network: network, engine: engine).measure(photos: photos, pool: pool)
    #expect(drift.embedding.meanCosine > 0.995)
    let embedding = try #require(network.graph.output(named: "embedding"))
    let name = network.graph.name(of: embedding)
    let layer = try #require(drift.layers.first { $0.name == name })
    #expect(layer.sqnrDecibels >= 20, "\(layer.sqnrDecibels) dB")
  }
}

/// A coarse pattern that is the same on every machine.
private enum SplitMix64Noise {
  static func value(seed: Int, _ x: Int, _ y: Int, _ channel: Int) -> UInt8 {
    var generator = SeededGenerator(seed: UInt64(((seed * 64 + y) * 64 + x) * 4 + channel))
    return UInt8(generator.next() >> 56)
  }
}
