import Quant

/// How many photos lie in each range of cosines, as inline SVG.
struct CosineHistogram {
  /// The ranges are equal; the last ends at 1.
  let lower: Double
  let counts: [Int]

  /// - Parameter cosines: none above 1 but by rounding.
  init(_ cosines: [Double]) {
    let least = cosines.min() ?? 0
    let lower = Self.roundLower.first { $0 <= least } ?? -1
    var counts = [Int](repeating: 0, count: Self.binCount)
    for cosine in cosines {
      let bin = Int((cosine - lower) / (1 - lower) * Double(Self.binCount))
      counts[min(max(bin, 0), Self.binCount - 1)] += 1
    }
    self.lower = lower
    self.counts = counts
  }

  private static let binCount = 20
  private static let roundLower = [0.999, 0.998, 0.995, 0.99, 0.98, 0.95, 0.9, 0.8, 0.5, 0, -1]

  var json: JSON {
    ["lowest": .number(lower), "highest": 1, "counts": .array(counts.map { .integer($0) })]
  }

  var svg: String {
    let (width, height, left, base) = (640.0, 224.0, 6.0, 190.0)
    let step = (width - 2 * left) / Double(Self.binCount)
    let largest = Double(max(1, counts.max() ?? 1))
    var bars = ""
    var labels = ""
    for (index, count) in counts.enumerated() {
      let x = left + Double(index) * step
      if count > 0 {
        let barHeight = max(2, Double(count) / largest * (base - 36))
        bars += bar(x + 2, base - barHeight, step - 4, barHeight)
        labels += SVG.text(count.description, x + step / 2, base - barHeight - 7)
      }
      if index % 4 == 0 {
        labels += SVG.text(label(index), x, base + 26, anchor: index == 0 ? "start" : "middle", style: "axis")
      }
    }
    labels += SVG.text("1", width - left, base + 26, anchor: "end", style: "axis")
    return SVG.picture(
      id: "histogram", width: Int(width), height: Int(height), style: "wide",
      title: "Histogram of the photos' cosines", description: description,
      SVG.line(left, base, width - left, base, style: "rule") + bars + labels)
  }

  private func bar(_ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
    """
    <rect class="bar" x="\(SVG.number(x))" y="\(SVG.number(y))" width="\(SVG.number(width))" \
    height="\(SVG.number(height))" rx="2"/>
    """
  }

  private var description: String {
    let total = counts.reduce(0, +)
    guard let first = counts.firstIndex(where: { $0 > 0 }), let most = counts.max(),
      let peak = counts.firstIndex(of: most)
    else { return "There are no photos." }
    return
      "\(Number.count(total, "photo")) from \(label(first)) to 1, most of them (\(most)) between \(label(peak)) and \(label(peak + 1))."
  }

  /// The bars as numbers.
  var table: String {
    let rows = counts.enumerated().filter { $1 > 0 }.map { index, count in
      ["\(label(index)) to \(label(index + 1))", Number.grouped(count)]
    }
    return HTML.table(
      id: "histogram-table", caption: "Photos by cosine", headers: ["cosine", "photos"], rows: rows,
      numeric: [1])
  }

  private func label(_ edge: Int) -> String {
    let value = lower + (1 - lower) * Double(edge) / Double(Self.binCount)
    let text = Number.fixed(value, 5)
    var end = text.endIndex
    while end > text.startIndex, text[text.index(before: end)] == "0" { end = text.index(before: end) }
    let trimmed = text[..<end]
    return trimmed.hasSuffix(".") ? String(trimmed.dropLast()) : String(trimmed)
  }
}
