import Int8Kernels
import Quant

/// Numbers as quantized networks have them; the same in every run.
struct RandomNumbers {
  private var generator = SplitMix64(seed: 1)

  mutating func map(_ count: Int) -> [Int8] {
    (0..<count).map { _ in Int8(truncatingIfNeeded: generator.next()) }
  }

  /// Bell-shaped, as trained weights are: the sum of four uniform numbers, within ±126. Kernels that deal weights take as long
  /// as these allow.
  mutating func weights(_ count: Int) -> Int8Weights {
    Int8Weights(
      (0..<count).map { _ -> Int8 in
        let bits = generator.next()
        let sum = (0..<4).reduce(0) { $0 + Int(bits >> (8 * UInt64($1)) & 63) }
        return Int8(sum - 126)
      })
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
    (0..<count).map { _ in
      range.lowerBound + (range.upperBound - range.lowerBound) * Float(generator.next() >> 40) * 0x1p-24
    }
  }

  mutating func bytes(_ count: Int) -> [UInt8] { map(count).map { UInt8(bitPattern: $0) } }

  mutating func zeroPoints(_ count: Int) -> [Int8] { map(count).map { $0 / 8 } }

  /// For sums of `products` products, so that results spread over the range.
  mutating func requantization(_ outputs: Int, products: Int, hasResidual: Bool) -> Epilogue {
    let zeroPoints = zeroPoints(outputs)
    let scale = 0.02 / Float(products).squareRoot()
    let residual = ResidualOperand(
      multipliers: floats(outputs, in: 0.5...1), zeroPoints: self.zeroPoints(outputs))
    return .q8(
      Requantization(
        multipliers: floats(outputs, in: 0.5 * scale...scale), zeroPoints: zeroPoints, minimum: zeroPoints,
        maximum: [Int8](repeating: 127, count: outputs), residual: hasResidual ? residual : nil))
  }

  /// The same for results that go through a table.
  mutating func activation(_ outputs: Int, products: Int) -> Epilogue {
    .q16(
      strip(outputs, multipliers: floats(outputs, in: 0.5...1).map { $0 / Float(products).squareRoot() }))
  }

  mutating func strip(_ outputs: Int, multipliers: [Float]) -> ActivationStrip {
    ActivationStrip(
      multipliers: multipliers, shifts: [UInt8](repeating: 11, count: outputs),
      gains: [Int16](repeating: 500, count: outputs), zeroPoints: zeroPoints(outputs), table: .falling)
  }
}

extension ActivationTable {
  /// Rectified, d(|x|) falling as SiLU's.
  static let falling = ActivationTable(
    form: .rectified, a0: (0..<16).map { Int16(9000 - 500 * $0) }, a1: (0..<16).map { Int16(-600 + 30 * $0) },
    a2: (0..<16).map { Int16(90 - 5 * $0) })
}
