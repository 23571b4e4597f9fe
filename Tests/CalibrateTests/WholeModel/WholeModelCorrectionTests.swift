import Calibrate
import Int8Kernels
import Quant
import TestSupport
import Testing

/// `TinyNetwork` quantized with corrections: the same bytes everywhere, nearer to the float network.
@Suite struct WholeModelCorrectionTests {
  private static func ranges(_ network: FloatNetwork, photos: Photos) throws -> ActivationRanges {
    try Calibrator(network: network).ranges(photos: photos, pool: WorkerPool(threads: 2))
  }

  private static func quantized(
    _ corrections: Corrections, photos: Photos, threads: Int = 2, kernels: KernelSet = .best
  ) throws -> (QuantizedModel, CorrectionReport) {
    let network = try TinyNetwork.network().prepared()
    return try Quantizer(network: network, ranges: ranges(network, photos: photos)).quantize(
      provenance: Provenance(architecture: network.architecture, sourceName: "tiny", sourceSHA256: ""),
      corrections: corrections, photos: photos, kernels: kernels, pool: WorkerPool(threads: threads))
  }

  /// Mean 1 − cosine on photos that calibration did not see.
  private static func loss(_ model: QuantizedModel) throws -> Double {
    let network = try TinyNetwork.network().prepared()
    let engine = try Engine(model: model, retainingValues: true)
    let drift = try DriftMeter(network: network, engine: engine).measure(
      photos: TinyNetwork.photos(100..<140), pool: WorkerPool(threads: 2))
    return 1 - drift.embedding.meanCosine
  }

  @Test func modelBytesAreTheSameOnEveryCPU() throws {
    let photos = TinyNetwork.photos(0..<12)
    let (model, report) = try Self.quantized(.full, photos: photos)
    #expect(report.steps == [.rounding, .bias, .output] && report.tooFewPhotosFor.isEmpty)
    #expect(!report.isRejected)
    // The same on x86 and ARM: this test runs on both.
    #expect(
      SHA256.hex(of: model.fileBytes()) == "be98134ddea4fd4aa6dc23732bed13c1cfe7662204ba7056221fed565fc9f1ae")
    for (threads, kernels) in [(1, KernelSet.scalar), (3, KernelSet.best)] {
      let other = try Self.quantized(.full, photos: photos, threads: threads, kernels: kernels).0
      #expect(other.fileBytes() == model.fileBytes(), "\(threads) threads, \(kernels)")
    }
  }

  @Test func bringEmbeddingsOfOtherPhotosNearer() throws {
    let photos = TinyNetwork.photos(0..<24)
    let plain = try Self.loss(Self.quantized(.none, photos: photos).0)
    let corrected = try Self.loss(Self.quantized(.full, photos: photos).0)
    #expect(corrected < plain)
  }

  @Test func noneIsWhatRangesAloneGive() throws {
    let photos = TinyNetwork.photos()
    let network = try TinyNetwork.network().prepared()
    let alone = try Quantizer(network: network, ranges: Self.ranges(network, photos: photos)).quantize(
      provenance: Provenance(architecture: network.architecture, sourceName: "tiny", sourceSHA256: ""))
    #expect(try Self.quantized(.none, photos: photos).0.fileBytes() == alone.fileBytes())
  }

  @Test func fewPhotosAllowFewSteps() throws {
    let (_, three) = try Self.quantized(.full, photos: TinyNetwork.photos(0..<3))
    #expect(three.steps.isEmpty && three.tooFewPhotosFor == [.rounding, .bias, .output])
    let (_, five) = try Self.quantized(.full, photos: TinyNetwork.photos(0..<5))
    #expect(five.steps == [.bias, .output] && five.tooFewPhotosFor == [.rounding])
    let without = Corrections.full.without(.output)
    #expect(without.steps == [.rounding, .bias])
  }
}
