import ArgumentParser
import EdgeTool
import Quant

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Embed photos: Int8 with a model, the float reference with weights.",
    discussion: """
      Writes .npy (with .paths.txt and .json beside it), .jsonl or .csv; without -o, JSON lines on standard output. \
      Embeddings have length 1 (L2) unless --no-normalize is given.
      """)

  @Argument(help: ArgumentHelp("A model, or float weights.", valueName: "model|weights"))
  var source: String

  @OptionGroup var photos: PhotoArguments

  @Option(
    name: .customShort("o"),
    help: ArgumentHelp("File to write: .npy, .jsonl or .csv; - is standard output.", valueName: "file"))
  var file: String?

  @OptionGroup var vector: VectorOptions
  @OptionGroup(title: "Weights") var weights: WeightsArguments
  @OptionGroup var running: RunOptions
  @OptionGroup var format: OutputOptions

  func run() throws {
    let list = try photos.list()
    let source = try NetworkFile(FilePath(source), weights: weights.request, kernels: running.kernelSet())
    let columns = try source.network.requireOutput(vector.output)
    let target = file.flatMap { $0 == "-" ? nil : FilePath($0) }
    let writer = try target.map { try EmbeddingWriter($0, columns: columns) }
    source.tellAssumptions()
    var skipped = SkippedPhotos(list)
    let written = try embed(list, with: source, skipped: &skipped) { path, row in
      if let writer { return try writer.append(path, row) }
      try StandardOutput.write(EmbeddingText.jsonLine(path, row))
    }
    if let writer, let target, written > 0 {
      try writer.commit(
        source.provenance(output: vector.output, isNormalized: !vector.noNormalize, version: Edge.version))
      try printSummary(target, written, columns, source)
    }
    try skipped.finish()
  }

  /// Hands every good photo's vector on in order and returns how many there were.
  private func embed(
    _ list: PhotoList, with source: NetworkFile, skipped: inout SkippedPhotos,
    _ deliver: (FilePath, [Float]) throws -> Void
  ) throws -> Int {
    let progress = ProgressBar(isShown: file == nil ? false : nil)
    defer { progress.clear() }
    let title = "embedding \(Number.count(list.paths.count, "photo"))"
    var count = 0
    let embedder = try PhotoEmbedder(source.network, outputs: [vector.output], pool: running.makePool())
    let update: @Sendable (Double) -> Void = { progress.update($0, title) }
    try embedder.run(list.paths, progress: update) { result in
      do {
        let (row, isZero) = vector.finished(try result.vectors.get()[0])
        if isZero { Message.note("\(result.path.text): the vector is all zeros and stays so") }
        try deliver(result.path, row)
        count += 1
      } catch let error as InputError where error == result.vectors.failure {
        progress.clear()
        skipped.add(error)
      }
    }
    return count
  }

  private func printSummary(_ target: FilePath, _ written: Int, _ columns: Int, _ source: NetworkFile) throws
  {
    if format.isJSON {
      try StandardOutput.write([
        "file": .string(target.text), "photos": .integer(written), "dimensions": .integer(columns),
        "model_sha256": .string(source.sha256), "kernels_used": .string(source.network.kernelsUsed),
      ])
    } else {
      try StandardOutput.write(
        "\(Number.count(written, "photo")) embedded, \(columns) values each: \(TerminalText.printable(target.text))\n"
      )
    }
  }
}

/// Which vector of a network, and whether it gets length 1.
struct VectorOptions: ParsableArguments {
  @Option(
    name: .customLong("output"),
    help: ArgumentHelp("Which vector: embedding or logits.", valueName: "name"))
  var output = "embedding"

  @Flag(help: "Leave the vectors' lengths as they are.")
  var noNormalize = false

  /// The vector as it is written, and whether it is zero where it should have had length 1.
  func finished(_ vector: [Float]) -> (row: [Float], isZero: Bool) {
    if noNormalize { return (vector, false) }
    guard let normalized = Normalization.l2(vector) else { return (vector, true) }
    return (normalized, false)
  }
}
