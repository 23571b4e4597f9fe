import ArgumentParser
import Calibrate
import EdgeTool
import Quant

/// What calibration takes beyond the network and the photos as they are.
struct CalibrationOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Random crops and flips of each photo to calibrate on too, where there are few photos.", valueName: "n")
  )
  var augment = 0

  @Option(
    help: ArgumentHelp(
      "How the last map becomes the embedding: avg, max or gem:p, p 2 to 4 (default: the network's own).",
      valueName: "kind"))
  var pool: String?

  @OptionGroup var observer: ObserverOption
  @OptionGroup(title: "Weights") var weights: WeightsArguments
  @OptionGroup var running: RunOptions

  func validate() throws {
    guard (0...100).contains(augment) else {
      throw InputError(.usage, "--augment \(augment)", "the number should be 0 to 100")
    }
  }

  fileprivate var request: WeightsRequest {
    get throws {
      var result = try weights.request
      result.pooling = try pool.map { try GlobalPooling(parsing: $0) }
      return result
    }
  }
}

/// How the range of each activation is decided.
struct ObserverOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How ranges are chosen: lse (least squared error), min-max, or percentile[:0.01].", valueName: "name"))
  var observer = "lse"

  var settings: CalibrationSettings {
    get throws { CalibrationSettings(observer: try Observer(parsing: observer)) }
  }
}

/// Float weights and the photos to calibrate them on, read as the options say.
struct CalibrationRun {
  let model: FloatModel
  let job: QuantizationJob
  let photos: PreparedPhotos
  let skipped: SkippedPhotos
  let progress: ProgressBar

  /// - Parameters:
  ///   - labels: a file of class names to store in the model.
  ///   - isEmbeddingOnly: whether the classifier is left out.
  ///   - licence: of the weights, as the model is to name it.
  init(
    _ options: CalibrationOptions, weights: String, photos list: PhotoList, labels: String? = nil,
    isEmbeddingOnly: Bool = false, licence: String? = nil
  ) throws {
    var request = try options.request
    request.isEmbeddingOnly = isEmbeddingOnly
    var model = try FloatModel(contentsOf: FilePath(weights), request: request)
    if let labels { try model.setLabels(from: FilePath(labels)) }
    if let licence { model.licence = licence }
    let job = QuantizationJob(
      model: model, settings: try options.observer.settings, pool: options.running.makePool(),
      kernels: try options.running.kernelSet())
    let progress = ProgressBar()
    let photos = job.prepare(list.paths, variants: options.augment) { progress.update($0, $1) }
    progress.clear()
    var skipped = SkippedPhotos(list)
    skipped.add(photos.failures)
    (self.model, self.job, self.photos, self.skipped, self.progress) = (model, job, photos, skipped, progress)
  }
}
