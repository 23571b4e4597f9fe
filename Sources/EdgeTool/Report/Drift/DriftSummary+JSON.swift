import Calibrate
import Quant

extension DriftSummary {
  /// Everything that is known, in the form of Docs/schema/drift.schema.json.
  package var json: JSON {
    var members = embedding.json.object ?? [:]
    members["edge_version"] = version.map { .string($0) } ?? .null
    members["model"] = .string(model.name)
    members["model_source"] = model.json
    members["reference"] = .string(reference.name)
    members["reference_source"] = reference.json
    members["output"] = .string(output)
    members["decoding"] = decoding.map { .string($0.rawValue) } ?? .null
    members["verdict"] = .string(verdict.rawValue)
    members["cosine_histogram"] = CosineHistogram(embedding.cosines).json
    members["similarities"] = embedding.similarities.json
    members["worst_photos"] = .array(worst(5).map(photoJSON))
    members["photo_cosines"] = .array(
      zip(paths, embedding.cosines).map { ["path": .string($0.text), "cosine": .number($1)] })
    if !layers.isEmpty { members["layers"] = .array(layers.map(\.json)) }
    return .object(members)
  }

  private func photoJSON(_ photo: Int) -> JSON {
    [
      "path": .string(paths[photo].text), "cosine": .number(embedding.cosines[photo]),
      "reference_neighbours": neighboursJSON(embedding.similarities.referenceNeighbours[photo]),
      "model_neighbours": neighboursJSON(embedding.similarities.neighbours[photo]),
    ]
  }

  private func neighboursJSON(_ neighbours: [Neighbour]) -> JSON {
    .array(neighbours.map { ["path": .string(paths[$0.index].text), "cosine": .number($0.cosine)] })
  }
}

extension SimilarityDrift {
  /// The pairs column by column, photos by their place in `photo_cosines`.
  fileprivate var json: JSON {
    [
      "pairs": .integer(pairCount), "listed_pairs": .integer(pairs.count),
      "mean_absolute_difference": .number(meanDifference),
      "largest_absolute_difference": .number(largestDifference),
      "correlation": correlation.map { .number($0) } ?? .null,
      "first_photo": .array(pairs.map { .integer($0.first) }),
      "second_photo": .array(pairs.map { .integer($0.second) }),
      "reference_cosine": .array(pairs.map { .number($0.reference) }),
      "model_cosine": .array(pairs.map { .number($0.cosine) }),
    ]
  }
}

extension LayerDrift {
  fileprivate var json: JSON {
    var members: [String: JSON] = ["name": .string(name), "sqnr_db": .decibels(sqnrDecibels)]
    guard let detail else { return .object(members) }
    members["operation"] = .string(detail.operation.summary)
    members["result"] = .string(detail.shape.description)
    members["isolated_sqnr_db"] = .decibels(detail.isolatedSQNRDecibels)
    members["elements"] = .integer(detail.elementCount)
    members["saturated_share"] = .share(detail.saturatedShare)
    members["limit_share"] = .share(detail.limitShare)
    members["channels"] = .integer(detail.observed.count)
    members["dead_channels"] = .integer(detail.deadChannels)
    members["remarks"] = .strings(LayerRemark.all(of: self))
    members["channel_observed_lowest"] = .floats(detail.observed.map(\.lowerBound))
    members["channel_observed_highest"] = .floats(detail.observed.map(\.upperBound))
    members["channel_representable_lowest"] = .floats(detail.representable?.map(\.lowerBound))
    members["channel_representable_highest"] = .floats(detail.representable?.map(\.upperBound))
    members["channel_largest_weight"] = .floats(detail.largestWeights)
    return .object(members)
  }
}

extension JSON {
  /// null for no figure and for ∞, which JSON does not have.
  fileprivate static func decibels(_ value: Double?) -> JSON {
    guard let value, value.isFinite else { return .null }
    return .number(value)
  }

  fileprivate static func share(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }

  fileprivate static func floats(_ values: [Float]?) -> JSON {
    values.map { .array($0.map(JSON.float)) } ?? .null
  }
}
