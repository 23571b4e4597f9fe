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
  private let kernels: FloatKernelSet
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
  /// Rows that are added to all outputs' sums in one go.
  private static let block = 64

  package init(_ moments: consuming SecondMoments, pool: WorkerPool?, kernels: FloatKernelSet = .best) {
    size = moments.size
    self.kernels = kernels
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
    factor = CholeskyFactor(
      Self.sorted(covariance, order: order, damping: Self.damping * trace / Double(size)), size: size,
      pool: pool, kernels: kernels)
  }

  private static func sorted(_ covariance: [Double], order: [Int], damping: Double) -> [Double] {
    let size = order.count
    return [Double](unsafeUninitializedCapacity: size * size) { target, count in
      for i in 0..<size {
        let row = order[i] * size
        for j in 0..<size { target[i * size + j] = j <= i ? covariance[row + order[j]] : 0 }
        target[i * size + i] += damping
      }
      count = size * size
    }
  }

  /// Several outputs at a time: each row of the matrices is read once for all of them.
  ///
  /// - Parameters:
  ///   - exact: the outputs' weights, `[output][input]`.
  ///   - scales: what a whole number stands for, one an output.
  /// - Returns: −127…127, `[output][input]`.
  package func round(_ exact: ArraySlice<Double>, scales: [Double]) -> [Int8] {
    var outputs = RoundedOutputs(exact: Array(exact), scales: scales)
    nearestPlane(&outputs)
    descend(&outputs)
    return outputs.elements
  }

  private func nearestPlane(_ outputs: inout RoundedOutputs) {
    guard let factor else {
      for place in outputs.exact.indices {
        outputs.elements[place] = ScaledConvolution.rounded(
          outputs.exact[place] / outputs.scales[place / size])
      }
      return
    }
    let count = outputs.scales.count
    var errors = [Double](repeating: 0, count: count * Self.block)
    factor.withElements { rows in
      guard let base = rows.baseAddress else { return }
      for end in stride(from: size, to: 0, by: -Self.block) {
        let block = max(0, end - Self.block)..<end
        for output in 0..<count {
          nearestPlane(&outputs, output, block, rows: base, errors: &errors)
        }
        outputs.sums.withUnsafeMutableBufferPointer { sums in
          guard let sums = sums.baseAddress else { return }
          RowSums(start: sums, stride: size, count: count).add(
            errors, stride: Self.block,
            times: RowBlock(start: base + (end - 1) * size, stride: -size, count: block.count),
            columns: block.lowerBound, kernels)
        }
      }
    }
    for place in outputs.sums.indices { outputs.sums[place] = 0 }
  }

  /// The inputs of `block`, the last first; their errors, in that order, go into `errors` and into the block's own sums.
  private func nearestPlane(
    _ outputs: inout RoundedOutputs, _ output: Int, _ block: Range<Int>, rows: UnsafePointer<Double>,
    errors: inout [Double]
  ) {
    let first = output * size
    let scale = outputs.scales[output]
    for i in block.reversed() {
      let row = rows + i * size
      let place = first + order[i]
      // What the errors so far add to this input's own is the sum over its factor's diagonal element.
      let wanted = outputs.exact[place] - outputs.sums[first + i] / row[i]
      outputs.set(place, to: wanted / scale, scale: scale)
      let error = outputs.error(place, scale: scale)
      errors[output * Self.block + block.upperBound - 1 - i] = error
      outputs.sums.withUnsafeMutableBufferPointer { sums in
        for j in block.lowerBound..<i { sums[first + j] += error * row[j] }
      }
    }
  }

  private func descend(_ outputs: inout RoundedOutputs) {
    let count = outputs.scales.count
    covariance.withUnsafeBufferPointer { covariance in
      guard let matrix = covariance.baseAddress else { return }
      addErrors(&outputs, matrix)
      for _ in 0..<Self.sweeps {
        var hasMoved = false
        for i in 0..<size where matrix[i * size + i] > 0 {
          let row = RowBlock(start: matrix + i * size, stride: size, count: 1)
          for output in 0..<count where move(&outputs, output, i, row) { hasMoved = true }
        }
        guard hasMoved else { return }
      }
    }
  }

  /// The gradient of each output's quadratic, halved: its errors times the matrix.
  private func addErrors(_ outputs: inout RoundedOutputs, _ matrix: UnsafePointer<Double>) {
    let count = outputs.scales.count
    let errors = outputs.exact.indices.map { outputs.error($0, scale: outputs.scales[$0 / size]) }
    errors.withUnsafeBufferPointer { errors in
      outputs.sums.withUnsafeMutableBufferPointer { sums in
        guard let errors = errors.baseAddress, let sums = sums.baseAddress else { return }
        for first in stride(from: 0, to: size, by: Self.block) {
          RowSums(start: sums, stride: size, count: count).add(
            errors + first, stride: size,
            times: RowBlock(
              start: matrix + first * size, stride: size, count: min(Self.block, size - first)),
            columns: size, kernels)
        }
      }
    }
  }

  /// Moves one weight to where its output's quadratic is least; false where it stands there.
  private func move(_ outputs: inout RoundedOutputs, _ output: Int, _ i: Int, _ row: RowBlock) -> Bool {
    let place = output * size + i
    let scale = outputs.scales[output]
    let before = outputs.elements[place]
    let wanted = Double(before) - outputs.sums[place] / (row.start[i] * scale)
    outputs.set(place, to: wanted, scale: scale)
    guard outputs.elements[place] != before else { return false }
    let step = (Double(outputs.elements[place]) - Double(before)) * scale
    outputs.sums.withUnsafeMutableBufferPointer { sums in
      guard let sums = sums.baseAddress else { return }
      withUnsafePointer(to: step) { step in
        RowSums(start: sums + output * size, stride: size, count: 1).add(
          step, stride: 1, times: row, columns: size, kernels)
      }
    }
    return true
  }
}
