import Quant

/// The lower triangle L with C = L · Lᵀ of a symmetric, positive definite matrix.
///
/// Every element is computed in one order, whatever the threads.
package struct CholeskyFactor: Sendable {
  package let size: Int
  /// `[row][column]`; what stands above the diagonal means nothing.
  private var elements: [Double]

  /// Columns that are taken at once: what is left of the matrix is read once for so many.
  private static let block = 48

  /// - Parameter matrix: `[row][column]`; only its lower triangle is read.
  /// - Returns: nil when the matrix is not positive definite.
  package init?(_ matrix: consuming [Double], size: Int, pool: WorkerPool?) {
    self.size = size
    elements = matrix
    var isDefinite = true
    elements.withUnsafeMutableBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      for first in stride(from: 0, to: size, by: Self.block) {
        let columns = first..<min(first + Self.block, size)
        guard Self.factor(base, columns, size: size) else {
          isDefinite = false
          return
        }
        Self.update(base, after: columns, size: size, pool: pool)
      }
    }
    guard isDefinite else { return nil }
  }

  /// Row `row` up to its diagonal element.
  package func withRow<Result>(_ row: Int, _ body: (UnsafePointer<Double>) -> Result) -> Result? {
    elements.withUnsafeBufferPointer { elements in elements.baseAddress.map { body($0 + row * size) } }
  }

  /// The columns of all rows from the diagonal on, which the columns before have been taken from.
  private static func factor(_ matrix: UnsafeMutablePointer<Double>, _ columns: Range<Int>, size: Int) -> Bool
  {
    for column in columns {
      let own = matrix + column * size
      var pivot = own[column]
      for k in columns.lowerBound..<column { pivot -= own[k] * own[k] }
      guard pivot > 0, pivot.isFinite else { return false }
      let root = pivot.squareRoot()
      own[column] = root
      for row in column + 1..<max(size, column + 1) {
        let other = matrix + row * size
        var sum = other[column]
        for k in columns.lowerBound..<column { sum -= other[k] * own[k] }
        other[column] = sum / root
      }
    }
    return true
  }

  /// Takes the products of `columns` from the triangle that follows them.
  private static func update(
    _ matrix: UnsafeMutablePointer<Double>, after columns: Range<Int>, size: Int, pool: WorkerPool?
  ) {
    let rest = columns.upperBound..<size
    guard !rest.isEmpty else { return }
    // `[k][row]`, so that the innermost loop runs along rows of both.
    let turned = [Double](unsafeUninitializedCapacity: columns.count * rest.count) { target, count in
      for row in rest {
        for k in columns {
          target[(k - columns.lowerBound) * rest.count + row - rest.lowerBound] = matrix[row * size + k]
        }
      }
      count = columns.count * rest.count
    }
    turned.withUnsafeBufferPointer { turned in
      guard let turned = turned.baseAddress else { return }
      func row(_ row: Int) {
        let own = matrix + row * size
        for k in columns {
          let factor = own[k]
          let products = turned + (k - columns.lowerBound) * rest.count
          for j in 0...row - rest.lowerBound { own[rest.lowerBound + j] -= factor * products[j] }
        }
      }
      // The longest rows first; few are not worth waking anybody.
      (rest.count > 256 ? pool : nil).parallelFor(rest.count) { row(rest.upperBound - 1 - $0) }
    }
  }
}
