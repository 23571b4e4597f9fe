import Calibrate
import Quant

/// What corrections did, as lines for people; from what the model stores.
enum CorrectionText {
  /// Such as `corrected (rounding 49, bias 49, output 48 of 49 convolutions)`.
  static func text(_ corrections: JSON) -> String {
    if corrections["rejected"]?.bool == true { return "not corrected: the photos kept aside lost by it" }
    guard let convolutions = corrections["convolutions"]?.int, let steps = corrections["steps"]?.object,
      !steps.isEmpty
    else { return "not corrected" }
    let counts = Corrections.Step.allCases.compactMap { step in
      steps[step.rawValue]?.int.map { "\(step.rawValue) \($0)" }
    }
    return "corrected (\(counts.joined(separator: ", ")) of \(Number.count(convolutions, "convolution")))"
  }
}

extension CorrectionReport {
  /// For the model's provenance: a function of weights, photos and options alone.
  package var json: JSON {
    var members: [String: JSON] = ["convolutions": .integer(convolutions), "photos": .integer(photos)]
    if isRejected {
      members["rejected"] = .bool(true)
    } else {
      var taken: [String: JSON] = [:]
      for step in steps { taken[step.rawValue] = .integer(counts[step] ?? 0) }
      members["steps"] = .object(taken)
    }
    return .object(members)
  }

  /// What a person should know, one line each: photos that were left out, steps that need more of them, corrections that were
  /// taken back. What to do about few photos is advice's to say.
  package var notes: [String] {
    var notes: [String] = []
    if photos < photosGiven {
      notes.append(
        "corrections saw \(Number.grouped(photos)) of \(Number.count(photosGiven, "photo")), evenly chosen: memory holds no more maps of so large a network"
      )
    }
    if !tooFewPhotosFor.isEmpty {
      let names = tooFewPhotosFor.map(\.rawValue).joined(separator: ", ")
      let least = tooFewPhotosFor.map(\.leastPhotos).max() ?? 0
      notes.append(
        "\(Number.count(photos, "photo")): too few to correct \(names), which takes at least \(least)")
    }
    if isRejected {
      notes.append(
        "corrections were taken back: embeddings of the photos kept aside went farther from the float network's; more photos may help"
      )
    }
    return notes
  }
}
