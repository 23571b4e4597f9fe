import Calibrate
import Quant

extension DriftPage {
  private var drift: EmbeddingDrift { summary.embedding }

  var verdict: String {
    let kept = Number.fixed(10 * drift.recallAt10, 1)
    var text = drift.photoCount == 1 ? "Its vector has" : "On average a photo’s vector has"
    text += " a cosine of \(Number.fixed(drift.meanCosine, 4)) with its reference"
    if drift.photoCount > 1 {
      text +=
        "; the worst of \(Number.count(drift.photoCount, "photo")) has \(Number.fixed(drift.minimumCosine, 4))"
    }
    text += "."
    if drift.photoCount > 10 { text += " Of each photo’s ten nearest others, \(kept) stay among them." }
    if drift.photoCount < 30 { text += " So few photos say little: measure on a hundred or more." }
    let word = summary.verdict.rawValue
    return """
      <p class="verdict"><strong>\(word.prefix(1).uppercased() + word.dropFirst()).</strong> \
      \(HTML.escaped(summary.verdict.sentence))</p>
      <p>\(HTML.escaped(text))</p>
      """
  }

  var figures: Section? {
    func percent(_ share: Double) -> String { Number.fixed(100 * share, 1) + " %" }
    func cosine(_ value: Double) -> String { Number.fixed(value, 5) }
    var rows = [
      ["mean cosine", cosine(drift.meanCosine), "1 is the same direction, 0 nothing in common"],
      [
        "1st percentile", cosine(drift.firstPercentileCosine),
        "only one photo in a hundred has a smaller cosine",
      ],
      ["least cosine", cosine(drift.minimumCosine), HTML.name(summary.paths[drift.worstPhoto].name.text)],
      ["recall@1", percent(drift.recallAt1), "photos whose nearest other stays the same"],
      ["recall@5", percent(drift.recallAt5), "of each photo’s five nearest, those that stay among the five"],
      ["recall@10", percent(drift.recallAt10), "the same of ten"],
    ]
    if let agreement = drift.top1Agreement {
      rows.append(["top-1 agreement", percent(agreement), "photos with the same most probable class"])
    }
    let table = HTML.table(
      id: "figures-table", caption: "What a search would notice",
      headers: ["figure", "value", "meaning"], rows: rows, numeric: [1], style: "figures")
    return Section(id: "figures", title: "Figures", content: table)
  }

  var sources: Section? {
    let (model, reference) = (summary.model, summary.reference)
    func short(_ sha256: String?) -> String {
      sha256.map { "<code>\(HTML.escaped(String($0.prefix(12))))…</code>" } ?? "–"
    }
    func text(_ value: String?) -> String { value.map(HTML.name) ?? "–" }
    var rows = [
      ["file", HTML.name(model.name), HTML.name(reference.name)],
      ["what it is", model.kind.rawValue, reference.kind.rawValue],
      ["SHA-256", short(model.sha256), short(reference.sha256)],
      ["architecture", text(model.architecture), text(reference.architecture)],
      ["kernels", text(model.kernels), text(reference.kernels)],
    ]
    if model.madeBy != nil || reference.madeBy != nil {
      rows.append(["computed with", text(model.madeBy), text(reference.madeBy)])
    }
    let table = HTML.table(
      id: "sources-table", caption: "The two that are compared", headers: ["property", "model", "reference"],
      rows: rows, numeric: [])
    let decoding = summary.decoding.map { ", decoding \($0.rawValue)" } ?? ""
    let text =
      "<p>\(Number.count(drift.photoCount, "photo")), by the vector \(HTML.name(summary.output))\(decoding).</p>"
    return Section(id: "compared", title: "What was compared", content: text + table)
  }

  var cosines: Section? {
    let histogram = CosineHistogram(drift.cosines)
    let content = """
      <p>Each bar counts the photos whose two vectors have a cosine in one range. Bars should stand at the right.</p>
      <figure>\(histogram.svg)</figure>
      \(HTML.details("The bars as numbers", histogram.table))
      """
    return Section(id: "cosines", title: "Cosines of the photos", content: content)
  }

  var similarities: Section? {
    let similarities = drift.similarities
    guard similarities.pairCount > 0 else { return nil }
    let shown = similarities.pairs.count
    let selection =
      shown < similarities.pairCount
      ? " \(Number.grouped(shown)) of \(Number.count(similarities.pairCount, "pair")) are drawn, evenly selected; the numbers are of all."
      : ""
    var rows = [
      ["mean difference", Number.fixed(similarities.meanDifference, 5)],
      ["largest difference", Number.fixed(similarities.largestDifference, 5)],
    ]
    if let correlation = similarities.correlation {
      rows.append(["correlation", Number.fixed(correlation, 5)])
    }
    let scatter = SimilarityScatter(similarities)
    let content = """
      <p>A dot is a pair of photos: how similar the reference finds them, and how similar the model does. On the dashed
      diagonal both agree.\(selection)</p>
      <div class="beside">
      <figure>\(scatter.svg)
      <figcaption>\(scatter.legend)</figcaption></figure>
      \(HTML.table(
        id: "similarities-table", caption: "The model’s similarity beside the reference’s, over all pairs",
        headers: ["figure", "value"], rows: rows, numeric: [1]))
      </div>
      """
    return Section(id: "similarities", title: "Similarities between photos", content: content)
  }
}
