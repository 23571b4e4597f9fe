import Calibrate
import Quant

/// A drift measurement with the names that make it readable.
package struct DriftSummary: Sendable {
  package var embedding: EmbeddingDrift
  /// In the graph's order; empty when the reference is no float network.
  package var layers: [LayerDrift]
  /// The photo of each cosine.
  package var paths: [FilePath]
  package var model: ComparedSource
  package var reference: ComparedSource
  /// `embedding`, `logits`, or a layer.
  package var output: String
  /// How much of the photos was decoded; nil where that is not known.
  package var decoding: PhotoDecoding?
  /// Of the program that measured it.
  package var version: String?

  package init(
    embedding: EmbeddingDrift, layers: [LayerDrift] = [], paths: [FilePath], model: ComparedSource,
    reference: ComparedSource, output: String, decoding: PhotoDecoding? = nil
  ) {
    self.embedding = embedding
    self.layers = layers
    self.paths = paths
    self.model = model
    self.reference = reference
    self.output = output
    self.decoding = decoding
  }

  package var verdict: DriftVerdict {
    DriftVerdict(
      meanCosine: embedding.meanCosine, firstPercentileCosine: embedding.firstPercentileCosine)
  }

  /// The numbers of the photos with the smallest cosines, smallest first.
  package func worst(_ count: Int) -> [Int] {
    let order = embedding.cosines.indices.sorted { (embedding.cosines[$0], $0) < (embedding.cosines[$1], $1) }
    return Array(order.prefix(count))
  }

  /// The layers with the smallest ratios in the model, smallest first.
  package func noisiest(_ count: Int) -> [LayerDrift] {
    let order = layers.indices.sorted { (layers[$0].sqnrDecibels, $0) < (layers[$1].sqnrDecibels, $1) }
    return order.prefix(count).map { layers[$0] }
  }
}
