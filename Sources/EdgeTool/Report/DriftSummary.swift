import Calibrate
import Quant

/// A drift measurement with the names that make it readable.
package struct DriftSummary: Sendable {
  package struct Layer: Hashable, Sendable {
    package var name: String
    package var sqnrDecibels: Double

    package init(name: String, sqnrDecibels: Double) {
      self.name = name
      self.sqnrDecibels = sqnrDecibels
    }
  }

  package var embedding: EmbeddingDrift
  /// In the graph's order; empty when the reference is no float network.
  package var layers: [Layer]
  /// The photo of each cosine.
  package var paths: [FilePath]
  package var modelName: String
  package var referenceName: String
  /// `embedding` or `logits`.
  package var output: String

  package init(
    embedding: EmbeddingDrift, layers: [Layer], paths: [FilePath], modelName: String, referenceName: String,
    output: String
  ) {
    self.embedding = embedding
    self.layers = layers
    self.paths = paths
    self.modelName = modelName
    self.referenceName = referenceName
    self.output = output
  }

  /// The photos with the smallest cosines, smallest first.
  package func worst(_ count: Int) -> [(path: FilePath, cosine: Double)] {
    let order = embedding.cosines.indices.sorted { (embedding.cosines[$0], $0) < (embedding.cosines[$1], $1) }
    return order.prefix(count).map { (paths[$0], embedding.cosines[$0]) }
  }

  /// The layers with the smallest ratios, smallest first.
  package func noisiest(_ count: Int) -> [Layer] {
    let order = layers.indices.sorted { (layers[$0].sqnrDecibels, $0) < (layers[$1].sqnrDecibels, $1) }
    return order.prefix(count).map { layers[$0] }
  }

  /// The figures without photos or paths: what a model stores about itself.
  package var storedJSON: JSON { embedding.json }

  package var json: JSON {
    guard case .object(var members) = embedding.json else { return embedding.json }
    members["model"] = .string(modelName)
    members["reference"] = .string(referenceName)
    members["output"] = .string(output)
    members["worst_photos"] = .array(
      worst(5).map { ["path": .string($0.path.text), "cosine": .number($0.cosine)] })
    members["photo_cosines"] = .array(
      zip(paths, embedding.cosines).map { ["path": .string($0.text), "cosine": .number($1)] })
    if !layers.isEmpty {
      members["layers"] = .array(
        layers.map { layer in
          [
            "name": .string(layer.name),
            "sqnr_db": layer.sqnrDecibels.isFinite ? .number(layer.sqnrDecibels) : .null,
          ]
        })
    }
    return .object(members)
  }

  /// Lines for a terminal.
  package func text(worstPhotos: Int = 3, noisiestLayers: Int = 5) -> String {
    var table = TextTable(.left, .left)
    table.add("photos", Number.grouped(embedding.photoCount))
    table.add(
      "cosine",
      "mean \(Number.fixed(embedding.meanCosine, 5)), 1st percentile \(Number.fixed(embedding.firstPercentileCosine, 5)), least \(Number.fixed(embedding.minimumCosine, 5))"
    )
    table.add("recall@10", Number.fixed(embedding.recallAt10, 4))
    if let agreement = embedding.top1Agreement { table.add("top-1 agreement", Number.fixed(agreement, 4)) }
    return table.text()
      + section("worst photos", worst(worstPhotos).map { (Number.fixed($0.cosine, 5), $0.path.text) })
      + section(
        "noisiest layers",
        noisiest(noisiestLayers).map { (Number.fixed($0.sqnrDecibels, 1) + " dB", $0.name) })
  }

  private func section(_ title: String, _ rows: [(String, String)]) -> String {
    guard !rows.isEmpty else { return "" }
    var table = TextTable(.right, .left)
    for row in rows { table.add(row.0, row.1) }
    return title + "\n" + table.text(indentation: 2)
  }
}
