/// L2 normalization as Docs/numerics.md defines it.
package enum Normalization {
  /// Divides by the length: squares summed in Double in index order, one division an element, rounded once to Float.
  ///
  /// - Returns: nil for a zero vector, which has no direction.
  package static func l2(_ vector: [Float]) -> [Float]? {
    let squares = vector.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard squares > 0 else { return nil }
    let length = squares.squareRoot()
    return vector.map { Float(Double($0) / length) }
  }
}
