import Calibrate
import Quant

extension DriftPage {
  var layers: Section? {
    guard !summary.layers.isEmpty else { return nil }
    let content = """
      <p>Signal to noise in decibels: 10 dB more is a tenth of the error’s energy; 20 dB is an error of a tenth of the
      signal. <em>By itself</em>: this layer alone is quantized and reads the float network’s values. <em>In the model</em>:
      as it is, with what all layers before it lost. Where both fall together, that layer is the cause; where only the
      second falls, it hands on what came before.</p>
      <figure>\(LayerChart(summary.layers).svg)
      <figcaption>\(LayerChart.legend)</figcaption></figure>
      \(layerTable)
      """
    return Section(id: "layers", title: "Layer by layer", content: content)
  }

  private var layerTable: String {
    let rows = summary.layers.enumerated().map { index, layer -> [String] in
      let detail = layer.detail
      let name = HTML.name(layer.name)
      return [
        detail == nil ? name : "<a href=\"#layer-\(index)\">\(name)</a>",
        Self.decibels(detail?.isolatedSQNRDecibels), Self.decibels(layer.sqnrDecibels),
        Self.share(detail?.saturatedShare), Self.share(detail?.limitShare),
        Self.range(detail?.representable), Self.range(detail?.observed),
        detail?.largestWeights?.max().map { Number.significant(Double($0)) } ?? "–",
        HTML.escaped(detail.map { "\($0.operation.summary) → \($0.shape)" } ?? ""),
        HTML.escaped(LayerRemark.all(of: layer).joined(separator: "; ")),
      ]
    }
    return HTML.table(
      id: "layer-table", caption: "Layers in the order they run",
      headers: [
        "layer", "by itself, dB", "in the model, dB", "out of range", "at a limit", "representable",
        "observed",
        "largest weight", "operation → result", "remarks",
      ], rows: rows, numeric: [1, 2, 3, 4, 5, 6, 7], style: "layers")
  }

  var channels: Section? {
    let details = summary.layers.enumerated().compactMap { index, layer in
      layer.detail.map { channels(of: layer, $0, index) }
    }
    guard !details.isEmpty else { return nil }
    let content = """
      <p>Every channel of a map has a scale of its own. The filled area is what was observed in float on these photos, the
      outline what the model can represent; channels stand side by side, narrowest first. An outline far wider than the
      area wastes steps, an area outside it is clipped. Vectors are not rounded and have no outline.</p>
      \(details.joined(separator: "\n"))
      """
    return Section(id: "channels", title: "Channels of each layer", content: content)
  }

  private func channels(of layer: LayerDrift, _ detail: LayerDetail, _ index: Int) -> String {
    let summary =
      "\(HTML.name(layer.name)) <span class=\"quiet\">\(HTML.escaped(detail.operation.summary)), \(Number.count(detail.observed.count, "channel"))</span>"
    let chart = ChannelChart(detail, name: layer.name, id: "channels-\(index)").svg
    var lines = ["always zero on these photos: \(Number.count(detail.deadChannels, "channel"))"]
    if let saturated = detail.saturatedShare, let limit = detail.limitShare {
      lines.insert("out of range \(Number.percent(saturated)), at a limit \(Number.percent(limit))", at: 0)
    }
    if let spread = detail.largestWeights.flatMap(HTML.spread) {
      lines.append("largest weight of each channel: \(spread)")
    }
    let list = lines.map { "<li>\(HTML.escaped($0))</li>" }.joined()
    let ranges = detail.representable == nil ? "Area: observed." : "Area: observed. Outline: representable."
    var charts = "<figure>\(chart)<figcaption>\(ranges)</figcaption></figure>"
    if let weights = detail.largestWeights {
      let svg = WeightChart(weights, name: layer.name, id: "weights-\(index)").svg
      charts += "<figure>\(svg)<figcaption>Largest weight of each output channel.</figcaption></figure>"
    }
    return """
      <details id="layer-\(index)"><summary>\(summary)</summary>
      <div class="charts">\(charts)</div>
      <ul>\(list)</ul></details>
      """
  }

  private static func decibels(_ value: Double?) -> String { value.map { Number.fixed($0, 1) } ?? "–" }

  private static func share(_ value: Double?) -> String {
    value.map { HTML.escaped(Number.percent($0)) } ?? "–"
  }

  /// Over all channels.
  private static func range(_ ranges: [ClosedRange<Float>]?) -> String {
    guard let ranges, let least = ranges.map(\.lowerBound).min(), let most = ranges.map(\.upperBound).max()
    else { return "–" }
    return "\(Number.significant(Double(least))) … \(Number.significant(Double(most)))"
  }
}
