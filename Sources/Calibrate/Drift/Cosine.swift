/// Similarity of embeddings, in Double.
public enum Cosine {
  /// The cosine of the angle between two vectors of one length; 0 when one of them is zero.
  public static func similarity(_ a: [Float], _ b: [Float]) -> Double {
    var product = 0.0
    var squaresA = 0.0
    var squaresB = 0.0
    for (x, y) in zip(a, b) {
      product += Double(x) * Double(y)
      squaresA += Double(x) * Double(x)
      squaresB += Double(y) * Double(y)
    }
    guard squaresA > 0, squaresB > 0 else { return 0 }
    return product / (squaresA.squareRoot() * squaresB.squareRoot())
  }

  /// The indices of the `count` rows most similar to row `query`, best first; the query is left out, ties go by index.
  ///
  /// - Precondition: all rows are of one length.
  public static func nearest(to query: Int, in rows: [[Float]], count: Int) -> [Int] {
    let cosines = RowCosines(rows).cosines(of: query..<query + 1)
    var nearest = NearestRows(limit: count)
    for index in rows.indices where index != query { nearest.offer(index, cosines[index]) }
    return nearest.rows.map(\.index)
  }
}

/// One row, or photo, among those most similar to another.
public struct Neighbour: Hashable, Sendable {
  /// Of the row in its set.
  public var index: Int
  public var cosine: Double
}

/// The rows of the largest cosines seen so far, best first.
///
/// - Precondition: rows are offered by rising index; so ties go by index.
package struct NearestRows {
  package private(set) var rows: [Neighbour] = []
  private let limit: Int

  package init(limit: Int) { self.limit = limit }

  package mutating func offer(_ index: Int, _ cosine: Double) {
    if rows.count == limit {
      guard let last = rows.last, last.cosine < cosine else { return }
      rows.removeLast()
    }
    var place = rows.count
    while place > 0, rows[place - 1].cosine < cosine { place -= 1 }
    rows.insert(Neighbour(index: index, cosine: cosine), at: place)
  }
}
