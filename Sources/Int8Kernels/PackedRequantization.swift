import CInt8Kernels

/// The epilogue's numbers in the order of lanes.
package final class PackedRequantization: Sendable {
  private let multipliers: AlignedArray<Float>
  private let negativeMultipliers: AlignedArray<Float>?
  private let lower: AlignedArray<Float>
  private let upper: AlignedArray<Float>
  private let zeroPoints: AlignedArray<Int16>
  private let minimum: AlignedArray<Int8>
  private let maximum: AlignedArray<Int8>
  private let isBounded: Bool
  /// Of every panel.
  private let fitsInt16: [Bool]
  private let residualMultipliers: AlignedArray<Float>?
  private let residualZeroPoints: AlignedArray<Int16>?
  private let nr: Int

  /// - Parameter largestSums: a bound of |acc|, one an output channel; asked for only where 2³¹, which always is one, does
  ///   not do.
  package init(_ numbers: Requantization, largestSums: @autoclosure () -> [Double], layout: PanelLayout) {
    multipliers = layout.arrange(numbers.multipliers, idle: 0)
    negativeMultipliers = numbers.negativeMultipliers.map { layout.arrange($0, idle: 0) }
    lower = layout.arrange(bounds(numbers.minimum, numbers.zeroPoints), idle: 0)
    upper = layout.arrange(bounds(numbers.maximum, numbers.zeroPoints), idle: 0)
    zeroPoints = layout.arrange(numbers.zeroPoints.map(Int16.init), idle: 0)
    minimum = layout.arrange(numbers.minimum, idle: 0)
    maximum = layout.arrange(numbers.maximum, idle: 0)
    let largest = { (channel: Int, sum: Double) in
      let factor = max(numbers.multipliers[channel], numbers.negativeMultipliers?[channel] ?? 0)
      let residual = 255 * Double(numbers.residual?.multipliers[channel] ?? 0)
      return sum * Double(factor) + residual
    }
    isBounded = allBounded(numbers.multipliers.count, largestSums()) { largest($0, $1) < 0x1p30 }
    fitsInt16 = panelsFittingInt16(largestSums(), layout, largest)
    residualMultipliers = numbers.residual.map { layout.arrange($0.multipliers, idle: 0) }
    residualZeroPoints = numbers.residual.map { layout.arrange($0.zeroPoints.map(Int16.init), idle: 0) }
    nr = layout.nr
  }

  /// For the q16 epilogue, which has multipliers alone.
  package init(multipliers: [Float], largestSums: @autoclosure () -> [Double], layout: PanelLayout) {
    let zeros = AlignedArray(count: layout.panelCount * layout.nr) { (_: UnsafeMutablePointer<Float>) in }
    self.multipliers = layout.arrange(multipliers, idle: 0)
    negativeMultipliers = nil
    lower = zeros
    upper = zeros
    zeroPoints = AlignedArray(count: layout.panelCount * layout.nr) { _ in }
    minimum = AlignedArray(count: layout.panelCount * layout.nr) { _ in }
    maximum = AlignedArray(count: layout.panelCount * layout.nr) { _ in }
    isBounded = allBounded(multipliers.count, largestSums()) { $1 * Double(multipliers[$0]) < 0x1p30 }
    fitsInt16 = panelsFittingInt16(largestSums(), layout) { $1 * Double(multipliers[$0]) }
    residualMultipliers = nil
    residualZeroPoints = nil
    nr = layout.nr
  }

  package func numbers(ofPanel panel: Int) -> i8k_requantization {
    let offset = panel * nr
    return i8k_requantization(
      multipliers: multipliers.base + offset,
      negativeMultipliers: negativeMultipliers.map { $0.base + offset },
      lower: lower.base + offset, upper: upper.base + offset, zeroPoints: zeroPoints.base + offset,
      minimum: minimum.base + offset, maximum: maximum.base + offset, isBounded: isBounded,
      fitsInt16: fitsInt16[panel],
      residualMultipliers: residualMultipliers.map { $0.base + offset },
      residualZeroPoints: residualZeroPoints.map { $0.base + offset })
  }
}

/// Whether every channel is bounded, given the largest of its sums, which is no more than 2³¹.
private func allBounded(
  _ channels: Int, _ largestSums: @autoclosure () -> [Double], _ isBounded: (Int, Double) -> Bool
) -> Bool {
  if (0..<channels).allSatisfy({ isBounded($0, 0x1p31) }) { return true }
  let sums = largestSums()
  return sums.indices.allSatisfy { isBounded($0, sums[$0]) }
}

/// Whether the `largest` value of every channel of a panel stays within Int16, with room for how Float rounds it. Only
/// the kernels of 64-bit ARM ask, so only there are the sums looked at.
private func panelsFittingInt16(
  _ largestSums: @autoclosure () -> [Double], _ layout: PanelLayout, _ largest: (Int, Double) -> Double
) -> [Bool] {
  #if arch(arm64)
    let sums = largestSums()
    return (0..<layout.panelCount).map { panel in
      layout.channels(of: panel).allSatisfy { largest($0, sums[$0]) < 32_767 }
    }
  #else
    return [Bool](repeating: false, count: layout.panelCount)
  #endif
}

/// `limit − zero point` as Float: clamping to it before rounding equals clamping to `limit` after the zero
/// point is added, since rounding is monotonic and leaves integers alone.
func bounds(_ limits: [Int8], _ zeroPoints: [Int8]) -> [Float] {
  zip(limits, zeroPoints).map { Float(Int($0) - Int($1)) }
}
