import Quant

/// The largest weight of each output channel of one layer, smallest first, as inline SVG.
struct WeightChart {
  private let weights: [Float]
  private let id: String
  private let name: String

  /// - Parameter id: unique in the page.
  init(_ weights: [Float], name: String, id: String) {
    self.weights = weights.sorted()
    self.name = name
    self.id = id
  }

  var svg: String {
    let chart = ColumnChart(0, Double(weights.last ?? 0))
    return chart.picture(
      id: id, title: "Largest weight of each output channel of \(name)",
      description: "\(Number.count(weights.count, "channel")), smallest first.",
      chart.band(ColumnChart.selected(weights).map { 0...Double($0) }, style: "observed"))
  }
}
