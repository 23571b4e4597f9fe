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
  public var recallAt10: Double
  /// The part of photos with the same largest logit; nil without at least two classes.
  public var top1Agreement: Double?
  public var cosines: [Double]
}

extension EmbeddingDrift {
  /// - Parameters: rows of one length, one a photo, in the same order; need not be normalized.
  /// - Throws: `InputError` when counts or lengths differ, or there is nothing to compare.
  public init(
    _ embeddings: [[Float]], against reference: [[Float]], logits: [[Float]]? = nil,
    referenceLogits: [[Float]]? = nil
  ) throws {
    guard !embeddings.isEmpty, embeddings.count == reference.count else {
      throw InputError(.mismatch, "", "\(embeddings.count) embeddings are compared with \(reference.count)")
    }
    for (a, b) in zip(embeddings, reference) where a.count != b.count {
      throw InputError(
        .mismatch, "", "embeddings of \(a.count) values are compared with embeddings of \(b.count)")
    }
    let cosines = zip(embeddings, reference).map { Cosine.similarity($0, $1) }
    let sorted = cosines.sorted()
    self.init(
      photoCount: cosines.count, meanCosine: cosines.reduce(0, +) / Double(cosines.count),
      firstPercentileCosine: sorted.percentile(1), minimumCosine: sorted[0],
      worstPhoto: cosines.indices.min { cosines[$0] < cosines[$1] } ?? 0,
      recallAt10: Cosine.recall(embeddings, against: reference, neighbours: 10),
      top1Agreement: nil, cosines: cosines)
    if let logits, let referenceLogits, logits.count == referenceLogits.count,
      let first = logits.first, first.count > 1
    {
      let same = zip(logits, referenceLogits).count { $0.indexOfLargest == $1.indexOfLargest }
      top1Agreement = Double(same) / Double(logits.count)
    }
  }

  public var json: JSON {
    var members: [String: JSON] = [
      "photos": .integer(photoCount), "mean_cosine": .number(meanCosine),
      "p1_cosine": .number(firstPercentileCosine),
      "min_cosine": .number(minimumCosine), "recall_at_10": .number(recallAt10),
    ]
    if let top1Agreement { members["top1_agreement"] = .number(top1Agreement) }
    return .object(members)
  }
}

/// Similarity of embeddings, in Double.
public enum Cosine {
  /// The cosine of the angle between two vectors of one length; 0 when one of them is zero.
  public static func similarity(_ a: [Float], _ b: [Float]) -> Double {
    var product = 0.0
    var squaresA = 0.0
    var squaresB = 0.0
    for (x, y) in zip(a, b) {
      product += Double(x) * Double(y)
      squaresA += Double(x) * Double(x)
      squaresB += Double(y) * Double(y)
    }
    guard squaresA > 0, squaresB > 0 else { return 0 }
    return product / (squaresA.squareRoot() * squaresB.squareRoot())
  }

  /// The indices of the `count` rows most similar to row `query`, best first; the query is left out, ties go by index.
  public static func nearest(to query: Int, in rows: [[Float]], count: Int) -> [Int] {
    let similarities = rows.map { similarity(rows[query], $0) }
    let order = rows.indices.filter { $0 != query }.sorted {
      (-similarities[$0], $0) < (-similarities[$1], $1)
    }
    return Array(order.prefix(count))
  }

  /// The part of each row's nearest neighbours within its set that both sets share, averaged over the rows.
  static func recall(_ rows: [[Float]], against reference: [[Float]], neighbours: Int) -> Double {
    let count = min(neighbours, rows.count - 1)
    guard count > 0 else { return 1 }
    var shared = 0
    for query in rows.indices {
      let expected = Set(nearest(to: query, in: reference, count: count))
      shared += nearest(to: query, in: rows, count: count).count { expected.contains($0) }
    }
    return Double(shared) / Double(count * rows.count)
  }
}

extension Array where Element: Comparable {
  /// The first index of the largest element; 0 for none.
  var indexOfLargest: Int { indices.max { (self[$0], $1) < (self[$1], $0) } ?? 0 }
}
