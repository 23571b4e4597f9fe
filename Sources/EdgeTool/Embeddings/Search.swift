import Calibrate
import Quant

/// Finds the embeddings nearest to a query by cosine, exactly.
package struct Search: Sendable {
  package struct Hit: Hashable, Sendable {
    package var row: Int
    package var cosine: Double
  }

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
  package func nearest(to query: [Float], count: Int) -> [Hit] {
    precondition(query.count == matrix.columns)
    let inverse = Self.inverseLength(query[...])
    var hits: [Hit] = []
    for row in 0..<matrix.rows {
      var product = 0.0
      for (a, b) in zip(matrix[row], query) { product += Double(a) * Double(b) }
      let hit = Hit(row: row, cosine: product * inverseLengths[row] * inverse)
      if hits.count == count, let last = hits.last, hit.cosine <= last.cosine { continue }
      let place = hits.firstIndex { $0.cosine < hit.cosine } ?? hits.endIndex
      hits.insert(hit, at: place)
      if hits.count > count { hits.removeLast() }
    }
    return hits
  }

  private static func inverseLength(_ vector: ArraySlice<Float>) -> Double {
    let squares = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
    return squares > 0 ? 1 / squares.squareRoot() : 0
  }
}
