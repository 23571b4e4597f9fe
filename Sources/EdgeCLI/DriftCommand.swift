import ArgumentParser
import Calibrate
import EdgeTool
import Quant

struct DriftCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drift",
    abstract:
      "Measure how far a model's vectors are from its float weights', another model's or a .npy file's.",
    discussion: """
      A .npy file's rows belong to the photos in their order, or by path when .paths.txt stands beside it. Two .npy \
      files are compared without photos. Between a model and float weights every layer is measured too: alone and in \
      the model, its range and what leaves it. Docs/drift.md explains every figure.
      """)

  @Argument(
    help: ArgumentHelp(
      "A model (default is the built-in one), float weights, or a .npy file of embeddings.",
      valueName: "model"))
  var model: String

  @Argument(
    help: ArgumentHelp(
      "Photos: files, folders, or - for a list on standard input; none between two .npy files.",
      valueName: "photos"))
  var photos: [String] = []

  @OptionGroup var reading: DecodingOptions

  @Option(help: ArgumentHelp("Float weights, another model, or a .npy file.", valueName: "file"))
  var reference: String

  @Option(help: ArgumentHelp("Fail with exit code 1 when the mean cosine is below this.", valueName: "x"))
  var minCosine: Double?

  @Option(
    help: ArgumentHelp(
      "Write the measurement as one HTML page, to be opened anywhere.", valueName: "drift.html"))
  var report: String?

  @OptionGroup var vector: VectorChoice

  @Flag(help: "Print every layer.")
  var verbose = false

  @OptionGroup(title: "Weights") var weights: WeightsArguments
  @OptionGroup var running: RunOptions
  @OptionGroup var format: OutputOptions

  func run() throws {
    if let minCosine, !(-1...1).contains(minCosine) {
      throw InputError(.usage, "--min-cosine \(minCosine)", "a cosine is between -1 and 1")
    }
    if let report { try OutputFile.checkWritable(FilePath(report)) }
    let pool = running.makePool()
    let result = try isOfEmbeddings ? compareEmbeddings(pool) : compareNetworks(pool)
    var summary = result.summary
    summary.version = Edge.version
    if let report { try write(DriftPage(summary, pool: pool), to: FilePath(report)) }
    if format.isJSON {
      try StandardOutput.write(summary.json)
    } else {
      try StandardOutput.write(summary.text(noisiestLayers: verbose ? .max : 5))
    }
    try check(summary)
    try result.skipped?.finish()
  }

  private typealias Result = (summary: DriftSummary, skipped: SkippedPhotos?)

  private var isOfEmbeddings: Bool { EmbeddingFormat(of: FilePath(model)) == .npy }

  private func compareEmbeddings(_ pool: WorkerPool) throws -> Result {
    guard EmbeddingFormat(of: FilePath(reference)) == .npy else {
      throw InputError(
        .usage, model, "embeddings are compared with embeddings, and \(reference) is no .npy file",
        remedy: "name the model first and this file as its --reference, with the photos")
    }
    guard photos.isEmpty else {
      throw InputError(
        .usage, photos[0], "two embeddings files are compared without photos", remedy: "leave the photos out")
    }
    let request = try vector.request
    let job = try EmbeddingsDriftJob(
      FilePath(model), reference: FilePath(reference),
      output: request == .embedding ? nil : request.description, pool: pool)
    return (try job.measure(), nil)
  }

  private func compareNetworks(_ pool: WorkerPool) throws -> Result {
    guard !photos.isEmpty else {
      throw InputError(
        .usage, model, "there are no photos to run it on",
        remedy: "name photos or a folder that holds some; only two .npy files need none")
    }
    let list = try PhotoList.named(photos)
    let job = try DriftJob(
      model: FilePath(model), reference: FilePath(reference), output: vector.request,
      weights: weights.request, decoding: reading.decoding, kernels: running.kernelSet(), pool: pool)
    let progress = ProgressBar()
    defer { progress.clear() }
    let (summary, failures) = try job.measure(list.paths) { progress.update($0, $1) }
    progress.clear()
    var skipped = SkippedPhotos(list)
    skipped.add(failures)
    return (summary, skipped)
  }

  private func write(_ page: DriftPage, to path: FilePath) throws {
    let file = try OutputFile(path)
    try file.write(page.html)
    try file.commit()
  }

  private func check(_ summary: DriftSummary) throws {
    guard let minCosine, summary.embedding.meanCosine < minCosine else { return }
    Message.error(
      "the mean cosine is \(Number.fixed(summary.embedding.meanCosine, 5)), below --min-cosine \(minCosine)")
    throw ExitStatus.checkFailed
  }
}
