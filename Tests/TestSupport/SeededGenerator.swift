import Quant

/// SplitMix64 with what tests ask of it: the same numbers from the same seed, here and in the Python scripts under
/// Tests/Goldens.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var generator: SplitMix64

  public init(seed: UInt64) { generator = SplitMix64(seed: seed) }

  public mutating func next() -> UInt64 { generator.next() }

  /// A multiple of 2⁻²⁴ in [0, 1).
  public mutating func unit() -> Float { Float(next() >> 40) * 0x1p-24 }

  public mutating func float(in range: ClosedRange<Float>) -> Float {
    range.lowerBound + unit() * (range.upperBound - range.lowerBound)
  }

  public mutating func int(in range: ClosedRange<Int>) -> Int {
    range.lowerBound + Int(next() % UInt64(range.upperBound - range.lowerBound + 1))
  }
}
