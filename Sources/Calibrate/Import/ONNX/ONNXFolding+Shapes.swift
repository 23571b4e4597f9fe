import Quant

/// Shapes and the choice of elements.
extension ONNXFolding {
  /// - Throws: `InputError` (malformed, tooLarge) when the shapes do not fit, or the result is larger than both and the limit.
  func broadcast(_ a: [Int], _ b: [Int]) throws -> [Int] {
    let rank = max(a.count, b.count)
    let (x, y) = (padded(a, to: rank), padded(b, to: rank))
    let shape = zip(x, y).map { $0 == 1 ? $1 : $0 }
    guard zip(shape, y).allSatisfy({ $0 == $1 || $1 == 1 }) else {
      throw node.refusal("of constants of the shapes \(a) and \(b)", kind: .malformed)
    }
    try check(shape, madeOf: a.reduce(1, *), b.reduce(1, *))
    return shape
  }

  private func padded(_ shape: [Int], to rank: Int) -> [Int] {
    [Int](repeating: 1, count: rank - shape.count) + shape
  }

  /// Expansion is for shapes and small constants.
  private func check(_ shape: [Int], madeOf counts: Int...) throws {
    guard let count = ONNXLimits.elementCount(of: shape), count <= max(Self.limit, counts.max() ?? 0) else {
      throw node.refusal("makes a constant of the shape \(shape.prefix(9))", kind: .tooLarge)
    }
  }

  func reshaped() throws -> ONNXConstant {
    guard let target = try integers(1) else { throw node.refusal("has no shape", kind: .malformed) }
    let x = try input(0)
    return x.reshaped(try node.resolved(target, from: x.shape))
  }

  func flattened() throws -> ONNXConstant {
    let x = try input(0)
    let axis = try node.integer("axis", default: 1)
    guard axis >= 0, axis <= x.shape.count else { throw node.refusal("names the axis \(axis)") }
    return x.reshaped([x.shape[..<axis].reduce(1, *), x.shape[axis...].reduce(1, *)])
  }

  func unit() throws -> ONNXConstant {
    let x = try input(0)
    let axes = try node.integers("axes") ?? integers(1)
    return x.reshaped(
      node.type == "Squeeze"
        ? try node.squeezed(x.shape, axes) { $0 == 1 } : try node.unsqueezed(x.shape, axes, 1))
  }

  func transposed() throws -> ONNXConstant {
    let x = try input(0)
    let order = try node.permutation(rank: x.shape.count)
    let strides = x.strides
    return x.gathering(
      ONNXConstant.places(order.map { x.shape[$0] }, strides: order.map { strides[$0] }),
      shape: order.map { x.shape[$0] })
  }

  func filled() throws -> ONNXConstant {
    guard let shape = try integers(0) else { throw node.refusal("has no shape", kind: .malformed) }
    try check(shape)
    let count = shape.reduce(1, *)
    guard let value = try node.tensor("value") else {
      return ONNXConstant(shape: shape, values: .floats([Float](repeating: 0, count: count)))
    }
    guard value.elementCount == 1 else { throw node.refusal("has no single value", kind: .malformed) }
    let one = try value.constant(ONNXExternalData(folder: nil))
    return one.gathering([Int](repeating: 0, count: count), shape: shape)
  }

  func expanded() throws -> ONNXConstant {
    guard let target = try integers(1) else { throw node.refusal("has no shape", kind: .malformed) }
    let x = try input(0)
    guard ONNXLimits.elementCount(of: target) != nil else {
      throw node.refusal("to the shape \(target.prefix(9))", kind: .malformed)
    }
    return try x.expanded(to: try broadcast(x.shape, target), for: node)
  }

  func concatenated() throws -> ONNXConstant {
    let parts = try inputs.indices.map { try input($0) }
    let first = parts[0]
    let axis = try node.axis(try node.integer("axis", default: 0), rank: first.shape.count)
    let outer = first.shape[..<axis].reduce(1, *)
    guard
      parts.allSatisfy({ part in
        part.shape.count == first.shape.count
          && part.shape.indices.allSatisfy { $0 == axis || part.shape[$0] == first.shape[$0] }
      })
    else { throw node.refusal("of constants of several shapes", kind: .malformed) }
    var shape = first.shape
    shape[axis] = parts.reduce(0) { $0 + $1.shape[axis] }
    try check(shape, madeOf: parts.reduce(0) { $0 + $1.count })
    let areIntegers = parts.allSatisfy { if case .integers = $0.values { true } else { false } }
    guard areIntegers else {
      return ONNXConstant(shape: shape, values: .floats(Self.joined(parts.map(\.floats), rows: outer)))
    }
    let lists = parts.map { part -> [Int64] in
      if case .integers(let values) = part.values { values } else { [] }
    }
    return ONNXConstant(shape: shape, values: .integers(Self.joined(lists, rows: outer)))
  }

  /// The rows of all parts one after the other.
  private static func joined<Number>(_ parts: [[Number]], rows: Int) -> [Number] {
    var result: [Number] = []
    for row in 0..<rows {
      for part in parts {
        let length = part.count / rows
        result += part[row * length..<(row + 1) * length]
      }
    }
    return result
  }

  func gathered() throws -> ONNXConstant {
    let x = try input(0)
    let axis = try node.axis(try node.integer("axis", default: 0), rank: x.shape.count)
    guard let indices = try integers(1) else { throw node.refusal("has no indices", kind: .malformed) }
    let side = x.shape[axis]
    let chosen = try indices.map { index -> Int in
      let place = index < 0 ? index + side : index
      guard place >= 0, place < side else {
        throw node.refusal("takes the element \(index) of \(side)", kind: .malformed)
      }
      return place
    }
    let (outer, inner) = (x.shape[..<axis].reduce(1, *), x.shape[(axis + 1)...].reduce(1, *))
    let shape = Array(x.shape[..<axis]) + (try input(1).shape) + Array(x.shape[(axis + 1)...])
    try check(shape, madeOf: x.count)
    var places: [Int] = []
    for row in 0..<outer {
      for place in chosen {
        let start = (row * side + place) * inner
        places += start..<start + inner
      }
    }
    return x.gathering(places, shape: shape)
  }

  func sliced() throws -> ONNXConstant {
    let x = try input(0)
    let slice = try node.slice(
      of: x.shape, starts: integers(1), ends: integers(2), axes: integers(3), steps: integers(4))
    let strides = x.strides
    var (start, steps) = (0, [Int]())
    for (part, stride) in zip(slice, strides) {
      start += part.start * stride
      steps.append(part.step * stride)
    }
    let places = ONNXConstant.places(slice.map(\.count), strides: steps, start: start)
    return x.gathering(places, shape: slice.map(\.count))
  }
}
