/// IEEE operations on finite Floats, each computed in whole numbers and rounded once.
package enum ExactFloat {
  /// `f32(value)`
  package static func convert(_ value: Int) -> Float { Dyadic(value).float }

  package static func product(_ a: Float, _ b: Float) -> Float {
    guard a != 0 && b != 0 else { return zero(isNegative: differInSign(a, b)) }
    return (Dyadic(a) * Dyadic(b)).float
  }

  package static func sum(_ a: Float, _ b: Float) -> Float {
    guard a != 0 || b != 0 else { return zero(isNegative: a.sign == .minus && b.sign == .minus) }
    return (Dyadic(a) + Dyadic(b)).float
  }

  package static func difference(_ a: Float, _ b: Float) -> Float { sum(a, -b) }

  /// `a · b + c`, rounded once.
  package static func fusedMultiplyAdd(_ a: Float, _ b: Float, _ c: Float) -> Float {
    guard a != 0 && b != 0 else { return sum(product(a, b), c) }
    return (Dyadic(a) * Dyadic(b) + Dyadic(c)).float
  }

  private static func zero(isNegative: Bool) -> Float { isNegative ? -0.0 : 0.0 }

  private static func differInSign(_ a: Float, _ b: Float) -> Bool { a.sign != b.sign }

  /// - Precondition: `b` is not 0.
  package static func quotient(_ a: Float, _ b: Float) -> Float {
    guard a != 0 else { return zero(isNegative: differInSign(a, b)) }
    let x = normalized(a)
    let y = normalized(b)
    // 24 bits or more of quotient and one for "and something more", which ties must not mistake for nothing.
    let (quotient, remainder) = (x.significand << 38).quotientAndRemainder(dividingBy: y.significand)
    return Dyadic(
      isNegative: differInSign(a, b), magnitude: Natural(quotient << 1 | (remainder == 0 ? 0 : 1)),
      exponent: x.exponent - y.exponent - 39
    ).float
  }

  /// - Precondition: `value >= 0`.
  package static func squareRoot(_ value: Float) -> Float { root(value, degree: 2) }

  /// - Precondition: `value >= 0`.
  package static func cubeRoot(_ value: Float) -> Float { root(value, degree: 3) }

  /// The nearest Float to the root: its first 28 bits or so in whole numbers, and one for what follows.
  private static func root(_ value: Float, degree: Int) -> Float {
    precondition(value >= 0 && value.isFinite)
    guard value > 0 else { return 0 }
    let (significand, exponent) = normalized(value)
    var shift = 28 * degree
    while (exponent - shift) % degree != 0 { shift += 1 }
    let radicand = Natural(significand) << shift
    func power(_ root: UInt64) -> Natural {
      (1..<degree).reduce(Natural(root)) { product, _ in product * Natural(root) }
    }
    var root: UInt64 = 0
    for bit in (0..<44).reversed() where power(root | 1 << bit) <= radicand { root |= 1 << bit }
    let isExact = power(root) == radicand
    return Dyadic(
      isNegative: false, magnitude: Natural(root << 1 | (isExact ? 0 : 1)),
      exponent: (exponent - shift) / degree - 1
    ).float
  }

  /// `|value| = significand · 2^exponent`, significand of exactly 24 bits unless the value is 0.
  private static func normalized(_ value: Float) -> (significand: UInt64, exponent: Int) {
    let dyadic = Dyadic(value)
    let significand = dyadic.magnitude.uint64 ?? 0
    guard significand > 0 else { return (0, 0) }
    let shift = 24 - dyadic.magnitude.bitWidth
    return (significand << shift, dyadic.exponent - shift)
  }
}
