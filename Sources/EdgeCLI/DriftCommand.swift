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
      A .npy file's rows belong to the photos in their order, or by path when .paths.txt stands beside it. With float \
      weights the signal-to-noise ratio of every layer is measured too.
      """)

  @Argument(help: ArgumentHelp("A model, or float weights.", valueName: "model"))
  var model: String

  @OptionGroup var photos: PhotoArguments
  @OptionGroup var reading: DecodingOptions

  @Option(help: ArgumentHelp("Float weights, another model, or a .npy file.", valueName: "file"))
  var reference: String

  @Option(help: ArgumentHelp("Fail with exit code 1 when the mean cosine is below this.", valueName: "x"))
  var minCosine: Double?

  @Option(help: ArgumentHelp("Write the measurement as an HTML page.", valueName: "drift.html"))
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
    let list = try photos.list()
    let job = try DriftJob(
      model: FilePath(model), reference: FilePath(reference), output: vector.request,
      weights: weights.request, decoding: reading.decoding, kernels: running.kernelSet(),
      pool: running.makePool())
    let progress = ProgressBar()
    defer { progress.clear() }
    let (summary, failures) = try job.measure(list.paths) { progress.update($0, $1) }
    progress.clear()
    var skipped = SkippedPhotos(list)
    skipped.add(failures)
    if let report { try write(DriftPage(summary, version: Edge.version), to: FilePath(report)) }
    if format.isJSON {
      try StandardOutput.write(summary.json)
    } else {
      try StandardOutput.write(summary.text(noisiestLayers: verbose ? .max : 5))
    }
    try check(summary)
    try skipped.finish()
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
