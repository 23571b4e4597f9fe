import Int8Kernels
import Quant

/// Exact sums over samples of a convolution's inputs and of the products of every two of them, for one group.
package struct SecondMoments: Sendable {
  package let size: Int
  package let count: Int
  private var sums: [Int64]
  /// `[i][j]`, whole.
  private var products: [Int64]

  /// Samples a block, small enough that a few rows of them stay in the first cache and sums of products are Int32.
  private static let block = 1024
  /// Rows that one task takes.
  private static let rowsPerTask = 16

  /// Of samples `[input][sample]`, −255…255 each, at most 2²³ of them.
  package init(_ samples: SampleRows, size: Int, pool: WorkerPool?) {
    self.size = size
    count = samples.samples
    sums = (0..<size).map { input in
      UnsafeBufferPointer(start: samples.row(input), count: samples.samples).reduce(0) { $0 + Int64($1) }
    }
    products = .init(repeating: 0, count: size * size)
    products.withUnsafeMutableBufferPointer { products in
      let tasks = size.dividedRoundingUp(by: Self.rowsPerTask)
      pool.parallelFor(tasks) { index in
        // The longest rows first.
        let first = (tasks - 1 - index) * Self.rowsPerTask
        Self.add(samples, rows: first..<min(size, first + Self.rowsPerTask), size: size, to: products)
      }
      for i in 0..<size {
        for j in 0..<i { products[j * size + i] = products[i * size + j] }
      }
    }
  }

  private static func add(
    _ samples: SampleRows, rows: Range<Int>, size: Int, to products: UnsafeMutableBufferPointer<Int64>
  ) {
    for start in stride(from: 0, to: samples.samples, by: block) {
      let count = min(block, samples.samples - start)
      for j in 0..<rows.upperBound {
        let second = samples.row(j) + start
        for i in max(j, rows.lowerBound)..<rows.upperBound {
          products[i * size + j] += Int64(dot(samples.row(i) + start, second, count))
        }
      }
    }
  }

  private static func dot(_ a: UnsafePointer<Int16>, _ b: UnsafePointer<Int16>, _ count: Int) -> Int32 {
    var sum: Int32 = 0
    for index in 0..<count { sum &+= Int32(a[index]) &* Int32(b[index]) }
    return sum
  }

  /// The covariances `[i][j]`: exact until the one division.
  package var covariance: [Double] {
    let count = Int64(max(count, 1))
    var result = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0..<size {
        let centred = count * products[i * size + j] - sums[i] * sums[j]
        result[i * size + j] = Double(centred) / (Double(count) * Double(count))
      }
    }
    return result
  }
}
