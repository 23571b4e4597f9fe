import Int8Kernels
import TestSupport

/// Draws for the sweeps against the exact reference.
extension SeededGenerator {
  mutating func choose<Element>(_ elements: [Element]) -> Element {
    elements[int(in: 0...elements.count - 1)]
  }

  mutating func chance(_ oneIn: Int) -> Bool { int(in: 0...oneIn - 1) == 0 }

  /// Zero points at both ends, in the middle, or any.
  mutating func zeroPoints(_ count: Int) -> [Int8] {
    switch int(in: 0...4) {
    case 0: [Int8](repeating: -128, count: count)
    case 1: [Int8](repeating: 127, count: count)
    case 2: [Int8](repeating: 0, count: count)
    default: Fill.random.quantized(count, &self)
    }
  }

  /// `minimum <= maximum` a channel: the Int8 limits, a ReLU's, a ReLU6's, or any.
  mutating func limits(_ zeroPoints: [Int8]) -> (minimum: [Int8], maximum: [Int8]) {
    switch int(in: 0...3) {
    case 0: return (zeroPoints.map { _ in -128 }, zeroPoints.map { _ in 127 })
    case 1: return (zeroPoints, zeroPoints.map { _ in 127 })
    case 2: return (zeroPoints, zeroPoints.map { Int8(clamping: Int($0) + 90) })
    default:
      let pairs = zeroPoints.map { _ in [Int8(int(in: -128...127)), Int8(int(in: -128...127))].sorted() }
      return (pairs.map { $0[0] }, pairs.map { $0[1] })
    }
  }

  /// A multiplier that brings a sum to some output steps: exactly or nearly halfway between two of them, a power of two
  /// under which other sums tie, any, and rarely the ends of the range 2⁻⁴⁰…2²⁰ that the format admits.
  mutating func multiplier(for sum: Int, steps: Float) -> Float {
    let size = Float(max(1, abs(sum)))
    let gain = max(0x1p-40, min(0x1p20, steps / size))
    switch int(in: 0...11) {
    case 0...3: return max(0x1p-40, (Float(int(in: 0...Int(steps) / 2)) + 0.5) / size)
    case 4: return min(0.5, Float(sign: .plus, exponent: Int(gain.exponent), significand: 1))
    case 5: return chance(8) ? 0x1p-40 : chance(8) ? 0x1p20 : gain
    default: return float(in: 0.2 * gain...gain)
    }
  }

  mutating func multipliers(for sums: [Int], steps: Float) -> [Float] {
    sums.map { multiplier(for: $0, steps: steps) }
  }

  /// Positive scales of a map's channels, over a factor of 2¹⁰.
  mutating func scales(_ count: Int) -> [Float] {
    (0..<count).map { _ in float(in: 1...2) * Float(sign: .plus, exponent: int(in: -9...0), significand: 1) }
  }
}
