/// Parts of the pictures that stand in a page: colours and type sizes are the page's style's.
enum SVG {
  /// A picture with a text in its place for those who do not see it.
  ///
  /// - Parameter id: unique in the page.
  static func picture(
    id: String, width: Int, height: Int, style: String, title: String, description: String, _ content: String
  ) -> String {
    """
    <svg class="\(style)" viewBox="0 0 \(width) \(height)" role="img" aria-labelledby="\(id)-t" aria-describedby="\(id)-d">
    <title id="\(id)-t">\(HTML.escaped(title))</title><desc id="\(id)-d">\(HTML.escaped(description))</desc>
    \(content)
    </svg>
    """
  }

  /// A coordinate: a tenth of a unit is finer than a screen.
  static func number(_ value: Double) -> String {
    let text = Number.fixed(value, 1)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  static func text(_ content: String, _ x: Double, _ y: Double, anchor: String = "middle", style: String = "")
    -> String
  {
    let kind = style.isEmpty ? "" : " class=\"\(style)\""
    return
      "<text\(kind) x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(HTML.escaped(content))</text>"
  }

  static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, style: String) -> String {
    "<path class=\"\(style)\" d=\"M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))\"/>"
  }

  /// A line through points.
  static func path(_ points: [(x: Double, y: Double)], style: String) -> String {
    let steps = points.map { "\(number($0.x)) \(number($0.y))" }
    return "<path class=\"\(style)\" d=\"M\(steps.joined(separator: "L"))\"/>"
  }

  /// An area of columns side by side, from `left` to `right`, each from its lower to its upper place.
  static func columns(
    _ columns: [(lower: Double, upper: Double)], from left: Double, to right: Double, style: String
  ) -> String {
    func x(_ index: Int) -> String {
      number((left + (right - left) * Double(index) / Double(columns.count)).rounded())
    }
    guard let first = columns.first else { return "" }
    var path = "M\(x(0)) \(number(first.lower))"
    for (index, column) in columns.enumerated() { path += "V\(number(column.upper))H\(x(index + 1))" }
    for (index, column) in columns.enumerated().reversed() { path += "V\(number(column.lower))H\(x(index))" }
    return "<path class=\"\(style)\" d=\"\(path)Z\"/>"
  }

  /// Round dots, of the diameter that the style says.
  static func dots(_ points: [(x: Double, y: Double)], style: String) -> String {
    guard !points.isEmpty else { return "" }
    let dots = points.map { "M\(number($0.x)) \(number($0.y))h0" }
    return "<path class=\"\(style)\" d=\"\(dots.joined())\"/>"
  }
}
