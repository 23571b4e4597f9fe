import Quant

/// The lower triangle L with C = L · Lᵀ of a symmetric, positive definite matrix.
///
/// Every element is computed in one order, whatever the threads and the kernels.
package struct CholeskyFactor: Sendable {
  package let size: Int
  /// `[row][column]`; what stands above the diagonal means nothing.
  private var elements: [Double]

  /// Columns that are taken at once: what is left of the matrix is read once for so many.
  private static let block = 48

  /// - Parameter matrix: `[row][column]`; only its lower triangle is read.
  /// - Returns: nil when the matrix is not positive definite.
  package init?(
    _ matrix: consuming [Double], size: Int, pool: WorkerPool?, kernels: FloatKernelSet = .best
  ) {
    self.size = size
    elements = matrix
    var isDefinite = true
    elements.withUnsafeMutableBufferPointer { elements in
      guard let base = elements.baseAddress else { return }
      let matrix = Matrix(start: base, size: size, kernels: kernels)
      for first in stride(from: 0, to: size, by: Self.block) {
        let columns = first..<min(first + Self.block, size)
        guard matrix.factorDiagonal(columns) else {
          isDefinite = false
          return
        }
        matrix.forEachTask(below: columns, pool) { rows in
          for row in rows { matrix.solve(columns, row: row) }
        }
        matrix.takeProducts(of: columns, pool: pool)
      }
    }
    guard isDefinite else { return nil }
  }

  /// The elements `[row][column]`, rows one after another.
  package func withElements<Result>(_ body: (UnsafeBufferPointer<Double>) -> Result) -> Result {
    elements.withUnsafeBufferPointer(body)
  }
}

/// A matrix that is being factored, a few columns at a time.
private struct Matrix: @unchecked Sendable {
  // The caller's, for as long as it factors; tasks write rows of their own.
  let start: UnsafeMutablePointer<Double>
  let size: Int
  let kernels: FloatKernelSet

  private static let rowsPerTask = 32

  /// The columns' own rows, from which all columns before have been taken; false when no pivot is left.
  func factorDiagonal(_ columns: Range<Int>) -> Bool {
    for column in columns {
      let own = start + column * size
      for earlier in columns.lowerBound..<column { own[earlier] = quotient(own, earlier, columns) }
      var pivot = own[column]
      for k in columns.lowerBound..<column { pivot -= own[k] * own[k] }
      guard pivot > 0, pivot.isFinite else { return false }
      own[column] = pivot.squareRoot()
    }
    return true
  }

  /// `row`'s elements in `columns`, for a row below them.
  func solve(_ columns: Range<Int>, row: Int) {
    let own = start + row * size
    for column in columns { own[column] = quotient(own, column, columns) }
  }

  private func quotient(_ own: UnsafeMutablePointer<Double>, _ column: Int, _ columns: Range<Int>) -> Double {
    let pivotRow = start + column * size
    var sum = own[column]
    for k in columns.lowerBound..<column { sum -= own[k] * pivotRow[k] }
    return sum / pivotRow[column]
  }

  /// Takes the products of `columns` from the triangle that follows them.
  func takeProducts(of columns: Range<Int>, pool: WorkerPool?) {
    let rest = columns.upperBound..<size
    guard !rest.isEmpty else { return }
    // `[k][row]`, so that the innermost loop runs along rows of both.
    let turned = [Double](unsafeUninitializedCapacity: columns.count * rest.count) { target, count in
      for row in rest {
        for k in columns {
          target[(k - columns.lowerBound) * rest.count + row - rest.lowerBound] = -start[row * size + k]
        }
      }
      count = columns.count * rest.count
    }
    turned.withUnsafeBufferPointer { turned in
      guard let turned = turned.baseAddress else { return }
      let block = RowBlock(start: turned, stride: rest.count, count: columns.count)
      forEachTask(below: columns, pool) { rows in
        // Up to the last row's diagonal: of the others a few elements above it, which mean nothing.
        let sums = RowSums(
          start: start + rows.lowerBound * size + rest.lowerBound, stride: size, count: rows.count)
        sums.add(
          start + rows.lowerBound * size + columns.lowerBound, stride: size, times: block,
          columns: rows.upperBound - rest.lowerBound, kernels)
      }
    }
  }

  /// The rows below `columns` in pieces, the last rows, which are the longest, first.
  func forEachTask(below columns: Range<Int>, _ pool: WorkerPool?, _ body: (Range<Int>) -> Void) {
    let rest = columns.upperBound..<size
    let tasks = rest.count.dividedRoundingUp(by: Self.rowsPerTask)
    // Few are not worth waking anybody.
    (rest.count > 256 ? pool : nil).parallelFor(tasks) { index in
      let end = rest.upperBound - index * Self.rowsPerTask
      body(max(rest.lowerBound, end - Self.rowsPerTask)..<end)
    }
  }
}
