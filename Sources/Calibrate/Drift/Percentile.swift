extension Array where Element: BinaryFloatingPoint {
  /// The percentile of sorted values by linear interpolation, as numpy's default; 0 for none.
  func percentile(_ percent: Double) -> Double {
    guard let last = indices.last else { return 0 }
    let position = Double(last) * Swift.min(Swift.max(percent, 0), 100) / 100
    let lower = Int(position)
    let upper = Swift.min(lower + 1, last)
    let fraction = position - Double(lower)
    return Double(self[lower]) + (Double(self[upper]) - Double(self[lower])) * fraction
  }
}

extension Array where Element == Double {
  /// Added in order; 0 for none.
  var mean: Double { reduce(0, +) / Double(Swift.max(count, 1)) }

  /// The mean of the largest quarter, at least of one.
  var meanOfLargestQuarter: Double { Array(sorted(by: >).prefix(Swift.max(1, count / 4))).mean }
}
