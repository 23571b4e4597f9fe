/// How the Int8 elements of one map stand for real numbers: `real = scales[c] · (q − zeroPoints[c])`.
///
/// - Invariant: as many zero points as scales, one a channel; every scale is finite and greater than zero.
public struct ChannelQuantization: Hashable, Sendable {
  public var scales: [Float]
  public var zeroPoints: [Int8]

  public init(scales: [Float], zeroPoints: [Int8]) {
    precondition(scales.count == zeroPoints.count)
    self.scales = scales
    self.zeroPoints = zeroPoints
  }

  public var channels: Int { scales.count }
}
