/// A layer's channels side by side, as inline SVG: bands of columns over an axis.
struct ColumnChart {
  let axis: Axis

  init(_ least: Double, _ largest: Double) { axis = Axis(least, largest, steps: 4) }

  /// More channels than that are drawn as an even selection of them.
  private static let columnLimit = 80
  private static let (width, height) = (400.0, 170.0)
  private static let (left, right, top, base) = (52.0, 8.0, 10.0, 150.0)

  static func selected<Channel>(_ channels: [Channel]) -> [Channel] {
    guard channels.count > columnLimit else { return channels }
    return (0..<columnLimit).map { channels[$0 * (channels.count - 1) / (columnLimit - 1)] }
  }

  func band(_ columns: [ClosedRange<Double>], style: String) -> String {
    SVG.columns(
      columns.map { (y($0.lowerBound), y($0.upperBound)) }, from: Self.left, to: Self.width - Self.right,
      style: style)
  }

  /// - Parameter id: unique in the page.
  func picture(id: String, title: String, description: String, _ bands: String) -> String {
    SVG.picture(
      id: id, width: Int(Self.width), height: Int(Self.height), style: "channels", title: title,
      description: description, frame + bands)
  }

  private var frame: String {
    axis.ticks.map { tick in
      SVG.line(Self.left, y(tick), Self.width - Self.right, y(tick), style: tick == 0 ? "rule" : "grid")
        + SVG.text(axis.label(tick), Self.left - 6, y(tick) + 4, anchor: "end", style: "axis")
    }.joined()
  }

  private func y(_ value: Double) -> Double { Self.base - axis.part(value) * (Self.base - Self.top) }
}
