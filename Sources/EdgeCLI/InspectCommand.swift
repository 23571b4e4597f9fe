import ArgumentParser
import EdgeTool
import Quant

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what is in a model or a weights file: graph, sizes, ranges, kernels, provenance.")

  @Argument(
    help: ArgumentHelp("A model, or float weights; default is the built-in model.", valueName: "file"))
  var file: String

  @OptionGroup(title: "Weights") var weights: WeightsArguments
  @OptionGroup var running: RunOptions
  @OptionGroup var format: OutputOptions

  func run() throws {
    let source = try NetworkFile(FilePath(file), weights: weights.request, kernels: running.kernelSet())
    switch source.content {
    case .model(let model):
      let page = try ModelDescription(
        model: model, kernels: running.kernelSet(), sha256: source.sha256, byteCount: source.byteCount)
      try format.isJSON ? StandardOutput.write(page.json) : StandardOutput.write(page.text)
    case .weights(let weights):
      let page = WeightsDescription(weights)
      try format.isJSON ? StandardOutput.write(page.json) : StandardOutput.write(page.text)
    }
  }
}
