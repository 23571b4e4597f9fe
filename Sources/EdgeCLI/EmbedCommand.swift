import ArgumentParser
import EdgeTool
import Quant

struct EmbedCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "embed",
    abstract: "Embed photos: Int8 with a model, the float reference with weights.",
    usage: "edge embed [<model|weights>] <photos> ... [<options>]",
    discussion: """
      Without a model, when the first argument is a photo, a folder or -, the built-in one is used: EfficientNet-Lite0, \
      1280 values a photo. "default" names it too, here and wherever else a model is named; a file of that name is \
      ./default.

      Writes .npy (with .paths.txt and .json beside it), .jsonl or .csv; without -o, JSON lines on standard output. \
      Embeddings have length 1 (L2) unless --no-normalize is given. Several outputs are written to a file each, out.npy \
      to out.embedding.npy, out.logits.npy and so on.
      """)

  @OptionGroup var given: ModelAndPhotoArguments
  @OptionGroup var reading: DecodingOptions

  @Option(
    name: .customShort("o"),
    help: ArgumentHelp("File to write: .npy, .jsonl or .csv; - is standard output.", valueName: "file"))
  var file: String?

  @OptionGroup var vector: VectorOptions
  @OptionGroup(title: "Weights") var weights: WeightsArguments
  @OptionGroup var running: RunOptions
  @OptionGroup var format: OutputOptions

  func run() throws {
    let (model, photos) = given.split
    guard !photos.isEmpty else {
      throw InputError(
        .usage, model.text, "this is no photo, and there are none after it",
        remedy: "name JPEG or PNG files, folders, or -")
    }
    let list = try PhotoList.named(photos)
    let (requests, augmentation) = (try vector.choice.requests, try vector.augmentation)
    let source = try NetworkFile(
      model, weights: weights.request, kernels: running.kernelSet(), outputs: requests,
      alone: true)
    let outputs = requests.map(\.description)
    let target = file.flatMap { $0 == "-" ? nil : FilePath($0) }
    let files = try target.map { try EmbeddingFiles($0, outputs: outputs, network: source.network) }
    source.tellAssumptions()
    var skipped = SkippedPhotos(list)
    let embedder = try PhotoEmbedder(
      source.network, outputs: outputs, augmentation: augmentation,
      decoding: reading.decoding, pool: running.makePool())
    let written = try embed(list, with: embedder, outputs, skipped: &skipped) { path, rows in
      if let files { return try files.append(path, rows) }
      try StandardOutput.write(EmbeddingText.jsonLine(path, Array(zip(outputs, rows))))
    }
    if let files, written > 0 {
      try files.commit { output in
        source.provenance(
          output: output, isNormalized: !vector.noNormalize, augmentation: augmentation,
          decoding: reading.decoding, version: Edge.version)
      }
      try printSummary(files, written, source)
    }
    try skipped.finish()
  }

  /// Hands every good photo's vectors on in order and returns how many photos there were.
  private func embed(
    _ list: PhotoList, with embedder: PhotoEmbedder, _ outputs: [String], skipped: inout SkippedPhotos,
    _ deliver: (FilePath, [[Float]]) throws -> Void
  ) throws -> Int {
    let progress = ProgressBar(isShown: file == nil ? false : nil)
    defer { progress.clear() }
    let title = "embedding \(Number.count(list.paths.count, "photo"))"
    var count = 0
    let update: @Sendable (Double) -> Void = { progress.update($0, title) }
    try embedder.run(list.paths, progress: update) { result in
      do {
        let finished = try result.vectors.get().map(vector.finished)
        for (output, vector) in zip(outputs, finished) where vector.isZero {
          Message.note("\(result.path.text): the vector \(output) is all zeros and stays so")
        }
        try deliver(result.path, finished.map(\.row))
        count += 1
      } catch let error as InputError where error == result.vectors.failure {
        progress.clear()
        skipped.add(error)
      }
    }
    return count
  }

  private func printSummary(_ files: EmbeddingFiles, _ written: Int, _ source: NetworkFile) throws {
    for file in files.files {
      if format.isJSON {
        try StandardOutput.write([
          "file": .string(file.path.text), "output": .string(file.output), "photos": .integer(written),
          "dimensions": .integer(file.columns), "model_sha256": .string(source.sha256),
          "kernels_used": .string(source.network.kernelsUsed),
        ])
      } else {
        let path = TerminalText.printable(file.path.text)
        try StandardOutput.write(
          "\(Number.count(written, "photo")) embedded, \(file.columns) values each: \(path)\n")
      }
    }
  }
}
