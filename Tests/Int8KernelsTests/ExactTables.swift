import Foundation
import Int8Kernels
import TestSupport

/// Activation tables for the sweeps: real functions, and arbitrary coefficients within the contract.
enum ExactTables {
  static let silu = rectified { x in x / (1 + exp(x)) }
  static let hardSwish = rectified { x in x < 3 ? x * (3 - x) / 6 : 0 }
  static let gelu = rectified { x in x * erfc(x / 2.0.squareRoot()) / 2 }
  static let sigmoid = fitted(form: .odd(offset: 16_384), unit: 0x1p15) { x in 1 / (1 + exp(-x)) - 0.5 }
  static let hardSigmoid = fitted(form: .odd(offset: 16_384), unit: 0x1p15) { x in min(x / 6, 0.49997) }
  static let tanh = fitted(form: .odd(offset: 0), unit: 0x1p15) { x in min(Foundation.tanh(x), 0.9999) }
  static let real = [silu, hardSwish, gelu, sigmoid, hardSigmoid, tanh]

  /// d(x) = x − f(x) for x ≥ 0, at scale 2⁻¹⁶.
  private static func rectified(_ d: (Double) -> Double) -> ActivationTable {
    fitted(form: .rectified, unit: 0x1p16, d)
  }

  /// Parabolas through both ends and the middle of each segment.
  private static func fitted(
    form: ActivationTable.Form, unit: Double, _ function: (Double) -> Double
  ) -> ActivationTable {
    var table = ActivationTable(form: form, a0: [], a1: [], a2: [])
    for segment in 0..<16 {
      let start = Double(segment) / 2
      let (f0, fm, f1) = (function(start), function(start + 0.25), function(start + 0.5))
      let curvature = 2 * (f0 + f1 - 2 * fm)
      table.a0.append(Int16((f0 * unit).rounded()))
      table.a1.append(Int16(((f1 - f0 - curvature) * unit).rounded()))
      table.a2.append(Int16((curvature * unit).rounded()))
    }
    return table
  }

  /// Coefficients as wild as the contract allows: no intermediate leaves Int16 for any t.
  static func arbitrary(isOdd: Bool, _ generator: inout SeededGenerator) -> ActivationTable {
    let offset = isOdd ? generator.choose([0, 16_384, -16_384, generator.int(in: -20_000...20_000)]) : 0
    let room = isOdd ? 32_767 - abs(offset) : 32_767
    var table = ActivationTable(
      form: isOdd ? .odd(offset: Int16(offset)) : .rectified, a0: [], a1: [], a2: [])
    for segment in 0..<16 {
      // Past the last segment max(t, 0) may be 32767 already, which only r ≥ 0 keeps within Int16.
      let lowest = !isOdd && segment == 15 ? 0 : -room
      while true {
        let a2 = generator.int(in: -32_767...32_767)
        let a1 = generator.int(in: -32_768...32_767)
        let a0 = generator.int(in: -32_768...32_767)
        guard staysInside(a0, a1, a2, lowest...room) else { continue }
        table.a0.append(Int16(a0))
        table.a1.append(Int16(a1))
        table.a2.append(Int16(a2))
        break
      }
    }
    return table
  }

  private static func staysInside(_ a0: Int, _ a1: Int, _ a2: Int, _ range: ClosedRange<Int>) -> Bool {
    for x in stride(from: 0, through: 32_752, by: 16) {
      let slope = (a2 * x + 1 << 14) >> 15 + a1
      guard (-32_768...32_767).contains(slope) else { return false }
      guard range.contains((slope * x + 1 << 14) >> 15 + a0) else { return false }
    }
    return true
  }
}
