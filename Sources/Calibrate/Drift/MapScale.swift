import Quant

/// What the elements of one Int8 map stand for, laid out for loops over its channels.
struct MapScale: Sendable {
  let channels: Int
  private let scales: [Float]
  private let zeroPoints: [Int32]
  /// Values below are out of range by more than half a step: s · (−128 − z) − s / 2, rounded up to Float, which leaves
  /// every comparison of a Float with it the same.
  let saturatedBelow: [Float]
  /// The same above.
  let saturatedAbove: [Float]
  /// Elements at this are at the lower limit: −128, or −129 (none) where −128 stands for zero.
  let lowerLimits: [Int32]

  init(_ quantization: ChannelQuantization) {
    channels = quantization.channels
    scales = quantization.scales
    zeroPoints = quantization.zeroPoints.map { Int32($0) }
    saturatedBelow = zip(quantization.scales, quantization.zeroPoints).map { scale, zeroPoint in
      let limit = Double(scale) * (Double(-128 - Int(zeroPoint)) - 0.5)
      let rounded = Float(limit)
      return Double(rounded) < limit ? rounded.nextUp : rounded
    }
    saturatedAbove = zip(quantization.scales, quantization.zeroPoints).map { scale, zeroPoint in
      let limit = Double(scale) * (Double(127 - Int(zeroPoint)) + 0.5)
      let rounded = Float(limit)
      return Double(rounded) > limit ? rounded.nextDown : rounded
    }
    lowerLimits = quantization.zeroPoints.map { $0 == -128 ? -129 : -128 }
  }

  /// q = clamp(rne(x / s) + z, −128, 127): each element as the map stores it best.
  func round(_ exact: UnsafeBufferPointer<Float>, to elements: UnsafeMutablePointer<Int8>) {
    guard let values = exact.baseAddress else { return }
    scales.withUnsafeBufferPointer { scales in
      zeroPoints.withUnsafeBufferPointer { zeroPoints in
        for start in stride(from: 0, to: exact.count, by: channels) {
          for channel in 0..<channels {
            // No zero point is further from a limit than 255 steps. In the sum with 1.5 · 2²³ a Float's last bit is
            // worth 1: its bits count the steps.
            let steps = min(max(values[start + channel] / scales[channel], -256), 256)
            let whole = Int32(bitPattern: (steps + 0x1.8p23).bitPattern) &- 0x4b40_0000
            elements[start + channel] = Int8(
              truncatingIfNeeded: min(max(whole &+ zeroPoints[channel], -128), 127))
          }
        }
      }
    }
  }
}
