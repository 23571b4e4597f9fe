import Int8Kernels
import Quant

/// Rounds an output's weights together, so that their errors cancel over inputs as they occur: least `eᵀ · C · e`, with e the
/// weights' errors and C the inputs' covariance.
///
/// The mean of the inputs is left out of C: what it makes of the errors is the bias's to take up.
///
/// First the nearest plane: weight after weight, each to the whole number nearest to what is best for it after those
/// before, inputs of the largest variance first. Then coordinate descent: every weight in turn moves to the whole number that
/// is best as the others stand, until none moves. The quadratic never grows in that.
package struct WeightRounding: Sendable {
  private let size: Int
  /// `[i][j]`, covariances made smaller.
  private let covariance: [Double]
  /// The inputs by growing variance, and the factor of their covariances in that order.
  private let order: [Int]
  private let factor: CholeskyFactor?

  /// By how much covariances of different inputs are made smaller: samples exaggerate them.
  private static let shrinkage = 0.1
  /// What is added to variances in the nearest plane, of their mean.
  private static let damping = 0.1
  private static let sweeps = 8
  /// A weight goes at most so many steps from where it was: to either neighbour. Farther, sums over what the samples hardly
  /// show could be far off.
  private static let reach = 1.0

  package init(_ moments: SecondMoments, pool: WorkerPool?) {
    size = moments.size
    var covariance = moments.covariance
    var trace = 0.0
    for i in 0..<size {
      for j in 0..<size where i != j { covariance[i * size + j] *= 1 - Self.shrinkage }
      trace += covariance[i * size + i]
    }
    self.covariance = covariance
    let variances = (0..<size).map { [size] in covariance[$0 * size + $0] }
    let order = variances.indices.sorted { (variances[$0], $0) < (variances[$1], $1) }
    self.order = order
    factor = Self.factor(covariance, order: order, damping: Self.damping * trace / Double(size), pool: pool)
  }

  private static func factor(_ covariance: [Double], order: [Int], damping: Double, pool: WorkerPool?)
    -> CholeskyFactor?
  {
    let size = order.count
    var sorted = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0...i { sorted[i * size + j] = covariance[order[i] * size + order[j]] }
      sorted[i * size + i] += damping
    }
    return CholeskyFactor(sorted, size: size, pool: pool)
  }

  /// - Parameters:
  ///   - exact: one output's weights.
  ///   - scale: what a whole number stands for.
  /// - Returns: −127…127.
  package func round(_ exact: ArraySlice<Double>, scale: Double) -> [Int8] {
    let exact = Array(exact)
    var elements = nearestPlane(exact, scale: scale)
    descend(&elements, exact, scale: scale)
    return elements
  }

  private func nearestPlane(_ exact: [Double], scale: Double) -> [Int8] {
    guard let factor else { return exact.map { ScaledConvolution.rounded($0 / scale) } }
    var elements = [Int8](repeating: 0, count: size)
    // Of each input still to come, what the errors so far add to its own, times the factor's diagonal.
    var pending = [Double](repeating: 0, count: size)
    pending.withUnsafeMutableBufferPointer { pending in
      guard let base = pending.baseAddress else { return }
      for i in (0..<size).reversed() {
        let place = order[i]
        _ = factor.withRow(i) { row in
          let wanted = exact[place] - base[i] / row[i]
          elements[place] = Self.rounded(wanted / scale, near: exact[place] / scale)
          Self.add(Double(elements[place]) * scale - exact[place], times: row, to: base, i)
        }
      }
    }
    return elements
  }

  /// The whole number nearest to `wanted` that is not farther than `reach` from `exact`.
  private static func rounded(_ wanted: Double, near exact: Double) -> Int8 {
    ScaledConvolution.rounded(
      min(max(wanted, (exact - reach).rounded(.up)), (exact + reach).rounded(.down)))
  }

  private func descend(_ elements: inout [Int8], _ exact: [Double], scale: Double) {
    let size = size
    var gradient = [Double](repeating: 0, count: size)
    covariance.withUnsafeBufferPointer { covariance in
      gradient.withUnsafeMutableBufferPointer { gradient in
        guard let matrix = covariance.baseAddress, let gradient = gradient.baseAddress else { return }
        for i in 0..<size {
          Self.add(Double(elements[i]) * scale - exact[i], times: matrix + i * size, to: gradient, size)
        }
        for _ in 0..<Self.sweeps {
          var hasMoved = false
          for i in 0..<size {
            let curvature = matrix[i * size + i]
            guard curvature > 0 else { continue }
            let element = Self.rounded(
              Double(elements[i]) - gradient[i] / (curvature * scale), near: exact[i] / scale)
            guard element != elements[i] else { continue }
            let step = (Double(element) - Double(elements[i])) * scale
            elements[i] = element
            Self.add(step, times: matrix + i * size, to: gradient, size)
            hasMoved = true
          }
          guard hasMoved else { return }
        }
      }
    }
  }

  private static func add(
    _ factor: Double, times row: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>, _ count: Int
  ) {
    for index in 0..<count { target[index] += factor * row[index] }
  }
}

extension WindowSamples {
  /// All of a convolution's weights, rounded by the second moments of its inputs.
  func round(_ problem: ScaledConvolution, _ input: PhotoValues, pool: WorkerPool) -> RoundedWeights {
    let convolution = problem.convolution
    var result = problem.nearest()
    let scales = result.scales
    // Groups of few channels are taken several at once, since their channels stand side by side.
    let groupsAtOnce = max(1, 64 / convolution.inputChannelsPerGroup)
    result.elements.withUnsafeMutableBufferPointer { elements in
      let target = SendableBuffer(elements)
      guard convolution.groups > 1 else {
        return round(0..<1, problem, input, scales: scales, to: target, pool: pool)
      }
      pool.parallelFor(convolution.groups.dividedRoundingUp(by: groupsAtOnce)) { task, _ in
        let first = task * groupsAtOnce
        round(
          first..<min(convolution.groups, first + groupsAtOnce), problem, input, scales: scales, to: target,
          pool: nil)
      }
    }
    return result
  }

  private func round(
    _ groups: Range<Int>, _ problem: ScaledConvolution, _ input: PhotoValues, scales: [Float],
    to target: SendableBuffer<Int8>, pool: WorkerPool?
  ) {
    let convolution = problem.convolution
    let perGroup = convolution.inputChannelsPerGroup
    let outputs = convolution.outputChannels / convolution.groups
    let samples = gather(
      input, channels: groups.lowerBound * perGroup..<groups.upperBound * perGroup, pool: pool)
    for (place, group) in groups.enumerated() {
      let moments = SecondMoments(
        samples.from(place * problem.products), size: problem.products, pool: pool)
      let rounding = WeightRounding(moments, pool: pool)
      pool.parallelFor(outputs) { index in
        let output = group * outputs + index
        let row = rounding.round(problem.row(output), scale: Double(scales[output]))
        for (weight, element) in row.enumerated() {
          target.buffer[output * problem.products + weight] = element
        }
      }
    }
  }
}
