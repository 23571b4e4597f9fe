import Int8Kernels

/// The two epilogues of a convolution, one output at a time, from numerics.md.
package enum ExactEpilogue {
  /// `(a·b + 2¹⁴) >> 15`, which must fit Int16 as its operands do.
  package static func mulr(_ a: Int, _ b: Int) -> Int {
    precondition(isInt16(a) && isInt16(b), "an operand of mulr left Int16: \(a) · \(b)")
    let result = (a * b + 1 << 14) >> 15
    precondition(isInt16(result))
    return result
  }

  static func isInt16(_ value: Int) -> Bool { (-32_768...32_767).contains(value) }

  package static func clamp(_ value: Int, _ minimum: Int, _ maximum: Int) -> Int {
    value < minimum ? minimum : value > maximum ? maximum : value
  }

  /// `clamp(value)` to Int8.
  package static func int8(_ value: Int) -> Int8 { Int8(clamp(value, -128, 127)) }

  /// q8 of one sum of channel `o`; `residual` is the second input's q.
  package static func q8(_ sum: Int, channel o: Int, _ numbers: Requantization, residual: Int8?) -> Int8 {
    var scaled = ExactFloat.product(ExactFloat.convert(sum), multiplier(sum, channel: o, numbers))
    if let operand = numbers.residual, let residual {
      let difference = ExactFloat.convert(Int(residual) - Int(operand.zeroPoints[o]))
      scaled = ExactFloat.sum(scaled, ExactFloat.product(difference, operand.multipliers[o]))
    }
    let shifted = Dyadic(scaled).roundedToInt + Int(numbers.zeroPoints[o])
    return Int8(clamp(shifted, Int(numbers.minimum[o]), Int(numbers.maximum[o])))
  }

  package static func multiplier(_ sum: Int, channel o: Int, _ numbers: Requantization) -> Float {
    if sum < 0, let negative = numbers.negativeMultipliers { return negative[o] }
    return numbers.multipliers[o]
  }

  /// q16 and the activation of one sum of channel `o`.
  package static func q16(_ sum: Int, channel o: Int, _ strip: ActivationStrip) -> Int8 {
    let scaled = ExactFloat.product(ExactFloat.convert(sum), strip.multipliers[o])
    let t = clamp(Dyadic(scaled).roundedToInt, -32_768, 32_767)
    let value = activation(t, shift: Int(strip.shifts[o]), strip.table)
    return int8(Int(strip.zeroPoints[o]) + mulr(value, Int(strip.gains[o])))
  }

  /// v(t) of a table; t at scale 2^−shift.
  package static func activation(_ t: Int, shift k: Int, _ table: ActivationTable) -> Int {
    let u = min(abs(t), 8 * (1 << k) - 1) << (12 - k)
    let r = quadratic(u, table)
    switch table.form {
    case .rectified: return max(t, 0) - mulr(r, 1 << (k - 1))
    case .odd(let offset): return Int(offset) + (t < 0 ? -r : r)
    }
  }

  /// The table's function at `u`, 0…32767 for 0…8.
  static func quadratic(_ u: Int, _ table: ActivationTable) -> Int {
    let i = u >> 11
    let x = (u & 2_047) << 4
    let slope = mulr(Int(table.a2[i]), x) + Int(table.a1[i])
    return mulr(slope, x) + Int(table.a0[i])
  }

  /// Whether no intermediate of the activation leaves Int16, whatever t and the shift are.
  package static func staysInInt16(_ table: ActivationTable) -> Bool {
    func mulr(_ a: Int, _ b: Int) -> Int { (a * b + 1 << 14) >> 15 }
    for k in table.form == .rectified ? 1...12 : 12...12 {
      for t in -32_768...32_767 {
        let u = min(abs(t), 8 * (1 << k) - 1) << (12 - k)
        let (i, x) = (u >> 11, (u & 2_047) << 4)
        let slope = mulr(Int(table.a2[i]), x) + Int(table.a1[i])
        guard isInt16(slope) else { return false }
        let r = mulr(slope, x) + Int(table.a0[i])
        guard isInt16(r) else { return false }
        switch table.form {
        case .rectified: guard isInt16(max(t, 0) - mulr(r, 1 << (k - 1))) else { return false }
        case .odd(let offset): guard isInt16(Int(offset) + (t < 0 ? -r : r)) else { return false }
        }
      }
    }
    return true
  }
}
