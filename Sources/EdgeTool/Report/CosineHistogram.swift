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

  var svg: String {
    let (width, height, left, base) = (800.0, 240.0, 10.0, 200.0)
    let step = (width - 2 * left) / Double(Self.binCount)
    let largest = Double(max(1, counts.max() ?? 1))
    var bars = ""
    var labels = ""
    for (index, count) in counts.enumerated() {
      let x = left + Double(index) * step
      if count > 0 {
        let barHeight = max(2, Double(count) / largest * (base - 30))
        let range = "\(label(index)) to \(label(index + 1)): \(Number.count(count, "photo"))"
        bars += """
          <rect x="\(Number.fixed(x + 2, 1))" y="\(Number.fixed(base - barHeight, 1))" width="\(Number.fixed(step - 4, 1))" \
          height="\(Number.fixed(barHeight, 1))" rx="2"><title>\(range)</title></rect>
          """
        labels += text(count.description, x: x + step / 2, y: base - barHeight - 6, anchor: "middle")
      }
      if index % 4 == 0 {
        labels += text(label(index), x: x, y: base + 20, anchor: index == 0 ? "start" : "middle")
      }
    }
    labels += text("1", x: width - left, y: base + 20, anchor: "end")
    return """
      <svg viewBox="0 0 \(Int(width)) \(Int(height))" role="img" aria-label="Histogram of cosines from \(label(0)) to 1">
      <line x1="\(left)" y1="\(base)" x2="\(width - left)" y2="\(base)"/>
      <g class="bars">\(bars)</g>
      \(labels)
      </svg>
      """
  }

  private func label(_ edge: Int) -> String {
    let value = lower + (1 - lower) * Double(edge) / Double(Self.binCount)
    let text = Number.fixed(value, 5)
    var end = text.endIndex
    while end > text.startIndex, text[text.index(before: end)] == "0" { end = text.index(before: end) }
    let trimmed = text[..<end]
    return trimmed.hasSuffix(".") ? String(trimmed.dropLast()) : String(trimmed)
  }

  private func text(_ content: String, x: Double, y: Double, anchor: String) -> String {
    "<text x=\"\(Number.fixed(x, 1))\" y=\"\(Number.fixed(y, 1))\" text-anchor=\"\(anchor)\">\(content)</text>"
  }
}
