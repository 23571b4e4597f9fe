import Quant

/// The weights of one axis of an antialiased resize, in the fixed point that Pillow computes with.
///
/// Output i is `clamp((Σ input[start(i) + t] · weight(i, t) + 2²¹) >> 22)`, t in 0..<count(i).
///
/// - Invariant: `0 ≤ start(i)`, `start(i) + count(i) ≤ inputCount`, `count(i) ≤ stride`.
/// - Range: Σ|weight| < 2²³, so that a sum over bytes fits Int32.
/// - Source: Docs/numerics.md, "Images".
struct ResampleCoefficients {
  static let precisionBits: Int32 = 22

  /// Weights between one output's first and the next one's.
  let stride: Int
  /// First input of each output.
  private(set) var starts: [Int] = []
  /// Inputs of each output.
  private(set) var counts: [Int] = []
  /// Row-major [outputs][stride]; what lies beyond an output's count is zero.
  private(set) var weights: [Int32] = []

  /// How many weights an axis needs, before anything is allocated.
  static func weightCount(inputCount: Int, outputCount: Int, outputs: Range<Int>, filter: Recipe.Filter)
    -> Int
  {
    let scale = max(1, Double(inputCount) / Double(outputCount))
    return outputs.count * tapLimit(support: filter.support * scale)
  }

  private static func tapLimit(support: Double) -> Int { Int(support.rounded(.up)) * 2 + 1 }

  /// Weights for the part `outputs` of an axis that goes from `inputCount` to `outputCount` pixels.
  init(inputCount: Int, outputCount: Int, outputs: Range<Int>, filter: Recipe.Filter) {
    // Pillow holds the extent in a Float; it differs from the count only beyond 2²⁴.
    let scale = Double(Float(inputCount)) / Double(outputCount)
    let filterScale = max(1, scale)
    let support = filter.support * filterScale
    stride = Self.tapLimit(support: support)
    weights.reserveCapacity(outputs.count * stride)
    for output in outputs {
      let centre = (Double(output) + 0.5) * scale
      let start = max(0, Int(centre - support + 0.5))
      let end = min(inputCount, Int(centre + support + 0.5))
      var taps = (start..<max(start, end)).map { input in
        filter.weight(at: (Double(input) - centre + 0.5) * (1 / filterScale))
      }
      Self.normalize(&taps)
      starts.append(start)
      counts.append(taps.count)
      weights += taps.map(Self.fixedPoint)
      weights += repeatElement(0, count: stride - taps.count)
    }
  }

  /// Weights that leave an axis as it is.
  init(copying outputs: Range<Int>) {
    stride = 1
    starts = Array(outputs)
    counts = outputs.map { _ in 1 }
    weights = outputs.map { _ in 1 << Self.precisionBits }
  }

  private static func normalize(_ taps: inout [Double]) {
    let sum = taps.reduce(0, +)
    if sum != 0 { for t in taps.indices { taps[t] /= sum } }
  }

  /// Rounded half away from zero.
  private static func fixedPoint(_ weight: Double) -> Int32 {
    let scaled = weight * Double(1 << precisionBits)
    return Int32(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
  }
}
