import Calibrate
import Int8Kernels
import Quant

/// Compares a network with a reference on photos: what `edge drift` does.
package struct DriftJob: Sendable {
  private enum Reference: Sendable {
    case network(NetworkFile)
    case embeddings(EmbeddingSet, FilePath)
  }

  private let source: NetworkFile
  private let reference: Reference
  private let output: String
  private let decoding: PhotoDecoding
  private let kernels: KernelSet
  private let pool: WorkerPool

  package typealias Progress = @Sendable (_ part: Double, _ what: String) -> Void

  /// - Parameter weights: about whichever of the two is a weights file.
  /// - Throws: `InputError` when a file cannot be used or lacks the output.
  package init(
    model: FilePath, reference: FilePath, output request: OutputRequest, weights: WeightsRequest,
    decoding: PhotoDecoding = .full, kernels: KernelSet, pool: WorkerPool
  ) throws {
    let isModel = try StoredModel.isModel(model)
    let output = request.description
    source = try NetworkFile(
      model, weights: isModel ? WeightsRequest() : weights, kernels: kernels, outputs: [request])
    _ = try source.network.requireOutput(output)
    if EmbeddingFormat(of: reference) == .npy {
      let set = try EmbeddingSet(contentsOf: reference)
      if let provenance = set.provenance, provenance.output != output {
        throw InputError(
          .mismatch, reference.text, "it holds \(provenance.output), not \(output)",
          remedy: "say --output \(provenance.output)")
      }
      if let provenance = set.provenance, provenance.decoding != decoding {
        throw InputError(
          .mismatch, reference.text, "its photos' decoding was \(provenance.decoding.rawValue)",
          remedy: provenance.decoding == .fast ? "say --fast-decode" : "leave out --fast-decode")
      }
      self.reference = .embeddings(set, reference)
    } else {
      var reading = weights
      // Both see the same pixels, and the weights are read as they were when the model was made.
      reading.proposedRecipe = source.network.recipe
      if case .model(let model) = source.content {
        reading.architecture = reading.architecture ?? model.provenance.architecture
        reading.pooling = model.graph.embeddingPooling
      }
      let isModel = try StoredModel.isModel(reference)
      let file = try NetworkFile(
        reference, weights: isModel ? WeightsRequest() : reading, kernels: kernels, outputs: [request])
      _ = try file.network.requireOutput(output)
      self.reference = .network(file)
    }
    self.output = output
    self.decoding = decoding
    self.kernels = kernels
    self.pool = pool
  }

  /// - Returns: the measurement over the good photos, and why the others are not in it.
  /// - Throws: `InputError` when nothing is left to compare, or the two do not belong together.
  package func measure(_ paths: [FilePath], progress: @escaping Progress) throws -> (
    DriftSummary, [InputError]
  ) {
    if case .network(let other) = reference, case .weights(let weights) = other.content,
      case .model(let model) = source.content, output == "embedding"
    {
      return try measureLayers(paths, model: model, weights: weights, progress: progress)
    }
    return try compareVectors(paths, progress: progress)
  }

  private func measureLayers(
    _ paths: [FilePath], model: QuantizedModel, weights: FloatModel, progress: @escaping Progress
  ) throws -> (DriftSummary, [InputError]) {
    let photos = PreparedPhotos(paths, recipe: model.recipe, decoding: decoding, pool: pool) {
      progress($0, "reading photos")
    }
    try photos.requireSome([])
    let engine = try Engine(model: model, kernels: kernels, retainingValues: true)
    let result = try DriftMeter(network: weights.network, engine: engine).measure(
      photos: photos.photos, pool: pool, progress: progress)
    let summary = DriftSummary(
      result, paths: photos.paths, modelName: source.path.name.text, referenceName: weights.path.name.text)
    return (summary, photos.failures)
  }

  private func compareVectors(_ paths: [FilePath], progress: @escaping Progress) throws -> (
    DriftSummary, [InputError]
  ) {
    let names = source.network.outputs.contains { $0.name == "logits" } ? [output, "logits"] : [output]
    let own = try vectors(
      of: source, paths, names, progress: { progress($0, "running \(source.path.name.text)") })
    var other: [[[Float]]?]
    let referenceName: String
    switch reference {
    case .network(let file):
      referenceName = file.path.name.text
      let common = names.filter { name in file.network.outputs.contains { $0.name == name } }
      other = try vectors(of: file, paths, common, progress: { progress($0, "running \(referenceName)") })
        .vectors
    case .embeddings(let set, let path):
      referenceName = path.name.text
      let rows = try ReferenceRows(set, file: path).rows(for: paths)
      other = rows.map { [Array(set.matrix[$0])] }
    }
    let good = paths.indices.filter { own.vectors[$0] != nil && other[$0] != nil }
    guard !good.isEmpty else { throw InputError(.usage, "", "not one of the photos can be read") }
    let mine = good.compactMap { own.vectors[$0] }
    let reference = good.compactMap { other[$0] }
    let hasLogits = (mine[0].count, reference[0].count) == (2, 2)
    let drift = try EmbeddingDrift(
      mine.map { $0[0] }, against: reference.map { $0[0] }, logits: hasLogits ? mine.map { $0[1] } : nil,
      referenceLogits: hasLogits ? reference.map { $0[1] } : nil)
    let summary = DriftSummary(
      embedding: drift, layers: [], paths: good.map { paths[$0] }, modelName: source.path.name.text,
      referenceName: referenceName, output: output)
    return (summary, own.failures)
  }

  private func vectors(
    of file: NetworkFile, _ paths: [FilePath], _ names: [String], progress: @Sendable (Double) -> Void
  ) throws -> (vectors: [[[Float]]?], failures: [InputError]) {
    var vectors: [[[Float]]?] = []
    var failures: [InputError] = []
    let embedder = try PhotoEmbedder(file.network, outputs: names, decoding: decoding, pool: pool)
    embedder.run(paths, progress: progress) { result in
      vectors.append(try? result.vectors.get())
      if let failure = result.vectors.failure { failures.append(failure) }
    }
    return (vectors, failures)
  }
}

extension Graph {
  /// How the embedding was pooled from a map; nil for one that is averaged, or that layers of a head compute.
  fileprivate var embeddingPooling: GlobalPooling? {
    guard let value = output(named: "embedding"), value > 0,
      case .globalPool(let kind) = nodes[value - 1].operation, kind != .average
    else { return nil }
    return kind
  }
}

/// Which row of a `.npy` file belongs to which photo.
struct ReferenceRows {
  private let set: EmbeddingSet
  private let file: FilePath

  init(_ set: EmbeddingSet, file: FilePath) {
    self.set = set
    self.file = file
  }

  /// By whole paths; else by file names, where each occurs once; in order for a file without paths.
  ///
  /// - Throws: `InputError` naming the first photo without a row.
  func rows(for photos: [FilePath]) throws -> [Int] {
    guard let paths = set.paths else {
      guard photos.count == set.matrix.rows else {
        throw InputError(
          .mismatch, file.text,
          "it has \(set.matrix.rows) rows for \(photos.count) photos, and no .paths.txt beside it",
          remedy: "name the photos of its rows, in their order")
      }
      return Array(photos.indices)
    }
    if let rows = Self.match(photos, with: paths) { return rows }
    if let rows = Self.match(photos.map(\.name), with: paths.map(\.name)) { return rows }
    let known = Set(paths)
    let missing = photos.first { !known.contains($0) } ?? photos[0]
    throw InputError(
      .mismatch, file.text, "it has no row for \(missing.text)", remedy: "embed the same photos for both")
  }

  /// nil when a photo has no row or a name is ambiguous.
  private static func match(_ photos: [FilePath], with names: [FilePath]) -> [Int]? {
    var rows: [FilePath: Int] = [:]
    var ambiguous: Set<FilePath> = []
    for (row, name) in names.enumerated() where rows.updateValue(row, forKey: name) != nil {
      ambiguous.insert(name)
    }
    let found = photos.compactMap { ambiguous.contains($0) ? nil : rows[$0] }
    return found.count == photos.count ? found : nil
  }
}
