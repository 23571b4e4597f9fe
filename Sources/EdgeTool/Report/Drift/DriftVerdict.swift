/// What a measurement means, in words; Docs/drift.md says where the limits come from.
package enum DriftVerdict: String, CaseIterable, Sendable {
  case identical
  case veryClose = "very close"
  case close
  case noticeable
  case far

  /// - Parameters: of `EmbeddingDrift`.
  package init(meanCosine: Double, firstPercentileCosine: Double) {
    let limits: [(DriftVerdict, mean: Double, firstPercentile: Double)] = [
      // Cosines are computed to about 1e-16.
      (.identical, 1 - 1e-12, 1 - 1e-12), (.veryClose, 0.995, 0.98), (.close, 0.98, 0.9),
      (.noticeable, 0.9, 0.5),
    ]
    let met = limits.first { meanCosine >= $0.mean && firstPercentileCosine >= $0.firstPercentile }
    self = met?.0 ?? .far
  }

  /// What follows from it.
  package var sentence: String {
    switch self {
    case .identical: "Every photo has the same vector from both."
    case .veryClose: "One can stand in for the other."
    case .close: "Good enough for search and grouping, but look at the photos that drift most."
    case .noticeable:
      "Similar photos will come in another order: look at what drifts most."
    case .far: "One cannot stand in for the other."
    }
  }
}
