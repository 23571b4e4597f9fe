import Quant

/// How far one set of embeddings is from another of the same photos.
public struct EmbeddingDrift: Hashable, Sendable {
  public var photoCount: Int
  /// Of the cosines between the two embeddings of each photo.
  public var meanCosine: Double
  public var firstPercentileCosine: Double
  public var minimumCosine: Double
  /// The photo of the smallest cosine.
  public var worstPhoto: Int
  /// The part of each photo's ten nearest others (fewer in a small set) that both sets agree on, averaged.
  public var recallAt10: Double { similarities.recall(at: 10) }
  public var recallAt5: Double { similarities.recall(at: 5) }
  /// The part of photos whose nearest other is the same.
  public var recallAt1: Double { similarities.recall(at: 1) }
  /// The part of photos with the same largest logit; nil without at least two classes.
  public var top1Agreement: Double?
  public var cosines: [Double]
  public var similarities: SimilarityDrift
}

extension EmbeddingDrift {
  /// - Parameters:
  ///   - embeddings: rows of one length, one a photo, in the same order as `reference`; need not be normalized.
  ///   - pool: shares the work of comparing all photos with all; nil for the calling thread alone.
  /// - Throws: `InputError` when counts or lengths differ, or there is nothing to compare.
  public init(
    _ embeddings: [[Float]], against reference: [[Float]], logits: [[Float]]? = nil,
    referenceLogits: [[Float]]? = nil, pool: WorkerPool? = nil
  ) throws {
    guard let first = embeddings.first, embeddings.count == reference.count else {
      throw InputError(.mismatch, "", "\(embeddings.count) embeddings are compared with \(reference.count)")
    }
    for row in embeddings + reference where row.count != first.count {
      throw InputError(
        .mismatch, "", "embeddings of \(first.count) values are compared with embeddings of \(row.count)")
    }
    let cosines = zip(embeddings, reference).map { Cosine.similarity($0, $1) }
    let sorted = cosines.sorted()
    self.init(
      photoCount: cosines.count, meanCosine: cosines.reduce(0, +) / Double(cosines.count),
      firstPercentileCosine: sorted.percentile(1), minimumCosine: sorted[0],
      worstPhoto: cosines.indices.min { cosines[$0] < cosines[$1] } ?? 0,
      top1Agreement: nil, cosines: cosines,
      similarities: SimilarityDrift(embeddings, against: reference, pool: pool))
    if let logits, let referenceLogits, logits.count == referenceLogits.count,
      let first = logits.first, first.count > 1
    {
      let same = zip(logits, referenceLogits).count { $0.indexOfLargest == $1.indexOfLargest }
      top1Agreement = Double(same) / Double(logits.count)
    }
  }

  /// The figures without photos: what a model stores about itself.
  public var json: JSON {
    var members: [String: JSON] = [
      "photos": .integer(photoCount), "mean_cosine": .number(meanCosine),
      "p1_cosine": .number(firstPercentileCosine), "min_cosine": .number(minimumCosine),
      "recall_at_1": .number(recallAt1), "recall_at_5": .number(recallAt5),
      "recall_at_10": .number(recallAt10),
    ]
    if let top1Agreement { members["top1_agreement"] = .number(top1Agreement) }
    return .object(members)
  }
}

extension Array where Element: Comparable {
  /// The first index of the largest element; 0 for none.
  var indexOfLargest: Int { indices.max { (self[$0], $1) < (self[$1], $0) } ?? 0 }
}
