import Quant

/// Which maps get ranges of their own, and through whose eyes each range is judged.
///
/// A quantization error of a map matters by what its consumers make of it. So for each consumer a *view* samples the
/// consumer's inputs at some positions of every photo; ranges are then chosen by the consumer's output over these samples.
struct SamplingPlan: Sendable {
  struct View: Sendable {
    enum Kind: Sendable {
      /// Patches under the kernel of convolution node `node`.
      case convolution(node: Int)
      /// Single pixels: additions, gates, poolings and outputs take the map as it is.
      case direct
    }

    /// The map whose range the view judges.
    let judged: ValueID
    /// The map that is sampled: `judged`, or what max pooling or padding makes of it.
    let sampled: ValueID
    let kind: Kind
    /// Floats of one sample.
    let width: Int
    /// Samples a photo.
    let positions: Int
  }

  let views: [View]
  /// Maps with a range of their own, in order: not the input, and not what shares its input's range.
  let judged: [ValueID]
  /// View indices by judged or sampled value.
  let viewsJudging: [[Int]]
  let viewsSampling: [[Int]]

  init(graph: FloatGraph, photos: Int, settings: CalibrationSettings) {
    let consumers = graph.consumers
    let outputs = Set(graph.outputs.map(\.value))
    let judged = graph.shapes.indices.filter {
      $0 > 0 && graph.shapes[$0].isMap && !graph.sharesInputRange($0)
    }
    var found: [(judged: ValueID, sampled: ValueID, kind: View.Kind)] = []
    for value in judged {
      Self.collectViews(
        of: value, through: value, graph: graph, consumers: consumers, outputs: outputs, into: &found)
    }
    let floatLimit = settings.sampleByteLimit / 4 / max(photos, 1) / max(found.count, 1)
    let views = found.map { view in
      Self.view(view, graph: graph, floatLimit: floatLimit, positions: settings.positionsPerPhoto)
    }
    var viewsJudging = [[Int]](repeating: [], count: graph.shapes.count)
    var viewsSampling = viewsJudging
    for (index, view) in views.enumerated() {
      viewsJudging[view.judged].append(index)
      viewsSampling[view.sampled].append(index)
    }
    self.views = views
    self.judged = judged
    self.viewsJudging = viewsJudging
    self.viewsSampling = viewsSampling
  }

  private static func collectViews(
    of value: ValueID, through current: ValueID, graph: FloatGraph, consumers: [[Int]], outputs: Set<ValueID>,
    into views: inout [(judged: ValueID, sampled: ValueID, kind: View.Kind)]
  ) {
    var needsDirect = outputs.contains(current)
    var hasPool = false
    for index in consumers[current] {
      let node = graph.nodes[index]
      switch node.operation {
      case .convolution(let convolution):
        if node.inputs[0] == current { views.append((value, current, .convolution(node: index))) }
        if convolution.hasResidual, node.inputs[1] == current { needsDirect = true }
      case .maxPool, .pad:
        collectViews(
          of: value, through: index + 1, graph: graph, consumers: consumers, outputs: outputs, into: &views)
      case .globalPool: hasPool = true
      default: needsDirect = true
      }
    }
    let isSeen = views.contains { $0.judged == value }
    if needsDirect || (hasPool && !isSeen) { views.append((value, current, .direct)) }
  }

  private static func view(
    _ found: (judged: ValueID, sampled: ValueID, kind: View.Kind), graph: FloatGraph, floatLimit: Int,
    positions: Int
  ) -> View {
    let map = graph.shapes[found.sampled]
    var width = map.channels
    var available = map.height * map.width
    if case .convolution(let index) = found.kind,
      case .convolution(let convolution) = graph.nodes[index].operation
    {
      width *= convolution.kernel.height * convolution.kernel.width
      available = graph.shapes[index + 1].height * graph.shapes[index + 1].width
    }
    let affordable = max(1, min(floatLimit, 24_576) / width)
    return View(
      judged: found.judged, sampled: found.sampled, kind: found.kind, width: width,
      positions: min(available, positions, affordable))
  }
}

extension Graph {
  /// Whether the map is its input's elements moved or chosen, so that it shares the input's scales and zero points.
  func sharesInputRange(_ value: ValueID) -> Bool {
    guard value > 0 else { return false }
    switch nodes[value - 1].operation {
    case .maxPool, .pad, .concatenate: return true
    default: return false
    }
  }
}
