import CFloatKernels
import Quant

/// Rows of Double, one after another, that multiples are added of.
struct RowBlock {
  var start: UnsafePointer<Double>
  /// Elements from row to row; below 0 where they are taken from the last to the first.
  var stride: Int
  var count: Int
}

/// Rows of sums, `[sum][column]`.
struct RowSums {
  var start: UnsafeMutablePointer<Double>
  var stride: Int
  var count: Int

  /// sum[m][j] += factors[m][k] · rows[k][j], k in order, for j below `columns`: each element's products are added one after
  /// another whatever the kernels, so that the results are the same.
  func add(
    _ factors: UnsafePointer<Double>, stride factorStride: Int, times rows: RowBlock, columns: Int,
    _ kernels: FloatKernelSet
  ) {
    guard columns > 0, count > 0 else { return }
    var sums = fk_row_sums(
      rows: rows.start, rowStride: rows.stride, rowCount: rows.count, factors: factors,
      factorStride: factorStride, sums: start, sumStride: stride, sumCount: count, columns: columns)
    kernels.pointer.pointee.addRows(&sums)
  }
}
