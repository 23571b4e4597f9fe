import Calibrate
import Foundation
import Int8Kernels
import Quant
import Testing

@Suite struct ActivationTableFitTests {
  private static func exact(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .silu: x / (1 + exp(-x))
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .gelu: x * erfc(-x / 2.squareRoot()) / 2
    case .sigmoid: 1 / (1 + exp(-x))
    case .hardSigmoid: min(max(x + 3, 0), 6) / 6
    default: Foundation.tanh(x)
    }
  }

  /// v(t) in real units, from the definition in Docs/numerics.md.
  private static func value(_ table: ActivationTable, t: Int, k: Int) -> Double {
    func mulr(_ a: Int, _ b: Int) -> Int { (a * b + (1 << 14)) >> 15 }
    let u = min(abs(t), (8 << k) - 1) << (12 - k)
    let (i, x) = (u >> 11, (u & 2047) << 4)
    let r = mulr(mulr(Int(table.a2[i]), x) + Int(table.a1[i]), x) + Int(table.a0[i])
    switch table.form {
    case .rectified: return Double(max(t, 0) - mulr(r, 1 << (k - 1))) / Double(1 << k)
    case .odd(let offset): return Double(Int(offset) + (t < 0 ? -r : r)) / 32_768
    }
  }

  @Test(arguments: [Activation.silu, .hardSwish, .gelu, .sigmoid, .hardSigmoid, .tanh])
  func staysNearTheFunction(activation: Activation) throws {
    let table = try #require(ActivationTable.fitted(to: activation))
    #expect(table.isValid)
    let shifts = table.form == .rectified ? Array(1...12) : [12]
    for k in shifts {
      var largest = 0.0
      for t in stride(from: -32_767, through: 32_767, by: k == 12 ? 1 : 7) {
        let x = Double(t) / Double(1 << k)
        largest = max(largest, abs(Self.value(table, t: t, k: k) - Self.exact(activation, x)))
      }
      // Half a step of the strip's scale, the table's own error (GELU bends most), what is cut off beyond |x| = 8.
      let own = activation == .gelu ? 6e-4 : activation == .tanh ? 1.1e-3 : 1e-4
      let tail = activation == .silu ? 0.0027 : activation == .sigmoid ? 0.0004 : 0
      #expect(largest <= 0.51 / Double(1 << k) + own + tail, "\(activation) at k = \(k): \(largest)")
    }
  }

  @Test func tablesAreOnlyForFunctionsOverTheStrip() {
    for activation in [Activation.identity, .relu, .relu6, .prelu, .leakyRelu(slope: 0.1)] {
      #expect(ActivationTable.fitted(to: activation) == nil)
    }
  }
}

@Suite struct ElementaryFunctionsTests {
  @Test func exponentialAndLogarithmAreCloseToTheLibrary() {
    for step in -7_000...7_000 {
      let x = Double(step) / 10.3
      let ratio = ElementaryFunctions.exponential(x) / exp(x)
      if abs(x) < 690 { #expect(abs(ratio - 1) < 1e-15 * 4, "e^\(x)") }
    }
    for exponent in -300...300 {
      for significand in [1.0, 1.1, 1.4142, 1.4143, 1.9] {
        let x = significand * pow(2, Double(exponent))
        #expect(abs(ElementaryFunctions.log2(x) - log2(x)) <= 1e-15 * max(1, abs(log2(x))) * 4)
      }
    }
  }

  @Test func normalTailIsCloseToTheLibrary() {
    for step in 0...800 {
      let u = Double(step) / 100
      let exact = erfc(u / 2.squareRoot()) / 2
      #expect(abs(ElementaryFunctions.normalTail(u) - exact) <= 1e-13 + 1e-9 * exact)
    }
  }
}
