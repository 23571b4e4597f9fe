import Calibrate
import Quant

/// A drift measurement as one HTML page that needs nothing else: no scripts, no fonts, no pictures from elsewhere.
///
/// Docs/drift.md explains every figure.
package struct DriftPage {
  let summary: DriftSummary
  let thumbnails: Thumbnails

  /// Photos that drift most, and their neighbours on each side.
  static let (worstCount, neighbourCount) = (5, 5)

  package init(_ summary: DriftSummary, thumbnails: Thumbnails = Thumbnails()) {
    self.summary = summary
    self.thumbnails = thumbnails
  }

  /// With small pictures of the photos that it shows, as far as they can be read.
  package init(_ summary: DriftSummary, pool: WorkerPool) {
    let similarities = summary.embedding.similarities
    var shown: Set<Int> = []
    for photo in summary.worst(Self.worstCount) {
      shown.insert(photo)
      for side in [similarities.neighbours, similarities.referenceNeighbours] {
        shown.formUnion(side[photo].prefix(Self.neighbourCount).map(\.index))
      }
    }
    self.init(summary, thumbnails: Thumbnails(of: shown, in: summary.paths, pool: pool))
  }

  package var html: String {
    let sections = [figures, sources, cosines, similarities, worstPhotos, layers, channels]
    let names = sections.compactMap { $0 }
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Drift of \(HTML.escaped(summary.model.name))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <header>
      <h1>How far is \(HTML.name(summary.model.name)) from \(HTML.name(summary.reference.name))?</h1>
      \(verdict)
      <nav aria-label="On this page"><ul>\(names.map(\.link).joined())</ul></nav>
      </header>
      <main>
      \(names.map(\.html).joined(separator: "\n"))
      </main>
      <footer><p>\(footer)</p></footer>
      </body>
      </html>

      """
  }

  /// A part of the page with a heading.
  struct Section {
    var id: String
    var title: String
    var content: String

    var link: String { "<li><a href=\"#\(id)\">\(HTML.escaped(title))</a></li>" }

    var html: String {
      "<section aria-labelledby=\"\(id)\">\n\(HTML.heading(2, title, id: id))\n\(content)\n</section>"
    }
  }

  private var footer: String {
    let version = summary.version.map { " \(HTML.escaped($0))" } ?? ""
    return
      "Measured by edge\(version). Every number of this page, and all of each channel, is in what <code>edge drift --json</code> prints; Docs/drift.md explains them."
  }
}
