import ArgumentParser
import EdgeTool
import Quant

struct ClassifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Name the likeliest classes of photos.")

  @Argument(help: ArgumentHelp("A model, or float weights, with a classifier.", valueName: "model|weights"))
  var source: String

  @OptionGroup var photos: PhotoArguments
  @OptionGroup var reading: DecodingOptions

  @Option(help: ArgumentHelp("How many classes to show.", valueName: "n"))
  var top = 5

  @Option(help: ArgumentHelp("Class names, one a line (default: the model's own).", valueName: "file"))
  var labels: String?

  @OptionGroup(title: "Weights") var weights: WeightsArguments
  @OptionGroup var running: RunOptions
  @OptionGroup var format: OutputOptions

  func run() throws {
    guard top >= 1 else { throw InputError(.usage, "--top \(top)", "the number should be at least 1") }
    let list = try photos.list()
    let source = try NetworkFile(
      FilePath(source), weights: weights.request, kernels: running.kernelSet(),
      outputs: [OutputRequest("logits")])
    let classes = try source.network.requireOutput("logits")
    guard classes > 1 else {
      throw InputError(
        .mismatch, self.source, "its head has one value, so there are no classes to choose from",
        remedy: "edge embed --output logits --no-normalize gives that value")
    }
    let names = try labels.map { try Labels.read(FilePath($0), count: classes) } ?? source.network.labels
    source.tellAssumptions()
    var skipped = SkippedPhotos(list)
    var answers: [JSON] = []
    let embedder = try PhotoEmbedder(
      source.network, outputs: ["logits"], decoding: reading.decoding,
      pool: running.makePool())
    try embedder.run(list.paths) { result in
      switch result.vectors {
      case .failure(let error): skipped.add(error)
      case .success(let vectors):
        let answer = Self.classes(vectors[0], names: names, top: top)
        if format.isJSON {
          answers.append(Self.json(of: answer, path: result.path))
        } else {
          try StandardOutput.write(Self.text(of: answer, path: result.path))
        }
      }
    }
    if format.isJSON { try StandardOutput.write(.array(answers)) }
    try skipped.finish()
  }

  private typealias Class = (index: Int, name: String?, probability: Float)

  private static func classes(_ logits: [Float], names: [String], top: Int) -> [Class] {
    let probabilities = Softmax.probabilities(logits)
    return Softmax.largest(logits, count: top).map { index in
      (index, names.indices.contains(index) ? names[index] : nil, probabilities[index])
    }
  }

  private static func text(of classes: [Class], path: FilePath) -> String {
    var table = TextTable(.right, .left)
    for item in classes {
      table.add(Number.fixed(100 * Double(item.probability), 2) + " %", item.name ?? "class \(item.index)")
    }
    return TerminalText.printable(path.text) + "\n" + table.text(indentation: 2)
  }

  private static func json(of classes: [Class], path: FilePath) -> JSON {
    let list = classes.map { item -> JSON in
      [
        "index": .integer(item.index), "label": item.name.map(JSON.string) ?? .null,
        "probability": .float(item.probability),
      ]
    }
    return ["path": .string(path.text), "classes": .array(list)]
  }
}
