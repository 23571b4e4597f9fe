import Calibrate
import Quant

/// The layers' ratios of signal to noise in the graph's order, alone and in the model, as inline SVG.
struct LayerChart {
  private let layers: [LayerDrift]

  init(_ layers: [LayerDrift]) { self.layers = layers }

  private static let (width, height) = (640.0, 290.0)
  private static let (left, right, top, base) = (48.0, 10.0, 14.0, 244.0)

  var svg: String {
    let finite = layers.flatMap { [$0.sqnrDecibels, $0.detail?.isolatedSQNRDecibels ?? 0] }.filter(\.isFinite)
    let axis = Axis(min(0, finite.min() ?? 0), max(10, finite.max() ?? 10))
    var frame = ""
    for tick in axis.ticks {
      let y = y(tick, axis)
      frame += SVG.line(Self.left, y, Self.width - Self.right, y, style: "grid")
      frame += SVG.text(axis.label(tick), Self.left - 8, y + 5, anchor: "end", style: "axis")
    }
    frame += SVG.text("first layer", Self.left, Self.base + 28, anchor: "start", style: "axis")
    frame += SVG.text("last layer", Self.width - Self.right, Self.base + 28, anchor: "end", style: "axis")
    frame += SVG.text("dB", Self.left - 8, Self.base + 28, anchor: "end", style: "axis")
    let model = layers.enumerated().map { (x($0), y($1.sqnrDecibels, axis)) }
    let alone = layers.enumerated().compactMap { index, layer in
      layer.detail?.isolatedSQNRDecibels.map { (x(index), y($0, axis)) }
    }
    return SVG.picture(
      id: "layer-chart", width: Int(Self.width), height: Int(Self.height), style: "wide",
      title: "Signal to noise of every layer, in decibels", description: description,
      frame + SVG.path(model, style: "in-model") + diamonds(alone))
  }

  static let legend = """
    <ul class="legend">
    <li><svg class="sample" viewBox="0 0 12 12" aria-hidden="true"><path class="in-model" d="M0 6L12 6"/></svg> line: in the \
    model (accumulated)</li>
    <li><svg class="sample" viewBox="0 0 12 12" aria-hidden="true"><path class="alone" d="M6 1L11 6L6 11L1 6Z"/></svg> \
    diamonds: by itself (isolated)</li>
    </ul>
    """

  private func diamonds(_ points: [(x: Double, y: Double)]) -> String {
    let shapes = points.map { "M\(SVG.number($0.x)) \(SVG.number($0.y - 4))l4 4l-4 4l-4 -4Z" }
    return "<path class=\"alone\" d=\"\(shapes.joined())\"/>"
  }

  private func x(_ index: Int) -> Double {
    let space = Self.width - Self.left - Self.right - 12
    return Self.left + 6 + space * (layers.count > 1 ? Double(index) / Double(layers.count - 1) : 0.5)
  }

  /// An infinite ratio stands at the top.
  private func y(_ decibels: Double, _ axis: Axis) -> Double {
    let part = decibels.isFinite ? axis.part(decibels) : 1
    return Self.base - part * (Self.base - Self.top)
  }

  private var description: String {
    func extreme(_ text: String, _ value: (LayerDrift) -> Double?) -> String {
      let worst = layers.filter { value($0) != nil }.min { (value($0) ?? 0) < (value($1) ?? 0) }
      guard let worst, let least = value(worst) else { return "" }
      return " \(text) the least is \(Number.fixed(least, 1)) dB, of \(worst.name)."
    }
    return "\(Number.count(layers.count, "layer")), in the order they run; higher is better."
      + extreme("In the model") { $0.sqnrDecibels }
      + extreme("By itself") { $0.detail?.isolatedSQNRDecibels }
      + " All numbers stand in the table of layers."
  }
}
