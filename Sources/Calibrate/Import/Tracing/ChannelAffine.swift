/// y = x · factor + offset, for all channels or for each.
///
/// - Invariant: one factor and one offset, or one of each a channel; all finite.
package struct ChannelAffine: Hashable, Sendable {
  package private(set) var factor: [Double]
  package private(set) var offset: [Double]

  package static let identity = ChannelAffine(factor: [1], offset: [0])

  /// Arrays of one or of `channels` elements, in any mixture; nil when they are of other lengths or not finite.
  package init?(factor: [Double], offset: [Double], channels: Int) {
    guard (factor + offset).allSatisfy(\.isFinite) else { return nil }
    for values in [factor, offset] where values.count != 1 && values.count != channels { return nil }
    let count = max(factor.count, offset.count)
    self.init(factor: Self.widened(factor, to: count), offset: Self.widened(offset, to: count))
  }

  private init(factor: [Double], offset: [Double]) {
    self.factor = factor
    self.offset = offset
  }

  private static func widened(_ values: [Double], to count: Int) -> [Double] {
    values.count == count ? values : [Double](repeating: values[0], count: count)
  }

  /// This function, then `next`.
  package func then(_ next: ChannelAffine) -> ChannelAffine {
    let count = max(factor.count, next.factor.count)
    let (a, b) = (Self.widened(factor, to: count), Self.widened(offset, to: count))
    let (c, d) = (Self.widened(next.factor, to: count), Self.widened(next.offset, to: count))
    return ChannelAffine(
      factor: zip(a, c).map { $0 * $1 }, offset: b.indices.map { b[$0] * c[$0] + d[$0] })
  }

  package func factors(channels: Int) -> [Double] { Self.widened(factor, to: channels) }
  package func offsets(channels: Int) -> [Double] { Self.widened(offset, to: channels) }

  /// Constants come as Float: what is within a few of their last bits of the identity is it.
  package var isIdentity: Bool { isNear(factor: 1, offset: 0) }

  /// Whether this is x · `factor` + `offset` for every channel, up to the rounding of Float constants.
  package func isNear(factor target: Double, offset shift: Double) -> Bool {
    factor.allSatisfy { abs($0 - target) <= 1e-6 * abs(target) }
      && offset.allSatisfy { abs($0 - shift) <= 1e-6 * max(1, abs(shift)) }
  }

  /// The factor when it is one for all channels and nothing is added.
  package var pureFactor: Double? {
    guard let first = factor.first, factor.allSatisfy({ $0 == first }), offset.allSatisfy({ $0 == 0 }) else {
      return nil
    }
    return first
  }
}
