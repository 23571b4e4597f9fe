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
  private let request: OutputRequest
  private var output: String { request.description }
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
    for path in [model, reference] { try ModelArgument.check(path) }
    let isModel = try StoredModel.isModel(model)
    let output = request.description
    self.request = request
    source = try NetworkFile(
      model, weights: isModel ? WeightsRequest() : weights, kernels: kernels, outputs: [request])
    _ = try source.network.requireOutput(output)
    if EmbeddingFormat(of: reference) == .npy {
      let set = try EmbeddingSet(contentsOf: reference)
      try set.check(output: output, decoding: decoding, file: reference)
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
      case .model(let model) = source.content
    {
      return try measureLayers(
        paths, model: try model.computing([request]), network: weights.network, other, progress: progress)
    }
    return try compareVectors(paths, progress: progress)
  }

  private func measureLayers(
    _ paths: [FilePath], model: QuantizedModel, network: FloatNetwork, _ other: NetworkFile,
    progress: @escaping Progress
  ) throws -> (DriftSummary, [InputError]) {
    let photos = PreparedPhotos(paths, recipe: model.recipe, decoding: decoding, pool: pool) {
      progress($0, "reading photos")
    }
    try photos.requireSome([])
    let engine = try Engine(model: model, kernels: kernels, retainingValues: true)
    let result = try DriftMeter(network: network, engine: engine, output: output).measure(
      photos: photos.photos, pool: pool, inDetailOf: model, progress: progress)
    return (
      summary(result.embedding, layers: result.layers, photos.paths, reference: ComparedSource(other)),
      photos.failures
    )
  }

  private func summary(
    _ drift: EmbeddingDrift, layers: [LayerDrift] = [], _ paths: [FilePath], reference: ComparedSource
  ) -> DriftSummary {
    DriftSummary(
      embedding: drift, layers: layers, paths: paths, model: ComparedSource(source), reference: reference,
      output: output, decoding: decoding)
  }

  private func compareVectors(_ paths: [FilePath], progress: @escaping Progress) throws -> (
    DriftSummary, [InputError]
  ) {
    let names = source.network.outputs.contains { $0.name == "logits" } ? [output, "logits"] : [output]
    let own = try vectors(
      of: source, paths, names, progress: { progress($0, "running \(source.path.name.text)") })
    let (other, reference) = try referenceVectors(paths, names, progress: progress)
    let good = paths.indices.filter { own.vectors[$0] != nil && other[$0] != nil }
    guard !good.isEmpty else { throw InputError(.usage, "", "not one of the photos can be read") }
    let mine = good.compactMap { own.vectors[$0] }
    let expected = good.compactMap { other[$0] }
    let hasLogits = (mine[0].count, expected[0].count) == (2, 2)
    let drift = try EmbeddingDrift(
      mine.map { $0[0] }, against: expected.map { $0[0] }, logits: hasLogits ? mine.map { $0[1] } : nil,
      referenceLogits: hasLogits ? expected.map { $0[1] } : nil, pool: pool)
    return (summary(drift, good.map { paths[$0] }, reference: reference), own.failures)
  }

  private func referenceVectors(_ paths: [FilePath], _ names: [String], progress: @escaping Progress) throws
    -> ([[[Float]]?], ComparedSource)
  {
    switch reference {
    case .network(let file):
      let common = names.filter { name in file.network.outputs.contains { $0.name == name } }
      let found = try vectors(
        of: file, paths, common, progress: { progress($0, "running \(file.path.name.text)") })
      return (found.vectors, ComparedSource(file))
    case .embeddings(let set, let path):
      let rows = try ReferenceRows(set, file: path).rows(for: paths)
      return (rows.map { [Array(set.matrix[$0])] }, try ComparedSource(set, file: path))
    }
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
