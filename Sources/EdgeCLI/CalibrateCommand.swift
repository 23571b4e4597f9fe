import ArgumentParser
import Calibrate
import EdgeTool
import Quant

struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Find the ranges of a network's activations, for edge quantize --ranges.")

  @Argument(help: ArgumentHelp("Float weights: .pth, .pt or .safetensors.", valueName: "weights"))
  var weightsFile: String

  @Option(
    name: [.customLong("images"), .customLong("calibration")], parsing: .upToNextOption,
    help: ArgumentHelp("Photos to calibrate on: files, folders, or -.", valueName: "photos"))
  var images: [String]

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp("The ranges to write.", valueName: "ranges.json"))
  var output: String

  @OptionGroup var calibrating: CalibrationOptions
  @OptionGroup var format: OutputOptions

  func run() throws {
    let target = FilePath(output)
    try OutputFile.checkWritable(target)
    let list = try PhotoList.named(images)
    let run = try CalibrationRun(calibrating, weights: weightsFile, photos: list)
    let progress = run.progress
    defer { progress.clear() }
    try run.photos.requireSome(images)
    let ranges = try run.job.ranges(photos: run.photos) { progress.update($0, $1) }
    progress.clear()
    let file = try OutputFile(target)
    try file.write(ranges.json.text(indented: true) + "\n")
    try file.commit()
    try print(ranges, of: run.model)
    try run.skipped.finish()
  }

  private func print(_ ranges: ActivationRanges, of model: FloatModel) throws {
    if format.isJSON {
      return try StandardOutput.write([
        "file": .string(output), "maps": .integer(ranges.ranges.count), "settings": ranges.settings,
        "architecture": .string(model.network.architecture),
      ])
    }
    var table = model.table
    table.add("calibration", CalibrationText.text(ranges.settings))
    table.add("ranges", "\(output), \(Number.count(ranges.ranges.count, "map"))")
    try StandardOutput.write(table.text())
  }
}
