/// Functions in Double built from + − × ÷ and fused multiply-add alone: what they compute reaches model files, and the C
/// library's versions differ between CPUs.
package enum ElementaryFunctions {
  /// eˣ, within 2 ulp for −700 ≤ x ≤ 700; arguments are clamped to that interval.
  package static func exponential(_ x: Double) -> Double {
    let x = min(max(x, -700), 700)
    let n = (x * 1.4426950408889634).rounded(.toNearestOrEven)
    // ln 2 in two parts: n · the first is exact.
    let r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33
    var sum = 1.0
    for denominator in stride(from: 14.0, through: 1, by: -1) { sum = 1 + r / denominator * sum }
    return sum * Double(sign: .plus, exponent: Int(n), significand: 1)
  }

  /// log₂ x for x > 0.
  package static func log2(_ x: Double) -> Double {
    var exponent = Double(x.exponent)
    var significand = x.significand
    if significand > 1.4142135623730951 {
      significand /= 2
      exponent += 1
    }
    // ln s = 2 artanh((s − 1) / (s + 1)), |argument| < 0.172
    let t = (significand - 1) / (significand + 1)
    var sum = 0.0
    for term in stride(from: 21, through: 1, by: -2) { sum = sum * t * t + 1 / Double(term) }
    return exponent + 2 * t * sum * 1.4426950408889634
  }

  /// The normal distribution function at −u, u ≥ 0: by its series below 3, by its continued fraction above.
  package static func normalTail(_ u: Double) -> Double {
    let density = 0.3989422804014327 * exponential(-u * u / 2)
    if u < 3 {
      var term = u
      var sum = u
      for odd in stride(from: 3.0, through: 99, by: 2) {
        term *= u * u / odd
        sum += term
      }
      return 0.5 - density * sum
    }
    var fraction = u
    for level in stride(from: 60.0, through: 1, by: -1) { fraction = u + level / fraction }
    return density / fraction
  }
}
