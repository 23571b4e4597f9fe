import Calibrate
import Quant

/// How similar two photos are by the reference and by the model, a dot a pair, as inline SVG.
///
/// Dots that lie close together are darker and larger, by how many share a cell of a fine grid.
struct SimilarityScatter {
  private let similarities: SimilarityDrift
  private let axis: Axis
  /// Pairs in each cell.
  private let counts: [Int]
  /// The least pairs in a cell for each shade.
  private let shades: [Int]

  init(_ similarities: SimilarityDrift) {
    self.similarities = similarities
    let values = similarities.pairs.flatMap { [$0.reference, $0.cosine] }
    let axis = Axis(values.min() ?? 0, values.max() ?? 1)
    var counts = [Int](repeating: 0, count: Self.cells * Self.cells)
    for pair in similarities.pairs { counts[Self.cell(pair, axis)] += 1 }
    let most = counts.max() ?? 0
    shades = [1, max(2, most / 20), max(4, most / 6), max(10, most / 2)]
    (self.axis, self.counts) = (axis, counts)
  }

  private static let side = 480.0
  private static let (left, bottom, margin) = (58.0, 62.0, 22.0)
  private static let cells = 80
  /// Up to so many, dots are drawn larger.
  private static let fewPairs = 300

  var svg: String {
    let plane = Plane(axis: axis)
    var groups = [[(x: Double, y: Double)]](repeating: [], count: shades.count)
    for pair in similarities.pairs {
      let count = counts[Self.cell(pair, axis)]
      let shade = shades.lastIndex { count >= $0 } ?? 0
      groups[shade].append((plane.x(pair.reference), plane.y(pair.cosine)))
    }
    let dots = groups.enumerated().map { SVG.dots($1, style: "dots shade\($0)") }
    return SVG.picture(
      id: "scatter", width: Int(Self.side), height: Int(Self.side),
      style: similarities.pairs.count > Self.fewPairs ? "square" : "square few",
      title: "Similarity of every two photos, by the reference and by the model", description: description,
      plane.frame + dots.joined())
  }

  /// What shades mean, in words.
  var legend: String {
    let labels = shades.indices.map { shade -> String in
      guard shade + 1 < shades.count else { return "\(shades[shade]) or more" }
      let last = shades[shade + 1] - 1
      let range = last > shades[shade] ? "\(shades[shade]) to \(last)" : "\(shades[shade])"
      return shade == 0 ? range + (last > 1 ? " pairs close together" : " pair alone") : range
    }
    let items = labels.enumerated().map { shade, label in
      """
      <li><svg class="sample" viewBox="0 0 8 8" aria-hidden="true">\
      <path class="dots shade\(shade)" d="M4 4h0"/></svg> \(label)</li>
      """
    }
    return "<ul class=\"legend\">\(items.joined())</ul>"
  }

  private var description: String {
    var text =
      "\(Number.count(similarities.pairs.count, "pair")). On the dashed diagonal both agree. On average the two similarities are \(Number.fixed(similarities.meanDifference, 4)) apart, at most \(Number.fixed(similarities.largestDifference, 4))."
    if let correlation = similarities.correlation {
      text += " Their correlation is \(Number.fixed(correlation, 4))."
    }
    return text
  }

  private static func cell(_ pair: SimilarityDrift.Pair, _ axis: Axis) -> Int {
    func place(_ value: Double) -> Int { min(Int(axis.part(value) * Double(cells)), cells - 1) }
    return place(pair.reference) * cells + place(pair.cosine)
  }

  /// Both axes are the same.
  private struct Plane {
    let axis: Axis

    func x(_ value: Double) -> Double {
      left + axis.part(value) * (side - left - margin)
    }

    func y(_ value: Double) -> Double {
      side - bottom - axis.part(value) * (side - bottom - margin)
    }

    var frame: String {
      let (low, high) = (axis.lower, axis.upper)
      var result = ""
      for tick in axis.ticks {
        result += SVG.line(x(tick), y(low), x(tick), y(high), style: "grid")
        result += SVG.line(x(low), y(tick), x(high), y(tick), style: "grid")
        result += SVG.text(axis.label(tick), x(tick), y(low) + 22, style: "axis")
        result += SVG.text(axis.label(tick), x(low) - 8, y(tick) + 5, anchor: "end", style: "axis")
      }
      result += SVG.line(x(low), y(low), x(high), y(high), style: "diagonal")
      result += SVG.text("similarity by the reference →", x((low + high) / 2), side - 12, style: "axis")
      result += SVG.text("↑ by the model", x(low) + 8, y(high) + 20, anchor: "start", style: "axis")
      return result
    }
  }
}
