import Int8Kernels
import Quant

extension ActivationTable {
  /// The table of a function: in each of 16 segments of ½ the quadratic in Int16 whose largest error over the segment's
  /// 2 048 arguments is least, among those near the interpolation at Chebyshev's points.
  ///
  /// - Returns: nil when `activation` is not a function over the q16 strip.
  package static func fitted(to activation: Activation) -> ActivationTable? {
    guard let target = ActivationTarget(activation) else { return nil }
    let segments = (0..<16).map { Segment.fitted(to: target, index: $0) }
    return ActivationTable(
      form: target.form, a0: segments.map(\.a0), a1: segments.map(\.a1), a2: segments.map(\.a2))
  }
}

/// What a table approximates: r(u) for u = |x| in 0…8, already at the table's scale.
private struct ActivationTarget {
  let form: ActivationTable.Form
  let value: (Double) -> Double

  init?(_ activation: Activation) {
    func sigmoidTail(_ u: Double) -> Double { 1 / (1 + ElementaryFunctions.exponential(u)) }
    switch activation {
    case .silu:
      form = .rectified
      value = { 65_536 * $0 * sigmoidTail($0) }
    case .hardSwish:
      form = .rectified
      value = { $0 < 3 ? 65_536 * $0 * (3 - $0) / 6 : 0 }
    case .gelu:
      form = .rectified
      value = { 65_536 * $0 * ElementaryFunctions.normalTail($0) }
    case .sigmoid:
      form = .odd(offset: 16_384)
      value = { 32_768 * (0.5 - sigmoidTail($0)) }
    case .hardSigmoid:
      form = .odd(offset: 16_384)
      value = { min(32_768 * $0 / 6, 16_383) }
    case .tanh:
      form = .odd(offset: 0)
      value = { min(32_768 * (1 - 2 * sigmoidTail(2 * $0)), 32_767) }
    default: return nil
    }
  }
}

/// One quadratic: `mulr(mulr(a2, x) + a1, x) + a0`, x in 0…32 752.
private struct Segment {
  var a0: Int16
  var a1: Int16
  var a2: Int16

  static func fitted(to target: ActivationTarget, index: Int) -> Segment {
    let start = Double(index) / 2
    let exact = (0..<2048).map { target.value(start + Double($0) / 4096) }
    let centre = interpolation { target.value(start + $0 / 2) }
    var best = (segment: Segment(a0: 0, a1: 0, a2: 0), error: Double.infinity)
    for d2 in -3...3 {
      for d1 in -3...3 {
        for d0 in -2...2 {
          guard let candidate = Segment(centre.0 + d0, centre.1 + d1, centre.2 + d2) else { continue }
          let error = candidate.largestError(against: exact, form: target.form, limit: best.error)
          if error < best.error { best = (candidate, error) }
        }
      }
    }
    return best.segment
  }

  /// The quadratic a0 + a1 y + a2 y² through three Chebyshev points of 0…1, rounded.
  private static func interpolation(_ value: (Double) -> Double) -> (Int, Int, Int) {
    let half = 0.4330127018922193  // cos(30°) / 2
    let (y0, y1, y2) = (0.5 - half, 0.5, 0.5 + half)
    let (v0, v1, v2) = (value(y0), value(y1), value(y2))
    let slope = (v1 - v0) / (y1 - y0)
    let curvature = ((v2 - v1) / (y2 - y1) - slope) / (y2 - y0)
    let a1 = slope - curvature * (y0 + y1)
    let a0 = v0 - slope * y0 + curvature * y0 * y1
    return (Int(a0.rounded()), Int(a1.rounded()), Int(curvature.rounded()))
  }

  private init(a0: Int16, a1: Int16, a2: Int16) {
    self.a0 = a0
    self.a1 = a1
    self.a2 = a2
  }

  private init?(_ a0: Int, _ a1: Int, _ a2: Int) {
    guard let a0 = Int16(exactly: a0), let a1 = Int16(exactly: a1), let a2 = Int16(exactly: a2) else {
      return nil
    }
    self.init(a0: a0, a1: a1, a2: a2)
  }

  /// Infinity when an intermediate could leave Int16; stops early above `limit`.
  private func largestError(against exact: [Double], form: ActivationTable.Form, limit: Double) -> Double {
    var largest = 0.0
    let allowed = form.resultRange
    for (index, exact) in exact.enumerated() {
      let x = index << 4
      let inner = Self.mulr(Int(a2), x) + Int(a1)
      let result = Self.mulr(inner, x) + Int(a0)
      guard (-32_768...32_767).contains(inner), allowed.contains(result) else { return .infinity }
      largest = max(largest, abs(Double(result) - exact))
      if largest >= limit { return largest }
    }
    return largest
  }

  private static func mulr(_ a: Int, _ b: Int) -> Int { (a * b + (1 << 14)) >> 15 }
}

extension ActivationTable.Form {
  /// The results r for which every later value is an Int16: `max(t, 0) − r'` with r' ≥ 0, or `offset ± r`.
  fileprivate var resultRange: ClosedRange<Int> {
    switch self {
    case .rectified: 0...32_767
    case .odd(let offset): Int(offset) - 32_767...32_767 - Int(offset)
    }
  }
}
