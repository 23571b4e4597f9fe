/// `(−1)^isNegative · magnitude · 2^exponent`, of any size: what sums and products of Floats are before they are rounded.
///
/// `+`, `−` and `×` are exact; only `rounded…` round, once. There is no −0: `float` gives +0 for 0.
package struct Dyadic: Hashable, Sendable {
  var isNegative: Bool
  var magnitude: Natural
  var exponent: Int

  init(isNegative: Bool, magnitude: Natural, exponent: Int) {
    self.isNegative = isNegative && !magnitude.isZero
    self.magnitude = magnitude
    self.exponent = exponent
  }

  package init(_ value: Int) {
    self.init(isNegative: value < 0, magnitude: Natural(UInt64(value.magnitude)), exponent: 0)
  }

  /// - Precondition: `value` is finite.
  package init(_ value: Float) {
    precondition(value.isFinite)
    let pattern = value.bitPattern
    let field = Int(pattern >> 23 & 0xff)
    let fraction = UInt64(pattern & 0x7f_ffff)
    self.init(
      isNegative: pattern >> 31 == 1,
      magnitude: Natural(field == 0 ? fraction : fraction | 0x80_0000),
      exponent: max(field, 1) - 150)
  }

  package static func powerOfTwo(_ exponent: Int) -> Dyadic {
    Dyadic(isNegative: false, magnitude: Natural(1), exponent: exponent)
  }

  package static prefix func - (value: Dyadic) -> Dyadic {
    Dyadic(isNegative: !value.isNegative, magnitude: value.magnitude, exponent: value.exponent)
  }

  package static func * (a: Dyadic, b: Dyadic) -> Dyadic {
    Dyadic(
      isNegative: a.isNegative != b.isNegative, magnitude: a.magnitude * b.magnitude,
      exponent: a.exponent + b.exponent)
  }

  package static func + (a: Dyadic, b: Dyadic) -> Dyadic {
    guard !a.magnitude.isZero else { return b }
    guard !b.magnitude.isZero else { return a }
    let exponent = min(a.exponent, b.exponent)
    let x = a.magnitude << (a.exponent - exponent)
    let y = b.magnitude << (b.exponent - exponent)
    if a.isNegative == b.isNegative {
      return Dyadic(isNegative: a.isNegative, magnitude: x + y, exponent: exponent)
    }
    return x >= y
      ? Dyadic(isNegative: a.isNegative, magnitude: x - y, exponent: exponent)
      : Dyadic(isNegative: b.isNegative, magnitude: y - x, exponent: exponent)
  }

  package static func - (a: Dyadic, b: Dyadic) -> Dyadic { a + -b }

  package var isZero: Bool { magnitude.isZero }

  package static func < (a: Dyadic, b: Dyadic) -> Bool { (a - b).isNegative }

  /// The multiple of 2^position nearest to the value, as that multiple's magnitude; ties go to the even multiple.
  private func nearestMultiple(ofPowerOfTwo position: Int) -> Natural {
    let dropped = position - exponent
    guard dropped > 0 else { return magnitude << -dropped }
    let floor = magnitude >> dropped
    let isAboveHalf = magnitude.bit(dropped - 1) && magnitude.hasOnes(below: dropped - 1)
    let isHalf = magnitude.bit(dropped - 1) && !magnitude.hasOnes(below: dropped - 1)
    return isAboveHalf || isHalf && floor.bit(0) ? floor + Natural(1) : floor
  }

  /// To the nearest integer, ties to even; beyond ±2⁶² that limit, which every clamp lies within.
  package var roundedToInt: Int {
    let limit = 1 << 62
    guard magnitude.bitWidth + exponent <= 62 else { return isNegative ? -limit : limit }
    let value = Int(nearestMultiple(ofPowerOfTwo: 0).uint64 ?? UInt64(limit))
    return isNegative ? -value : value
  }

  /// The nearest Float, ties to even, subnormals kept, infinite past the largest.
  package var float: Float {
    guard !magnitude.isZero else { return 0 }
    // The last place of a Float of this size: 24 bits from the top, but never below 2⁻¹⁴⁹.
    var position = max(magnitude.bitWidth + exponent - 24, -149)
    var significand = nearestMultiple(ofPowerOfTwo: position).uint64 ?? 0
    if significand == 1 << 24 {
      significand >>= 1
      position += 1
    }
    let sign: UInt32 = isNegative ? 1 << 31 : 0
    guard position + 23 <= 127 else { return Float(bitPattern: sign | 0x7f80_0000) }
    let field = significand < 1 << 23 ? 0 : UInt32(position + 150)
    return Float(bitPattern: sign | field << 23 | UInt32(significand & 0x7f_ffff))
  }
}
