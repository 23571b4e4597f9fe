import ArgumentParser
import Calibrate
import EdgeTool
import Quant

struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search",
    abstract: "Find the photos nearest to a photo, by cosine.",
    discussion: """
      Embeddings of another model, output, normalization or preprocessing are refused. Photos are decoded as those of the \
      embeddings were.
      """)

  @Argument(help: ArgumentHelp("Embeddings that edge embed wrote.", valueName: "embeddings.npy"))
  var embeddings: String

  @OptionGroup var photos: PhotoArguments

  @Option(
    help: ArgumentHelp(
      "The model (or weights) that the embeddings were made with (default: the built-in one, if it was that).",
      valueName: "file"))
  var model: String?

  @Option(help: ArgumentHelp("How many to show.", valueName: "n"))
  var top = 5

  @OptionGroup(title: "Weights") var weights: WeightsArguments
  @OptionGroup var running: RunOptions
  @OptionGroup var format: OutputOptions

  func run() throws {
    guard top >= 1 else { throw InputError(.usage, "--top \(top)", "the number should be at least 1") }
    let list = try photos.list()
    let set = try EmbeddingSet(contentsOf: FilePath(embeddings))
    guard let provenance = set.provenance, let paths = set.paths else {
      throw InputError(
        .mismatch, embeddings,
        "it has no .paths.txt or .json beside it, so nobody can say which model made it",
        remedy: "write it with edge embed")
    }
    let source = try NetworkFile(
      try modelPath(for: provenance), weights: weights.request, kernels: running.kernelSet(),
      outputs: [OutputRequest(parsing: provenance.output)], alone: true)
    try check(set, provenance, against: source)
    let search = Search(set.matrix)
    var skipped = SkippedPhotos(list)
    var answers: [JSON] = []
    let embedder = try PhotoEmbedder(
      source.network, outputs: [provenance.output], augmentation: provenance.augmentation,
      decoding: provenance.decoding, pool: running.makePool())
    try embedder.run(list.paths) { result in
      switch result.vectors {
      case .failure(let error): skipped.add(error)
      case .success(let vectors):
        let hits = search.nearest(to: vectors[0], count: top)
        if format.isJSON {
          answers.append(Self.json(of: hits, query: result.path, paths: paths))
        } else {
          if list.paths.count > 1 {
            try StandardOutput.write(TerminalText.printable(result.path.text) + "\n")
          }
          try StandardOutput.write(
            Self.table(of: hits, paths: paths, indentation: list.paths.count > 1 ? 2 : 0))
        }
      }
    }
    if format.isJSON { try StandardOutput.write(.array(answers)) }
    try skipped.finish()
  }

  /// - Throws: `InputError` (usage) when no model is named and the embeddings are not the built-in one's.
  private func modelPath(for provenance: EmbeddingProvenance) throws -> FilePath {
    if let model { return FilePath(model) }
    guard BuiltInModel.isPresent, try StoredModel.builtIn.sha256 == provenance.modelSHA256 else {
      throw InputError(
        .usage, embeddings,
        "the embeddings are \(provenance.modelName)'s (SHA-256 \(provenance.modelSHA256.prefix(12))…), not the built-in model's",
        remedy: "say --model and that file")
    }
    return BuiltInModel.name
  }

  private func check(_ set: EmbeddingSet, _ provenance: EmbeddingProvenance, against source: NetworkFile)
    throws
  {
    do {
      try provenance.checkComparable(
        with: source.provenance(
          output: provenance.output, isNormalized: provenance.isNormalized,
          augmentation: provenance.augmentation, decoding: provenance.decoding, version: Edge.version))
      let count = try source.network.requireOutput(provenance.output)
      guard count == set.matrix.columns else {
        throw InputError(
          .mismatch, "",
          "its rows have \(set.matrix.columns) values, the model's \(provenance.output) \(count)")
      }
    } catch let error as InputError {
      throw error.inFile(embeddings)
    }
  }

  private static func table(of hits: [Neighbour], paths: [FilePath], indentation: Int) -> String {
    var table = TextTable(.right, .right, .left)
    for (index, hit) in hits.enumerated() {
      table.add("\(index + 1)", Number.fixed(hit.cosine, 4), paths[hit.index].text)
    }
    return table.text(indentation: indentation)
  }

  private static func json(of hits: [Neighbour], query: FilePath, paths: [FilePath]) -> JSON {
    let list = hits.enumerated().map { index, hit -> JSON in
      ["rank": .integer(index + 1), "cosine": .number(hit.cosine), "path": .string(paths[hit.index].text)]
    }
    return ["query": .string(query.text), "nearest": .array(list)]
  }
}
