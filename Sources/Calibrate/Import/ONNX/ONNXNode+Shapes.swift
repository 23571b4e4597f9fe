import Quant

/// What a slice takes of one axis.
struct ONNXSlice: Hashable {
  let start: Int
  let count: Int
  let step: Int
}

/// How nodes change shapes, the same for constants and for the network's values.
extension ONNXNode {
  /// The shape that Reshape asks for, 0 and −1 resolved.
  func resolved(_ target: [Int], from shape: [Int]) throws -> [Int] {
    let keepsZero = try flag("allowzero")
    var result = try target.enumerated().map { index, side -> Int in
      guard side == 0, !keepsZero else { return side }
      guard index < shape.count else { throw refusal("keeps a side that is not there", kind: .malformed) }
      return shape[index]
    }
    let count = shape.reduce(1, *)
    if let open = result.firstIndex(of: -1) {
      result[open] = 1
      guard let known = ONNXLimits.elementCount(of: result), known > 0, count % known == 0 else {
        throw refusal("to \(target.prefix(9)) does not fit the shape \(shape)", kind: .malformed)
      }
      result[open] = count / known
    }
    guard ONNXLimits.elementCount(of: result) == count else {
      throw refusal("to \(target.prefix(9)) does not fit the shape \(shape)", kind: .malformed)
    }
    return result
  }

  /// The sides left when `axes`, or without them all of 1, are taken out.
  func squeezed<Side>(_ sides: [Side], _ axes: [Int]?, isUnit: (Side) -> Bool) throws -> [Side] {
    guard let axes, !axes.isEmpty else { return sides.filter { !isUnit($0) } }
    let removed = Set(try axes.map { try axis($0, rank: sides.count) })
    guard removed.allSatisfy({ isUnit(sides[$0]) }) else {
      throw refusal("takes out a side that is not 1", kind: .malformed)
    }
    return sides.indices.filter { !removed.contains($0) }.map { sides[$0] }
  }

  /// The sides with `unit` put in at `axes` of the result.
  func unsqueezed<Side>(_ sides: [Side], _ axes: [Int]?, _ unit: Side) throws -> [Side] {
    let rank = sides.count + (axes?.count ?? 0)
    guard let axes, rank <= TensorLimits.rank else {
      throw refusal("has no axes, or too many", kind: .malformed)
    }
    let added = Set(try axes.map { try axis($0, rank: rank) })
    guard added.count == axes.count else { throw refusal("names an axis twice", kind: .malformed) }
    var rest = sides.makeIterator()
    return (0..<rank).compactMap { added.contains($0) ? unit : rest.next() }
  }

  /// Which axis of the input each axis of the result is.
  func permutation(rank: Int) throws -> [Int] {
    let order = integers("perm") ?? Array((0..<rank).reversed())
    guard order.count == rank, order.sorted() == Array(0..<rank) else {
      throw refusal("permutes \(rank) axes by \(order.prefix(9))", kind: .malformed)
    }
    return order
  }

  /// What is taken of each axis; lists as inputs, or before opset 10 as attributes.
  func slice(of shape: [Int], starts: [Int]?, ends: [Int]?, axes: [Int]?, steps: [Int]?) throws -> [ONNXSlice]
  {
    var result = shape.map { ONNXSlice(start: 0, count: $0, step: 1) }
    guard let starts = starts ?? integers("starts"), let ends = ends ?? integers("ends"),
      starts.count == ends.count
    else { throw refusal("has no starts and ends", kind: .malformed) }
    let axes = axes ?? integers("axes") ?? Array(starts.indices)
    let steps = steps ?? [Int](repeating: 1, count: starts.count)
    guard axes.count == starts.count, steps.count == starts.count else {
      throw refusal("has \(starts.count) starts and \(axes.count) axes", kind: .malformed)
    }
    for (index, axis) in axes.enumerated() {
      let axis = try self.axis(axis, rank: shape.count)
      result[axis] = try slice(shape[axis], starts[index], ends[index], steps[index])
    }
    return result
  }

  private func slice(_ side: Int, _ start: Int, _ end: Int, _ step: Int) throws -> ONNXSlice {
    guard step != 0, step.magnitude <= TensorLimits.side else {
      throw refusal("has the step \(step)", kind: .malformed)
    }
    func clamped(_ place: Int, _ range: ClosedRange<Int>) -> Int {
      let place = place < 0 ? place.addingReportingOverflow(side).partialValue : place
      return min(max(place, range.lowerBound), range.upperBound)
    }
    if step > 0 {
      let (from, to) = (clamped(start, 0...side), clamped(end, 0...side))
      return ONNXSlice(start: from, count: max(0, (to - from + step - 1) / step), step: step)
    }
    guard side > 0 else { return ONNXSlice(start: 0, count: 0, step: step) }
    let (from, to) = (clamped(start, -1...(side - 1)), clamped(end, -1...(side - 1)))
    let count = max(0, (from - to - step - 1) / -step)
    return ONNXSlice(start: max(from, 0), count: from < 0 ? 0 : count, step: step)
  }
}

extension ONNXConstant {
  /// How far apart neighbours along each axis stand.
  var strides: [Int] {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    return strides
  }

  /// The places of the elements of a look with `sides` and `strides`, in row-major order.
  static func places(_ sides: [Int], strides: [Int], start: Int = 0) -> [Int] {
    guard !sides.contains(0) else { return [] }
    var places = [start]
    for (side, stride) in zip(sides, strides) where side != 1 {
      places = places.flatMap { place in (0..<side).map { place + $0 * stride } }
    }
    return places
  }

  /// The same numbers repeated along the axes of 1.
  ///
  /// - Precondition: `target` is what this shape broadcasts to, within limits.
  func expanded(to target: [Int], for node: ONNXNode) throws -> ONNXConstant {
    if shape == target { return self }
    let offset = target.count - shape.count
    let strides = target.indices.map { axis -> Int in
      let own = axis - offset
      return own < 0 || shape[own] == 1 ? 0 : self.strides[own]
    }
    return gathering(Self.places(target, strides: strides), shape: target)
  }
}
