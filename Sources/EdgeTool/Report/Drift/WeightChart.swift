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

  private static let columnLimit = 80
  private static let (width, height) = (400.0, 170.0)
  private static let (left, right, top, base) = (52.0, 8.0, 10.0, 150.0)

  private var selected: [Float] {
    guard weights.count > Self.columnLimit else { return weights }
    return (0..<Self.columnLimit).map { weights[$0 * (weights.count - 1) / (Self.columnLimit - 1)] }
  }

  var svg: String {
    let axis = Axis(0, Double(weights.last ?? 0), steps: 4)
    func y(_ value: Double) -> Double { Self.base - axis.part(value) * (Self.base - Self.top) }
    var content = ""
    for tick in axis.ticks {
      content += SVG.line(
        Self.left, y(tick), Self.width - Self.right, y(tick), style: tick == 0 ? "rule" : "grid")
      content += SVG.text(axis.label(tick), Self.left - 6, y(tick) + 4, anchor: "end", style: "axis")
    }
    content += SVG.columns(
      selected.map { (Self.base, y(Double($0))) }, from: Self.left, to: Self.width - Self.right,
      style: "observed")
    return SVG.picture(
      id: id, width: Int(Self.width), height: Int(Self.height), style: "channels",
      title: "Largest weight of each output channel of \(name)",
      description: "\(Number.count(weights.count, "channel")), smallest first.", content)
  }
}
