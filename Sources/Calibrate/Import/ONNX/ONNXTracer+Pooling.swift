import Quant

extension ONNXTracer {
  private func pooling(_ node: ONNXNode, of shape: Shape) throws -> ONNXPooling {
    guard let kernel = try node.size("kernel_shape") else {
      throw node.refusal("has no kernel_shape", kind: .malformed)
    }
    if let dilation = try node.size("dilations"), dilation != Size2D(1) {
      throw node.refusal("has the dilation \(dilation)", remedy: "pooling without gaps is computed")
    }
    let stride = try node.size("strides") ?? Size2D(1)
    let padding = try node.padding(of: shape, kernel: kernel, stride: stride, dilation: Size2D(1))
    var pooling = ONNXPooling(kernel: kernel, stride: stride, padding: padding)
    if try node.flag("ceil_mode") { pooling.roundUp(over: shape) }
    return pooling
  }

  mutating func maxPool(_ node: ONNXNode) throws -> ONNXValue {
    let x = try channelsFirst(node)
    let pooling = try pooling(node, of: x.shape)
    let traced = try graph.maxPool(node.label, pooling.whole, of: x.traced)
    return result(traced, axes: ONNXFeature.channelsFirst)
  }

  mutating func averagePool(_ node: ONNXNode) throws -> ONNXValue {
    let x = try channelsFirst(node)
    let pooling = try pooling(node, of: x.shape)
    let counts = try node.flag("count_include_pad")
    let traced = try averagePool(node.label, pooling, countsPadding: counts, of: x.traced)
    return result(traced, axes: ONNXFeature.channelsFirst)
  }

  /// Declared padding may count; what rounding up adds does not.
  private mutating func averagePool(
    _ name: String, _ pooling: ONNXPooling, countsPadding: Bool, of x: TracedValue
  ) throws -> TracedValue {
    guard countsPadding, pooling.excess != .none else {
      return try graph.averagePool(name, pooling.whole, countsPadding: countsPadding, of: x)
    }
    let padded = try graph.pad("\(name)/pad", pooling.padding, of: x)
    let rest = Pooling(kernel: pooling.kernel, stride: pooling.stride, padding: pooling.excess)
    return try graph.averagePool(name, rest, countsPadding: false, of: padded)
  }

  mutating func globalPool(_ node: ONNXNode, _ kind: GlobalPooling) throws -> ONNXValue {
    let x = try channelsFirst(node)
    let traced = try graph.globalPool(node.label, kind, of: x.traced)
    return result(traced, axes: ONNXFeature.channelsFirst)
  }

  /// A mean or maximum over rows, columns or both.
  mutating func reduction(_ node: ONNXNode, _ kind: GlobalPooling) throws -> ONNXValue {
    let x = try feature(node)
    let given = try integers(node, attribute: "axes", input: 1)
    if given?.isEmpty ?? true, try node.flag("noop_with_empty_axes") { return .feature(x) }
    let axes = given.flatMap { $0.isEmpty ? nil : $0 } ?? Array(0..<x.rank)
    let reduced = Set(try axes.map { try node.axis($0, rank: x.rank) })
    let traced = try self.reduced(x, Set(reduced.map { x.axes[$0] }).subtracting([.unit]), kind, node)
    let kept = try node.flag("keepdims", default: true)
    let left = x.axes.indices.compactMap { index -> ONNXAxis? in
      reduced.contains(index) ? (kept ? .unit : nil) : x.axes[index]
    }
    return result(traced, axes: left)
  }

  private mutating func reduced(
    _ x: ONNXFeature, _ reduced: Set<ONNXAxis>, _ kind: GlobalPooling, _ node: ONNXNode
  ) throws -> TracedValue {
    let left = Set(x.extended).subtracting(reduced)
    if reduced.isEmpty { return x.traced }
    guard !reduced.contains(.channel) else {
      throw node.refusal("over the channels of \(x.sides)", remedy: "rows and columns are averaged")
    }
    if left.isSubset(of: [.channel]) { return try graph.globalPool(node.label, kind, of: x.traced) }
    guard kind == .average else { throw node.refusal("over a part of the pixels") }
    let kernel = Size2D(
      height: reduced.contains(.height) ? x.shape.height : 1,
      width: reduced.contains(.width) ? x.shape.width : 1)
    return try graph.averagePool(
      node.label, Pooling(kernel: kernel, stride: Size2D(1)), countsPadding: false, of: x.traced)
  }
}

/// A pooling as ONNX describes it.
struct ONNXPooling {
  let kernel: Size2D
  let stride: Size2D
  /// Declared.
  let padding: Padding
  /// At the bottom and right, where the last window reaches over the edge.
  private(set) var excess = Padding.none

  init(kernel: Size2D, stride: Size2D, padding: Padding) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  var whole: Pooling {
    let all = Padding(
      top: padding.top, left: padding.left, bottom: padding.bottom + excess.bottom,
      right: padding.right + excess.right)
    return Pooling(kernel: kernel, stride: stride, padding: all)
  }

  /// The number of windows is rounded up, but none starts in the padding at the end.
  mutating func roundUp(over shape: Shape) {
    func excess(_ side: Int, _ before: Int, _ after: Int, _ kernel: Int, _ stride: Int) -> Int {
      let room = side + before + after - kernel
      guard room >= 0 else { return 0 }
      var steps = (room + stride - 1) / stride
      if steps * stride >= side + before { steps -= 1 }
      return max(0, steps * stride - room)
    }
    let bottom = excess(shape.height, padding.top, padding.bottom, kernel.height, stride.height)
    let right = excess(shape.width, padding.left, padding.right, kernel.width, stride.width)
    self.excess = Padding(top: 0, left: 0, bottom: bottom, right: right)
  }
}

extension ONNXNode {
  /// The padding of a window that slides over `shape`.
  func padding(of shape: Shape, kernel: Size2D, stride: Size2D, dilation: Size2D) throws -> Padding {
    let same = {
      Padding.same(
        input: Size2D(height: shape.height, width: shape.width), kernel: kernel, stride: stride,
        dilation: dilation)
    }
    switch try text("auto_pad", default: "NOTSET") {
    case "VALID": return .none
    case "SAME_UPPER": return same()
    case "SAME_LOWER":
      let upper = same()
      return Padding(top: upper.bottom, left: upper.right, bottom: upper.top, right: upper.left)
    case "NOTSET", "":
      guard let pads = integers("pads"), !pads.isEmpty else { return .none }
      guard pads.count == 4, pads.allSatisfy({ (0...4096).contains($0) }) else {
        throw refusal("has the padding \(pads.prefix(9))", kind: .malformed)
      }
      return Padding(top: pads[0], left: pads[1], bottom: pads[2], right: pads[3])
    default: throw refusal("has an unknown auto_pad", kind: .malformed)
    }
  }
}
