import Quant

/// A drift measurement as one HTML page that needs nothing else: no scripts, no fonts, no pictures from elsewhere.
package struct DriftPage {
  private let summary: DriftSummary
  private let version: String

  package init(_ summary: DriftSummary, version: String) {
    self.summary = summary
    self.version = version
  }

  package var html: String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Drift of \(Self.escaped(summary.modelName))</title>
    <style>
    \(Self.style)
    </style>
    </head>
    <body>
    <main>
    <h1>How far is <b>\(Self.escaped(summary.modelName))</b> from its reference?</h1>
    <p class="quiet">Compared with \(Self.escaped(summary.referenceName)) on \
    \(Number.count(summary.embedding.photoCount, "photo")), by the vector “\(Self.escaped(summary.output))”. edge \(version)</p>
    \(figures)
    <h2>Cosine similarity of the photos</h2>
    <p class="quiet">1 is the same direction. Each bar counts the photos in one range.</p>
    \(CosineHistogram(summary.embedding.cosines).svg)
    <h2>Photos that moved most</h2>
    \(worstPhotos)
    \(layers)
    </main>
    </body>
    </html>

    """
  }

  private var figures: String {
    let drift = summary.embedding
    var items = [
      ("mean cosine", Number.fixed(drift.meanCosine, 5)),
      ("1st percentile", Number.fixed(drift.firstPercentileCosine, 5)),
      ("least", Number.fixed(drift.minimumCosine, 5)),
      ("recall@10", Number.fixed(100 * drift.recallAt10, 1) + " %"),
    ]
    if let agreement = drift.top1Agreement {
      items.append(("top-1 agreement", Number.fixed(100 * agreement, 1) + " %"))
    }
    let cells = items.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }
    return "<dl>\(cells.joined())</dl>"
  }

  private var worstPhotos: String {
    let rows = summary.worst(10).map { photo in
      "<tr><td class=\"number\">\(Number.fixed(photo.cosine, 5))</td><td class=\"path\">\(Self.escaped(photo.path.text))</td></tr>"
    }
    return
      "<table><tr><th class=\"number\">cosine</th><th>photo</th></tr>\n\(rows.joined(separator: "\n"))\n</table>"
  }

  private var layers: String {
    guard !summary.layers.isEmpty else { return "" }
    let finite = summary.layers.map(\.sqnrDecibels).filter(\.isFinite)
    let largest = max(1, finite.max() ?? 1)
    let rows = summary.layers.map { layer -> String in
      let part = layer.sqnrDecibels.isFinite ? min(max(layer.sqnrDecibels / largest, 0), 1) : 1
      let level = layer.sqnrDecibels < 15 ? " low" : ""
      return """
        <tr><td class="path">\(Self.escaped(layer.name))</td><td class="number">\(Number.fixed(layer.sqnrDecibels, 1))</td>\
        <td class="track"><div class="bar\(level)" style="width:\(Number.fixed(100 * part, 1))%"></div></td></tr>
        """
    }
    return """
      <h2>Signal to noise, layer by layer</h2>
      <p class="quiet">SQNR in dB: 10 · log₁₀ of signal energy over error energy, all photos together. More is better; \
      below 15 dB is marked.</p>
      <table class="layers"><tr><th>layer</th><th class="number">dB</th><th></th></tr>
      \(rows.joined(separator: "\n"))
      </table>
      """
  }

  /// Text from files: nothing in it may act as markup.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in TerminalText.printable(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static let style = """
    :root { color-scheme: light dark; --ink: #1d2733; --quiet: #5b6875; --page: #ffffff; --line: #d9dfe5; --bar: #2f6fb3;
      --low: #c2542d; --card: #f3f6f9; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e4e9ee; --quiet: #9aa7b4; --page: #14191f; --line: #333d47; --bar: #6aa5e0; --low: #ea8a62;
        --card: #1d252d; }
    }
    body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
    main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
    h1 { font-size: 1.5rem; font-weight: 400; line-height: 1.3; overflow-wrap: anywhere; }
    h1 b { font-weight: 600; }
    h2 { font-size: 1.1rem; margin-top: 2.5rem; }
    .quiet, dt, th { color: var(--quiet); font-weight: 400; }
    p.quiet { margin: .25rem 0 1rem; overflow-wrap: anywhere; }
    dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.5rem 0; }
    dl div { background: var(--card); border-radius: .5rem; padding: .75rem 1rem; }
    dt { font-size: .875rem; }
    dd { margin: 0; font-size: 1.5rem; font-variant-numeric: tabular-nums; }
    table { border-collapse: collapse; width: 100%; font-size: .875rem; }
    th { text-align: left; }
    td, th { padding: .2rem .75rem .2rem 0; border-bottom: 1px solid var(--line); }
    .number { text-align: right; font-variant-numeric: tabular-nums; width: 5rem; }
    .path { overflow-wrap: anywhere; }
    .layers .path { width: 45%; }
    .track { padding-right: 0; }
    .bar { background: var(--bar); height: .75rem; border-radius: 2px; min-width: 1px; }
    .bar.low { background: var(--low); }
    svg { display: block; width: 100%; height: auto; }
    svg .bars { fill: var(--bar); }
    svg text { fill: var(--quiet); font-size: 12px; font-variant-numeric: tabular-nums; }
    svg line { stroke: var(--line); }
    @media (max-width: 40rem) { svg text { font-size: 22px; } }
    """
}
