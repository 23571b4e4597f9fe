import Quant

/// A tensor whose numbers are known while a graph is read: weights, and what shapes are computed from.
///
/// - Invariant: there are as many numbers as the product of `shape`.
struct ONNXConstant: Sendable {
  enum Values: Sendable {
    case floats([Float])
    /// Also booleans: 0 and 1.
    case integers([Int64])

    var count: Int {
      switch self {
      case .floats(let values): values.count
      case .integers(let values): values.count
      }
    }
  }

  let shape: [Int]
  let values: Values

  init(shape: [Int], values: Values) {
    self.shape = shape
    self.values = values
  }

  init(integers: [Int]) { self.init(shape: [integers.count], values: .integers(integers.map { Int64($0) })) }

  var count: Int { values.count }

  /// As Float, whole numbers rounded to nearest.
  var floats: [Float] {
    switch values {
    case .floats(let values): values
    case .integers(let values): values.map { Float($0) }
    }
  }

  /// nil when a number is no whole number within Int.
  var integers: [Int]? {
    switch values {
    case .integers(let values): return values.map { Int($0) }
    case .floats(let values):
      let whole = values.compactMap { Int(exactly: $0) }
      return whole.count == values.count ? whole : nil
    }
  }

  /// The one number of a tensor of one element.
  var scalar: Float? { count == 1 ? floats[0] : nil }

  func reshaped(_ shape: [Int]) -> ONNXConstant { ONNXConstant(shape: shape, values: values) }

  /// The same values in the order of `places`, which are indices of elements.
  func gathering(_ places: [Int], shape: [Int]) -> ONNXConstant {
    switch values {
    case .floats(let values): ONNXConstant(shape: shape, values: .floats(places.map { values[$0] }))
    case .integers(let values): ONNXConstant(shape: shape, values: .integers(places.map { values[$0] }))
    }
  }
}
