import Calibrate
import Int8Kernels
import Quant

/// From float weights and photos to a model with its drift: what `edge quantize` and `edge calibrate` do.
package struct QuantizationJob: Sendable {
  package struct Result: Sendable {
    package var model: QuantizedModel
    /// On the calibration photos; nil without photos.
    package var drift: DriftSummary?
    /// nil without photos.
    package var corrections: CorrectionReport?
    /// What may be wrong; none where the quantization is good, or without photos.
    package var advice: [AdviceLine] = []
  }

  private let model: FloatModel
  private let settings: CalibrationSettings
  private let pool: WorkerPool
  private let kernels: KernelSet

  package typealias Progress = @Sendable (_ part: Double, _ what: String) -> Void

  package init(model: FloatModel, settings: CalibrationSettings, pool: WorkerPool, kernels: KernelSet) {
    self.model = model
    self.settings = settings
    self.pool = pool
    self.kernels = kernels
  }

  /// Reads the photos once and leaves the bad ones out.
  ///
  /// - Parameter variants: random variants of each photo to calibrate on too.
  package func prepare(_ paths: [FilePath], variants: Int = 0, progress: Progress) -> PreparedPhotos {
    PreparedPhotos(paths, recipe: model.network.recipe, variantCount: variants, pool: pool) {
      progress($0, "reading photos")
    }
  }

  /// - Throws: `InputError` when there is no photo or an activation is not finite.
  package func ranges(photos: PreparedPhotos, progress: Progress) throws -> ActivationRanges {
    var ranges = try Calibrator(network: model.network, settings: settings).ranges(
      photos: photos.widened, pool: pool, progress: progress)
    if photos.variantCount > 0, var members = ranges.settings.object {
      members["photos"] = .integer(photos.paths.count)
      members["variants"] = .integer(photos.variantCount)
      ranges.settings = .object(members)
    }
    return ranges
  }

  /// - Parameter ranges: nil to choose them on the photos.
  package func quantize(
    photos: PreparedPhotos, ranges: ActivationRanges?, corrections: Corrections, progress: Progress
  ) throws -> Result {
    let ranges = try ranges ?? self.ranges(photos: photos, progress: progress)
    var provenance = model.provenance
    provenance.calibration = ranges.settings
    let quantizer = Quantizer(network: model.network, ranges: ranges)
    guard !photos.paths.isEmpty else {
      return Result(model: try quantizer.quantize(provenance: provenance))
    }
    var (quantized, report) = try quantizer.quantize(
      provenance: provenance, corrections: corrections, photos: photos.widened, kernels: kernels, pool: pool,
      progress: { progress($0, "correcting") })
    var settings = ranges.settings.object ?? [:]
    settings["corrections"] = report.json
    quantized.provenance.calibration = .object(settings)
    let engine = try Engine(model: quantized, kernels: kernels, retainingValues: true)
    let measured = try DriftMeter(network: model.network, engine: engine).measure(
      photos: photos.photos, pool: pool, progress: progress)
    var stored = measured.embedding.json.object ?? [:]
    stored["measured_on"] = "the calibration photos"
    quantized.provenance.drift = .object(stored)
    let advice = try QuantizationAdvice(
      network: model.network, ranges: ranges, drift: measured, photos: photos.photos, pool: pool)
    if !advice.findings.isEmpty {
      quantized.provenance.advice = .array(advice.lines(photos: []).map(\.json))
    }
    let summary = DriftSummary(
      embedding: measured.embedding, layers: measured.layers, paths: photos.paths,
      model: ComparedSource(
        name: "the model", kind: .int8Model, architecture: model.network.architecture,
        kernels: kernels.rawValue),
      reference: ComparedSource(
        name: model.path.name.text, kind: .floatWeights, sha256: model.sha256,
        architecture: model.network.architecture), output: "embedding", decoding: .full)
    return Result(
      model: quantized, drift: summary, corrections: report, advice: advice.lines(photos: photos.paths))
  }

  /// Ranges that `edge calibrate` wrote.
  package static func readRanges(_ path: FilePath) throws -> ActivationRanges {
    let bytes = try RegularFile.read(path, limit: 1 << 28)
    do {
      return try ActivationRanges(json: JSON.parse(bytes))
    } catch let error as InputError {
      throw error.inFile(path.text)
    }
  }
}

extension PreparedPhotos {
  /// - Throws: `InputError` when no photo was good.
  package func requireSome(_ arguments: [String]) throws {
    guard paths.isEmpty else { return }
    throw InputError(
      .usage, arguments.joined(separator: " "), "not one of the photos can be read",
      remedy: "name a folder with JPEG or PNG photos")
  }
}

extension Observer {
  /// `lse`, `min-max`, `percentile` or `percentile:0.01`.
  ///
  /// - Throws: `InputError` (usage) that lists them.
  package init(parsing text: String) throws {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch (parts.first ?? "", parts.count) {
    case ("lse", 1), ("least-squared-error", 1): self = .leastSquaredError
    case ("min-max", 1): self = .minMax
    case ("percentile", 1): self = .percentile(0.01)
    case ("percentile", 2):
      guard let tail = Float(parts[1]), tail >= 0, tail < 50 else {
        throw InputError(
          .usage, "--observer \(text)", "the percentage left out at each end should be 0 to 50",
          remedy: "for example percentile:0.01")
      }
      self = .percentile(tail)
    default:
      throw InputError(
        .usage, "--observer \(text)", "there is no such observer",
        remedy: "choose lse, min-max, percentile or percentile:0.01")
    }
  }
}

extension Corrections {
  /// `none`, `fast` or `full`, less the steps named.
  ///
  /// - Throws: `InputError` (usage) that lists what there is.
  package init(parsing text: String, without steps: [String]) throws {
    switch text {
    case "none": self = .none
    case "fast": self = .fast
    case "full": self = .full
    default:
      throw InputError(
        .usage, "--corrections \(text)", "there is no such choice", remedy: "choose none, fast or full")
    }
    for name in steps {
      guard let step = Step(rawValue: name) else {
        let names = Step.allCases.map(\.rawValue).joined(separator: ", ")
        throw InputError(
          .usage, "--without \(name)", "there is no such step", remedy: "choose among \(names)")
      }
      self = without(step)
    }
  }
}
