import CFloatKernels
import Int8Kernels
import Quant

/// The covariances of a convolution's inputs over samples of them, for one group: exact sums of whole numbers, one division.
package struct SecondMoments: Sendable {
  package let size: Int
  /// `[i][j]`, whole.
  package private(set) var covariance: [Double]

  /// Samples a block, small enough that a few rows of them stay in the first cache and sums of products are Int32.
  private static let block = 1024
  /// Rows that one task takes; a multiple of what the kernel takes.
  private static let rowsPerTask = 16

  /// Of samples `[input][sample]`, −255…255 each, at most 2²³ of them.
  package init(_ samples: SampleRows, size: Int, pool: WorkerPool?, kernels: FloatKernelSet = .best) {
    self.size = size
    covariance = .init(repeating: 0, count: size * size)
    let sums = (0..<size).map { input in
      UnsafeBufferPointer(start: samples.row(input), count: samples.samples).reduce(0) { $0 + Int64($1) }
    }
    covariance.withUnsafeMutableBufferPointer { covariance in
      let tasks = size.dividedRoundingUp(by: Self.rowsPerTask)
      pool.parallelFor(tasks) { index in
        // The longest rows first.
        let first = (tasks - 1 - index) * Self.rowsPerTask
        let rows = first..<min(size, first + Self.rowsPerTask)
        let products = Self.products(samples, rows: rows, kernels: kernels)
        for i in rows {
          for j in 0...i {
            covariance[i * size + j] = Self.covariance(
              products[(i - first) * products.count / Self.rowsPerTask + j], sums[i], sums[j],
              count: samples.samples)
          }
        }
      }
      for i in 0..<size {
        for j in 0..<i { covariance[j * size + i] = covariance[i * size + j] }
      }
    }
  }

  private static func covariance(_ product: Int64, _ first: Int64, _ second: Int64, count: Int) -> Double {
    let count = Int64(max(count, 1))
    return Double(count * product - first * second) / (Double(count) * Double(count))
  }

  /// Σ of the products of each of `rows` with every row up to the last of them: `[row][other]`, `rowsPerTask` rows.
  private static func products(_ samples: SampleRows, rows: Range<Int>, kernels: FloatKernelSet) -> [Int64] {
    let width = Int(fk_dot_product_rows)
    let others = rows.upperBound.roundedUp(toMultipleOf: width)
    var sums = [Int64](repeating: 0, count: rowsPerTask * others)
    var products = [Int32](repeating: 0, count: width * width)
    // Past the last row it stands in for what is not there, and nobody reads its sums.
    func pointer(_ row: Int, _ start: Int) -> UnsafePointer<Int16>? {
      UnsafePointer(samples.row(min(row, rows.upperBound - 1)) + start)
    }
    var other = [UnsafePointer<Int16>?](repeating: nil, count: width)
    for start in stride(from: 0, to: samples.samples, by: block) {
      let count = min(block, samples.samples - start)
      let own = stride(from: rows.lowerBound, to: rows.upperBound, by: width).map { first in
        (first..<first + width).map { pointer($0, start) }
      }
      for j in stride(from: 0, to: others, by: width) {
        for k in 0..<width { other[k] = pointer(j + k, start) }
        for (place, own) in own.enumerated() {
          kernels.pointer.pointee.dotProducts(own, other, count, &products)
          for i in 0..<width {
            let target = (place * width + i) * others + j
            for k in 0..<width { sums[target + k] += Int64(products[i * width + k]) }
          }
        }
      }
    }
    return sums
  }
}
