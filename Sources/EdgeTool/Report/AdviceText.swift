import Calibrate
import Quant

/// One thing to look into, in words: stored in the model, printed by `edge quantize` and `edge inspect`.
package struct AdviceLine: Sendable, Hashable {
  /// Such as `too_few_photos`: stable, for programs.
  package var kind: String
  package var layers: [String]
  package var reason: String
  package var remedy: String
  /// What tells it, by name.
  package var figures: [String: Double]

  package var text: String { "\(reason); \(remedy)" }

  package var json: JSON {
    [
      "kind": .string(kind), "layers": .strings(layers), "reason": .string(reason), "remedy": .string(remedy),
      "figures": .object(figures.mapValues { $0.isFinite ? .number($0) : .null }),
    ]
  }

  /// What `json` of a model says; lines that are not understood are left out.
  static func texts(_ json: JSON) -> [String] {
    (json.array ?? []).compactMap { line in
      guard let reason = line["reason"]?.string, let remedy = line["remedy"]?.string else { return nil }
      return "\(reason); \(remedy)"
    }
  }
}

extension QuantizationAdvice {
  /// - Parameter photos: those calibrated on, in order; none where their names are not to be said, as in a model.
  package func lines(photos: [FilePath]) -> [AdviceLine] {
    findings.map { finding in
      switch finding {
      case .preprocessing(let advice): advice.line
      case .tooFewPhotos(let count):
        AdviceLine(
          kind: "too_few_photos", layers: [],
          reason:
            "\(Number.count(count, "photo")) to calibrate on: what other photos show beyond them is cut off",
          remedy:
            "give fifty or more that are like those the model will see; --augment makes variants of few",
          figures: ["photos": Double(count)])
      case .rangeOutliers(let outliers): Self.line(outliers, photos: photos)
      case .deadChannels(let layers): Self.line(layers)
      case .noisyLayers(let layers, let cosine):
        Self.line(layers, cosine: cosine, isAlone: findings.count == 1)
      }
    }
  }

  private static func line(_ outliers: [RangeOutlier], photos: [FilePath]) -> AdviceLine {
    func name(ofPhoto index: Int) -> String {
      photos.indices.contains(index) ? photos[index].name.text : "one photo"
    }
    let parts = outliers.map { outlier in
      let times = "\(Number.fixed(outlier.factor, 0)) times"
      return switch outlier.cause {
      case .range: "\(outlier.layer) (\(times) what the photos show)"
      case .photo(let index): "\(outlier.layer) (\(name(ofPhoto: index)), \(times) the usual photo)"
      case .layer: "\(outlier.layer) (\(times) the layers around it)"
      case .channels(let count, let all):
        "\(outlier.layer) (\(count) of \(all) channels, \(times) the usual channel)"
      }
    }
    return AdviceLine(
      kind: "range_outlier", layers: outliers.map(\.layer),
      reason: "ranges far wider than usual: \(parts.joined(separator: ", "))",
      remedy: Self.remedy(outliers), figures: ["factor": outliers.first?.factor ?? 0])
  }

  /// Of the first, which the others follow from.
  private static func remedy(_ outliers: [RangeOutlier]) -> String {
    switch outliers.first?.cause {
    case .photo: "leave that photo out if it is not a usual one, or use --observer percentile"
    case .layer, .channels: "check the first one's weights and normalization: did something scale them?"
    default: "calibrate again on these photos, without --ranges"
    }
  }

  private static func line(_ layers: [DeadChannels]) -> AdviceLine {
    let parts = layers.map { "\($0.layer) (\($0.count) of \($0.channels))" }
    return AdviceLine(
      kind: "dead_channels", layers: layers.map(\.layer),
      reason: "channels that have one value in all photos: \(parts.joined(separator: ", "))",
      remedy: "check the weights and the preprocessing: such channels tell photos apart no more",
      figures: ["share": layers.first.map { Double($0.count) / Double($0.channels) } ?? 0])
  }

  /// - Parameter isAlone: whether nothing else was found, which would be the cause.
  private static func line(_ layers: [NoisyLayer], cosine: Double, isAlone: Bool) -> AdviceLine {
    let parts = layers.map {
      "\($0.layer) (\(Number.fixed($0.inputDecibels, 1)) → \(Number.fixed($0.decibels, 1)) dB)"
    }
    return AdviceLine(
      kind: "noisy_layers", layers: layers.map(\.layer),
      reason:
        "mean cosine \(Number.fixed(cosine, 4)) on the calibration photos; most is lost in \(parts.joined(separator: ", "))",
      remedy: isAlone
        ? "calibrate on more photos with --corrections full, or compare --observer percentile"
        : "first mend what is named besides",
      figures: ["mean_cosine": cosine])
  }
}

extension PreprocessingAdvice {
  fileprivate var line: AdviceLine {
    let figures = ["own": own, "other": other]
    func line(_ reason: String, _ remedy: String) -> AdviceLine {
      AdviceLine(
        kind: "preprocessing_mismatch", layers: [layer], reason: "the statistics of \(layer) fit \(reason)",
        remedy: remedy, figures: figures)
    }
    let (here, there) = (Number.fixed(own, 2), Number.fixed(other, 2))
    switch remedy {
    case .order(let order):
      return line(
        "these photos as \(order.rawValue) better than as they are (distance \(there) for \(here))",
        "unless the photos are unusually blue, try --channels \(order.rawValue)")
    case .scaling(let recipe, let preset):
      let options = recipe.scalingOptions
      return line(
        "photos scaled as \(recipe.valueFormula) better than as they are (distance \(there) for \(here))",
        preset.map { "try --preset \($0), or of it only \(options)" } ?? "try \(options)")
    }
  }
}

extension Recipe {
  /// The options that say how bytes become numbers.
  fileprivate var scalingOptions: String {
    func list(_ values: [Float]) -> String { values.map(Self.short).joined(separator: ",") }
    let order = channelOrder == .bgr ? "--channels bgr " : ""
    return "\(order)--scale \(Self.short(scale)) --mean \(list(mean)) --std \(list(deviation))"
  }
}
