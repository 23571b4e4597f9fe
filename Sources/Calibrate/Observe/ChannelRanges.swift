import Quant

/// The interval that each channel of one map is represented over; quantization parameters follow from it.
///
/// - Invariant: `lower[c] <= 0 <= upper[c]`, all finite, as many of each as channels.
public struct ChannelRanges: Hashable, Sendable {
  public var lower: [Float]
  public var upper: [Float]

  public init(lower: [Float], upper: [Float]) {
    precondition(lower.count == upper.count)
    self.lower = lower
    self.upper = upper
  }

  /// Every channel 0…0.
  init(channels: Int) {
    self.init(lower: .init(repeating: 0, count: channels), upper: .init(repeating: 0, count: channels))
  }

  public var channels: Int { lower.count }

  /// The smallest ranges that contain both.
  func union(_ other: ChannelRanges) -> ChannelRanges {
    ChannelRanges(
      lower: zip(lower, other.lower).map { min($0, $1) }, upper: zip(upper, other.upper).map { max($0, $1) })
  }

  /// Scale and zero point of each channel: the range's ends are −128 and 127, zero is an element.
  ///
  /// - Edge cases: a range of 0…0 gets the scale of the tensor's widest channel over 128, or 1 when all are empty.
  package var quantization: ChannelQuantization {
    let widths = zip(lower, upper).map { $1 - $0 }
    let fallback = (widths.max() ?? 0) / 128
    var scales: [Float] = []
    var zeroPoints: [Int8] = []
    for (channel, width) in widths.enumerated() {
      let used = width > 0 ? width : fallback
      let scale = used > 0 ? max(Float(Double(used) / 255), 0x1p-60) : 1
      let zero = (-128 - Double(lower[channel]) / Double(scale)).rounded(.toNearestOrEven)
      scales.append(scale)
      zeroPoints.append(Int8(min(max(zero, -128), 127)))
    }
    return ChannelQuantization(scales: scales, zeroPoints: zeroPoints)
  }
}

/// How a map's scales are spread over its channels: `s[c] = ratio · own[c]^α · tensor^(1 − α)`.
///
/// α = 0 is one scale for the whole tensor, α = 1 a scale for each channel by itself; a ratio above 1 leaves headroom for
/// photos that calibration did not see.
public struct RangeShape: Hashable, Sendable {
  /// α in quarters: 0, 2, 3 or 4.
  public var quarters: Int
  public var ratio: Float

  public init(quarters: Int, ratio: Float) {
    self.quarters = quarters
    self.ratio = ratio
  }

  static let exponents = [4, 3, 2, 0]
  static let headrooms: [Float] = [1, 1.2, 1.5]

  /// `observed` widened: own widths are floored at 1/128 of the tensor's, and no range goes beyond `bounds`.
  package func ranges(of observed: ChannelRanges, within bounds: ClosedRange<Float>) -> ChannelRanges {
    let widths = zip(observed.lower, observed.upper).map { $1 - $0 }
    let tensor = widths.max() ?? 0
    guard tensor > 0 else { return observed }
    var result = observed
    for channel in widths.indices {
      let own = max(widths[channel], tensor / 128)
      let wanted = ratio * blend(own: own, tensor: tensor)
      if widths[channel] > tensor * 0x1p-20 {
        let growth = wanted / widths[channel]
        result.lower[channel] *= growth
        result.upper[channel] *= growth
      } else {
        result.upper[channel] = wanted
      }
      result.lower[channel] = max(result.lower[channel], bounds.lowerBound)
      result.upper[channel] = min(result.upper[channel], bounds.upperBound)
    }
    return result
  }

  /// own^α · tensor^(1 − α) by square roots: IEEE, so the same on every CPU.
  private func blend(own: Float, tensor: Float) -> Float {
    let middle = (own * tensor).squareRoot()
    switch quarters {
    case 4: return own
    case 3: return (own * middle).squareRoot()
    case 2: return middle
    default: return tensor
    }
  }
}
