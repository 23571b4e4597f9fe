import Calibrate

/// Weights of one output rounded together, written a second time: one input after another, no blocks.
struct PlainRounding {
  private let size: Int
  /// `[i][j]`.
  private var covariance: [Double]
  private let order: [Int]
  private let factor: [Double]

  init?(_ covariance: [Double], size: Int) {
    self.size = size
    self.covariance = covariance
    var trace = 0.0
    for i in 0..<size {
      for j in 0..<size where i != j { self.covariance[i * size + j] *= 1 - 0.1 }
      trace += covariance[i * size + i]
    }
    order = (0..<size).sorted { (covariance[$0 * size + $0], $0) < (covariance[$1 * size + $1], $1) }
    var sorted = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0...i { sorted[i * size + j] = self.covariance[order[i] * size + order[j]] }
      sorted[i * size + i] += 0.1 * trace / Double(size)
    }
    guard let factor = CholeskyFactor(sorted, size: size, pool: nil, kernels: .scalar) else { return nil }
    self.factor = factor.withElements { Array($0) }
  }

  func round(_ exact: [Double], scale: Double) -> [Int8] {
    var elements = [Int8](repeating: 0, count: size)
    var pending = [Double](repeating: 0, count: size)
    for i in (0..<size).reversed() {
      let place = order[i]
      let wanted = exact[place] - pending[i] / factor[i * size + i]
      elements[place] = nearest(wanted / scale, exact[place] / scale)
      let error = Double(elements[place]) * scale - exact[place]
      for j in 0..<i { pending[j] += error * factor[i * size + j] }
    }
    descend(&elements, exact, scale: scale)
    return elements
  }

  private func descend(_ elements: inout [Int8], _ exact: [Double], scale: Double) {
    var gradient = [Double](repeating: 0, count: size)
    for i in 0..<size {
      let error = Double(elements[i]) * scale - exact[i]
      for j in 0..<size { gradient[j] += error * covariance[i * size + j] }
    }
    for _ in 0..<8 {
      for i in 0..<size {
        let curvature = covariance[i * size + i]
        guard curvature > 0 else { continue }
        let wanted = Double(elements[i]) - gradient[i] / (curvature * scale)
        let element = nearest(wanted, exact[i] / scale)
        let step = (Double(element) - Double(elements[i])) * scale
        elements[i] = element
        guard step != 0 else { continue }
        for j in 0..<size { gradient[j] += step * covariance[i * size + j] }
      }
    }
  }

  /// The nearest whole number within one step.
  private func nearest(_ wanted: Double, _ exact: Double) -> Int8 {
    let bounded = min(max(wanted, (exact - 1).rounded(.up)), (exact + 1).rounded(.down))
    return Int8(min(max(bounded.rounded(.toNearestOrEven), -127), 127))
  }
}
