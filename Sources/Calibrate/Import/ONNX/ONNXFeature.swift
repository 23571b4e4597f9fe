import Quant

/// What one dimension of an ONNX value is in the traced graph.
enum ONNXAxis: Hashable, Sendable {
  /// A dimension of 1: the batch, or any other.
  case unit
  case channel, height, width
  /// Height and width in one.
  case pixels
}

/// A map or vector of the traced graph, and the order in which ONNX sees its dimensions.
///
/// Transposing and reshaping change `axes` alone, so that nothing of a framework's layout is left to compute.
///
/// - Invariant: every dimension of `shape` over 1 is one of the axes, once; `unit` stands for all others.
struct ONNXFeature: Sendable {
  let traced: TracedValue
  let shape: Shape
  let axes: [ONNXAxis]

  init(_ traced: TracedValue, shape: Shape, axes: [ONNXAxis]) {
    self.traced = traced
    self.shape = shape
    self.axes = axes.map { shape.side($0) == 1 ? .unit : $0 }
  }

  static let channelsFirst: [ONNXAxis] = [.unit, .channel, .height, .width]
  static let channelsLast: [ONNXAxis] = [.unit, .height, .width, .channel]

  /// The dimensions as ONNX sees them.
  var sides: [Int] { axes.map(shape.side) }
  var rank: Int { axes.count }

  /// The axes over 1, in order.
  var extended: [ONNXAxis] { axes.filter { $0 != .unit } }

  /// Whether the layers that ONNX defines on N × C × H × W read it as it is.
  var isChannelsFirst: Bool {
    rank == 4 && zip(axes, Self.channelsFirst).allSatisfy { $0 == .unit || $0 == $1 }
  }

  /// Whether nothing but the channels is over 1.
  var isVector: Bool { extended.allSatisfy { $0 == .channel } }

  func with(axes: [ONNXAxis]) -> ONNXFeature { ONNXFeature(traced, shape: shape, axes: axes) }

  /// The axes of this and `other`, aligned at their ends, where they are the same or one of them is 1; else nil.
  func broadcast(with other: ONNXFeature) -> [ONNXAxis]? {
    let rank = max(rank, other.rank)
    let (a, b) = (Self.padded(axes, to: rank), Self.padded(other.axes, to: rank))
    let merged = zip(a, b).map { $0 == .unit ? $1 : $0 }
    return zip(merged, b).allSatisfy { $0 == $1 || $1 == .unit } ? merged : nil
  }

  static func padded(_ axes: [ONNXAxis], to rank: Int) -> [ONNXAxis] {
    [ONNXAxis](repeating: .unit, count: max(0, rank - axes.count)) + axes
  }

  /// The numbers of `constant` for each channel, or one for all; nil when they vary otherwise.
  func channelwise(_ constant: ONNXConstant) -> [Double]? {
    let values = constant.floats.map(Double.init)
    guard let first = values.first else { return nil }
    let wide = constant.shape.indices.filter { constant.shape[$0] != 1 }
    let offset = rank - constant.shape.count
    let fits = wide.allSatisfy { $0 + offset >= 0 && sides[$0 + offset] == constant.shape[$0] }
    if fits, wide.count <= 1, wide.allSatisfy({ axes[$0 + offset] == .channel }) { return values }
    return fits && values.allSatisfy { $0 == first } ? [first] : nil
  }
}

extension Shape {
  func side(_ axis: ONNXAxis) -> Int {
    switch axis {
    case .unit: 1
    case .channel: channels
    case .height: height
    case .width: width
    case .pixels: height * width
    }
  }
}

/// What a name stands for while a graph is traced.
enum ONNXValue: Sendable {
  case constant(ONNXConstant)
  case feature(ONNXFeature)
  /// factor · erf(x / √2) + offset: a part of GELU.
  case error(of: ONNXFeature, factor: Double, offset: Double)
  /// The Euclidean length of a vector: what an L2 normalization divides by.
  case length(of: ONNXFeature)
  /// One colour of the network's input, with arithmetic on it.
  case plane(Int, ChannelAffine)
  /// A second result that nothing here computes, such as the mask of a dropout.
  case absent
}
