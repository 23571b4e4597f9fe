import Calibrate
import Quant

extension DriftPage {
  /// Rows of the table of photos; `--json` lists all.
  private static let listedPhotos = 100

  var worstPhotos: Section? {
    let photos = summary.worst(Self.worstCount).enumerated().map { worst($1, place: $0 + 1) }
    let listed = summary.worst(Self.listedPhotos).map { photo in
      [HTML.name(summary.paths[photo].text), Number.fixed(summary.embedding.cosines[photo], 5)]
    }
    let rest =
      summary.paths.count > listed.count ? "The \(listed.count) photos of the least cosines" : "All photos"
    let table = HTML.table(
      id: "photos-table", caption: rest + ", least first", headers: ["photo", "cosine"], rows: listed,
      numeric: [1])
    let content = """
      <p>For each, its nearest others by the reference and by the model, with their similarity to it. Words mark what
      changed.</p>
      \(photos.joined(separator: "\n"))
      \(HTML.details(rest, table))
      """
    return Section(id: "photos", title: "Photos that drift most", content: content)
  }

  private func worst(_ photo: Int, place: Int) -> String {
    let similarities = summary.embedding.similarities
    let own = Array(similarities.neighbours[photo].prefix(Self.neighbourCount))
    let reference = Array(similarities.referenceNeighbours[photo].prefix(Self.neighbourCount))
    let name = summary.paths[photo].name.text
    let neighbours =
      own.isEmpty
      ? ""
      : """
      <div class="sides">
      <div><h4>Nearest by the reference</h4><ol class="thumbs">\(list(reference, beside: own, absent: "lost", moved: "now"))</ol></div>
      <div><h4>Nearest by the model</h4><ol class="thumbs">\(list(own, beside: reference, absent: "new", moved: "was"))</ol></div>
      </div>
      """
    return """
      <article class="photo">
      <div class="query">\(picture(photo))
      <div><h3>\(place). \(HTML.name(name))</h3>
      <p>cosine \(Number.fixed(summary.embedding.cosines[photo], 5))</p></div></div>
      \(neighbours)
      </article>
      """
  }

  private func list(_ neighbours: [Neighbour], beside others: [Neighbour], absent: String, moved: String)
    -> String
  {
    neighbours.enumerated().map { place, neighbour in
      let other = others.firstIndex { $0.index == neighbour.index }
      let mark =
        switch other {
        case nil: "<strong class=\"mark\">\(absent)</strong>"
        case place: "<span class=\"mark\">kept</span>"
        case .some(let other): "<span class=\"mark\">\(moved) \(Self.ordinal(other + 1))</span>"
        }
      return "<li>\(picture(neighbour.index))<span>\(Number.fixed(neighbour.cosine, 3))</span>\(mark)</li>"
    }.joined()
  }

  /// - Precondition: up to the tenth.
  private static func ordinal(_ place: Int) -> String {
    switch place {
    case 1: "1st"
    case 2: "2nd"
    case 3: "3rd"
    default: "\(place)th"
    }
  }

  private func picture(_ photo: Int) -> String {
    let name = HTML.escaped(summary.paths[photo].name.text)
    guard let jpeg = thumbnails[photo] else { return "<span class=\"missing\"><bdi>\(name)</bdi></span>" }
    return "<img src=\"data:image/jpeg;base64,\(Base64.text(jpeg))\" alt=\"\(name)\">"
  }
}
