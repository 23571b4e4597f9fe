import Calibrate
import Quant

/// Finds the embeddings nearest to a query by cosine, exactly.
package struct Search: Sendable {
  private let matrix: NpyMatrix
  /// 1 / |row|, or 0 for a zero row.
  private let inverseLengths: [Double]

  package init(_ matrix: NpyMatrix) {
    self.matrix = matrix
    inverseLengths = (0..<matrix.rows).map { row in Self.inverseLength(matrix[row]) }
  }

  /// Best first; equal cosines by row.
  ///
  /// - Precondition: `query` has as many values as a row.
  package func nearest(to query: [Float], count: Int) -> [Neighbour] {
    precondition(query.count == matrix.columns)
    let inverse = Self.inverseLength(query[...])
    var nearest = NearestRows(limit: count)
    for row in 0..<matrix.rows {
      var product = 0.0
      for (a, b) in zip(matrix[row], query) { product += Double(a) * Double(b) }
      nearest.offer(row, product * inverseLengths[row] * inverse)
    }
    return nearest.rows
  }

  private static func inverseLength(_ vector: ArraySlice<Float>) -> Double {
    let squares = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
    return squares > 0 ? 1 / squares.squareRoot() : 0
  }
}
