import ArgumentParser
import Calibrate
import EdgeTool
import Quant

struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Turn float weights into an Int8 model, calibrated on photos.",
    discussion: """
      Fifty to a few hundred photos like those that the model will see are enough. The same weights and photos give the \
      same model file on every machine.
      """)

  @Argument(help: ArgumentHelp("Float weights: .pth, .pt or .safetensors.", valueName: "weights"))
  var weightsFile: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Photos to calibrate on: files, folders, or -.", valueName: "photos"))
  var calibration: [String] = []

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The model to write (.edge.safetensors).", valueName: "model"))
  var output: String

  @Option(
    help: ArgumentHelp(
      "Ranges that edge calibrate wrote, instead of choosing them.", valueName: "ranges.json"))
  var ranges: String?

  @Option(help: ArgumentHelp("Class names to store in the model, one a line.", valueName: "file"))
  var labels: String?

  @Option(
    help: ArgumentHelp(
      "What makes up for rounding: none, fast (biases) or full (weights too).", valueName: "choice"))
  var corrections = "full"

  @Option(help: ArgumentHelp("A step of the corrections to leave out.", visibility: .hidden))
  var without: [String] = []

  @Flag(help: "Leave the classifier out: a smaller model, which computes embeddings alone.")
  var embeddingOnly = false

  @Option(
    help: ArgumentHelp("The weights' licence, which the model is to name.", valueName: "text"))
  var licence: String?

  @Flag(help: "Print the drift of every layer.")
  var verbose = false

  @OptionGroup var calibrating: CalibrationOptions
  @OptionGroup var format: OutputOptions

  func run() throws {
    guard !calibration.isEmpty || ranges != nil else {
      throw InputError(
        .usage, "--calibration", "there are no photos to calibrate on", remedy: "name a folder that has some")
    }
    let target = FilePath(output)
    try OutputFile.checkWritable(target)
    let list = calibration.isEmpty ? PhotoList() : try PhotoList.named(calibration)
    let wanted = try Corrections(parsing: corrections, without: without)
    let run = try CalibrationRun(
      calibrating, weights: weightsFile, photos: list, labels: labels, isEmbeddingOnly: embeddingOnly,
      licence: licence)
    let progress = run.progress
    defer { progress.clear() }
    let given = try ranges.map { try QuantizationJob.readRanges(FilePath($0)) }
    if given == nil { try run.photos.requireSome(calibration) }
    let result = try run.job.quantize(photos: run.photos, ranges: given, corrections: wanted) {
      progress.update($0, $1)
    }
    progress.clear()
    let byteCount = try result.model.write(to: target)
    try print(result, of: run.model, byteCount: byteCount)
    try run.skipped.finish()
  }

  private func print(_ result: QuantizationJob.Result, of model: FloatModel, byteCount: Int) throws {
    if format.isJSON {
      var members = model.json.object ?? [:]
      members["file"] = .string(output)
      members["bytes"] = .integer(byteCount)
      members["calibration"] = result.model.provenance.calibration
      members["notes"] = .array((result.corrections?.notes ?? []).map(JSON.string))
      members["advice"] = .array(result.advice.map(\.json))
      var drift = result.drift?.json.object
      // Pairs of photos are what edge drift is for.
      drift?["similarities"] = nil
      members["calibration_drift"] = drift.map { .object($0) } ?? .null
      return try StandardOutput.write(.object(members))
    }
    var table = model.table
    table.add("calibration", CalibrationText.text(result.model.provenance.calibration))
    for note in result.corrections?.notes ?? [] { table.add("note", note) }
    for line in result.advice { table.add("note", line.text) }
    table.add("model", "\(output), \(Number.bytes(byteCount))")
    try StandardOutput.write(table.text())
    guard let drift = result.drift else { return }
    try StandardOutput.write(
      "\nDrift from the float weights, measured on the calibration photos themselves (edge drift measures on others):\n"
        + drift.text(noisiestLayers: verbose ? .max : 3))
  }
}
