import Calibrate
import Quant

/// The ranges of one layer's channels, narrowest first, as inline SVG: what can be represented around what was observed.
struct ChannelChart {
  private let detail: LayerDetail
  private let id: String
  private let name: String

  /// - Parameter id: unique in the page.
  init(_ detail: LayerDetail, name: String, id: String) {
    self.detail = detail
    self.name = name
    self.id = id
  }

  /// More channels than that are drawn as an even selection of them.
  private static let columnLimit = 80
  private static let (width, height) = (400.0, 170.0)
  private static let (left, right, top) = (52.0, 8.0, 10.0)
  private static let base = 150.0

  /// Channels by the width of what they can represent, or of what was observed where all can be.
  private var order: [Int] {
    let widths = (detail.representable ?? detail.observed).map { $0.upperBound - $0.lowerBound }
    return Self.selected(widths.indices.sorted { (widths[$0], $0) < (widths[$1], $1) })
  }

  private static func selected(_ channels: [Int]) -> [Int] {
    guard channels.count > columnLimit else { return channels }
    return (0..<columnLimit).map { channels[$0 * (channels.count - 1) / (columnLimit - 1)] }
  }

  var svg: String {
    let order = order
    let all = detail.observed + (detail.representable ?? [])
    let axis = Axis(
      Double(all.map(\.lowerBound).min() ?? 0), Double(all.map(\.upperBound).max() ?? 0), steps: 4)
    var content = ""
    for tick in axis.ticks {
      content += SVG.line(
        Self.left, y(tick, axis), Self.width - Self.right, y(tick, axis), style: tick == 0 ? "rule" : "grid")
      content += SVG.text(
        axis.label(tick), Self.left - 6, y(tick, axis) + 4, anchor: "end", style: "axis")
    }
    content += band(order.map { detail.observed[$0] }, axis, style: "observed")
    if let representable = detail.representable {
      content += band(order.map { representable[$0] }, axis, style: "representable")
    }
    return SVG.picture(
      id: id, width: Int(Self.width), height: Int(Self.height), style: "channels",
      title: "Ranges of the channels of \(name)", description: description, content)
  }

  private func band(_ ranges: [ClosedRange<Float>], _ axis: Axis, style: String) -> String {
    SVG.columns(
      ranges.map { (y(Double($0.lowerBound), axis), y(Double($0.upperBound), axis)) }, from: Self.left,
      to: Self.width - Self.right, style: style)
  }

  private func y(_ value: Double, _ axis: Axis) -> Double {
    Self.base - axis.part(value) * (Self.base - Self.top)
  }

  private var description: String {
    var text = "\(Number.count(detail.observed.count, "channel")), narrowest first."
    text += " Observed widths: \(Self.widths(detail.observed))."
    if let representable = detail.representable {
      text += " Representable widths: \(Self.widths(representable))."
    }
    return text
  }

  private static func widths(_ ranges: [ClosedRange<Float>]) -> String {
    let widths = ranges.map { Double($0.upperBound - $0.lowerBound) }.sorted()
    guard let least = widths.first, let largest = widths.last else { return "none" }
    let middle = widths[widths.count / 2]
    return
      "\(Number.significant(least)) to \(Number.significant(largest)), half of them below \(Number.significant(middle))"
  }
}
