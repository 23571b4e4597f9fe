import Calibrate
import Quant

extension DriftSummary {
  /// Lines for a terminal.
  package func text(worstPhotos: Int = 3, noisiestLayers: Int = 5) -> String {
    var table = TextTable(.left, .left)
    table.add("photos", Number.grouped(embedding.photoCount))
    table.add(
      "verdict",
      "\(verdict.rawValue): \(verdict.sentence.prefix(1).lowercased())\(verdict.sentence.dropFirst().dropLast())"
    )
    table.add(
      "cosine",
      "mean \(Number.fixed(embedding.meanCosine, 5)), 1st percentile \(Number.fixed(embedding.firstPercentileCosine, 5)), least \(Number.fixed(embedding.minimumCosine, 5))"
    )
    table.add("recall@1", Number.fixed(embedding.recallAt1, 4))
    table.add("recall@5", Number.fixed(embedding.recallAt5, 4))
    table.add("recall@10", Number.fixed(embedding.recallAt10, 4))
    if let agreement = embedding.top1Agreement { table.add("top-1 agreement", Number.fixed(agreement, 4)) }
    return table.text() + photoLines(worstPhotos) + layerLines(noisiestLayers)
  }

  private func photoLines(_ count: Int) -> String {
    var table = TextTable(.right, .left)
    for photo in worst(count) {
      table.add(Number.fixed(embedding.cosines[photo], 5), paths[photo].text)
    }
    return "worst photos\n" + table.text(indentation: 2)
  }

  /// Of each layer the ratio in the model and, where it was measured, that of the layer by itself.
  private func layerLines(_ count: Int) -> String {
    let layers = noisiest(count)
    guard !layers.isEmpty else { return "" }
    guard layers.contains(where: { $0.detail != nil }) else {
      var table = TextTable(.right, .left)
      for layer in layers { table.add(Number.fixed(layer.sqnrDecibels, 1) + " dB", layer.name) }
      return "noisiest layers\n" + table.text(indentation: 2)
    }
    var table = TextTable(.right, .right, .left, .left)
    table.add("in the model", "by itself", "layer", "")
    for layer in layers {
      let alone = layer.detail?.isolatedSQNRDecibels.map { Number.fixed($0, 1) + " dB" } ?? "–"
      table.add(
        Number.fixed(layer.sqnrDecibels, 1) + " dB", alone, layer.name,
        LayerRemark.all(of: layer).joined(separator: ", "))
    }
    return "noisiest layers\n" + table.text(indentation: 2)
  }
}
