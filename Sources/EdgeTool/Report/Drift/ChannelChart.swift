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

  /// Channels by the width of what they can represent, or of what was observed where all can be.
  private var order: [Int] {
    let widths = (detail.representable ?? detail.observed).map { $0.upperBound - $0.lowerBound }
    return ColumnChart.selected(widths.indices.sorted { (widths[$0], $0) < (widths[$1], $1) })
  }

  var svg: String {
    let order = order
    let all = detail.observed + (detail.representable ?? [])
    let chart = ColumnChart(
      Double(all.map(\.lowerBound).min() ?? 0), Double(all.map(\.upperBound).max() ?? 0))
    func band(_ ranges: [ClosedRange<Float>], style: String) -> String {
      chart.band(order.map { Double(ranges[$0].lowerBound)...Double(ranges[$0].upperBound) }, style: style)
    }
    var bands = band(detail.observed, style: "observed")
    if let representable = detail.representable { bands += band(representable, style: "representable") }
    return chart.picture(
      id: id, title: "Ranges of the channels of \(name)", description: description, bands)
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
    HTML.spread(ranges.map { $0.upperBound - $0.lowerBound }) ?? "none"
  }
}
