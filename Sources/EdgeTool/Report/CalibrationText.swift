import Quant

/// Stored calibration settings and drift as lines for people.
package enum CalibrationText {
  /// Such as `100 photos, least-squared-error`.
  package static func text(_ settings: JSON) -> String {
    var parts: [String] = []
    if let photos = settings["photos"]?.int { parts.append(Number.count(photos, "photo")) }
    if let variants = settings["variants"]?.int {
      parts.append("\(Number.count(variants, "random variant")) of each")
    }
    if let observer = settings["observer"]?.string { parts.append("ranges by \(observer)") }
    if let corrections = settings["corrections"] { parts.append(CorrectionText.text(corrections)) }
    return parts.isEmpty ? "not recorded" : parts.joined(separator: ", ")
  }

  /// What was measured when the model was made, and on what; no line when nothing was.
  static func drift(_ drift: JSON) -> [String] {
    guard let mean = drift["mean_cosine"]?.double, let least = drift["min_cosine"]?.double else { return [] }
    let photos = drift["photos"]?.int.map { " on \(Number.count($0, "photo"))" } ?? ""
    let place = drift["measured_on"]?.string.map { " (\($0))" } ?? ""
    var cosines = ["mean cosine \(Number.fixed(mean, 5))"]
    if let first = drift["p1_cosine"]?.double { cosines.append("1st percentile \(Number.fixed(first, 5))") }
    cosines.append("least \(Number.fixed(least, 5))\(photos)\(place)")
    // Models of before have recall@10 alone.
    let recalls = [1, 5, 10].compactMap { count in
      drift["recall_at_\(count)"]?.double.map { "@\(count) \(Number.fixed($0, 4))" }
    }
    var ranks: [String] = []
    if !recalls.isEmpty { ranks.append("recall" + recalls.joined(separator: ", ")) }
    if let agreement = drift["top1_agreement"]?.double {
      ranks.append("top-1 agreement \(Number.fixed(agreement, 4))")
    }
    return [cosines, ranks].filter { !$0.isEmpty }.map { $0.joined(separator: ", ") }
  }
}
