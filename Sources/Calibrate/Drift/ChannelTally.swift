/// What one layer's elements were over some photos; tallies of the same layer can be added in any order.
struct ChannelTally: Sendable {
  /// Least and largest float value of each channel.
  private(set) var lower: [Float]
  private(set) var upper: [Float]
  private(set) var elements = 0
  /// As in `LayerDetail`.
  private(set) var saturated = 0
  private(set) var limits = 0

  init(channels: Int) {
    lower = .init(repeating: .infinity, count: channels)
    upper = .init(repeating: -.infinity, count: channels)
  }

  mutating func add(_ other: ChannelTally) {
    for channel in lower.indices {
      lower[channel] = min(lower[channel], other.lower[channel])
      upper[channel] = max(upper[channel], other.upper[channel])
    }
    elements += other.elements
    saturated += other.saturated
    limits += other.limits
  }

  /// Extremes of each channel, whose elements stand side by side.
  mutating func add(_ exact: UnsafeBufferPointer<Float>) {
    let channels = lower.count
    elements += exact.count
    guard let values = exact.baseAddress else { return }
    lower.withUnsafeMutableBufferPointer { lower in
      upper.withUnsafeMutableBufferPointer { upper in
        for start in stride(from: 0, to: exact.count, by: channels) {
          for channel in 0..<channels {
            let value = values[start + channel]
            lower[channel] = value < lower[channel] ? value : lower[channel]
            upper[channel] = value > upper[channel] ? value : upper[channel]
          }
        }
      }
    }
  }

  /// What is out of range in a float map, and what is at its limits in the model's.
  mutating func add(_ exact: UnsafeBufferPointer<Float>, _ model: UnsafePointer<Int8>, _ scale: MapScale) {
    guard let values = exact.baseAddress else { return }
    var (saturated, limits): (Int32, Int32) = (0, 0)
    let channels = scale.channels
    scale.saturatedBelow.withUnsafeBufferPointer { below in
      scale.saturatedAbove.withUnsafeBufferPointer { above in
        scale.lowerLimits.withUnsafeBufferPointer { lowerLimits in
          for start in stride(from: 0, to: exact.count, by: channels) {
            for channel in 0..<channels {
              let value = values[start + channel]
              let element = Int32(model[start + channel])
              saturated &+= value < below[channel] ? 1 : 0
              saturated &+= value > above[channel] ? 1 : 0
              limits &+= element == 127 ? 1 : 0
              limits &+= element == lowerLimits[channel] ? 1 : 0
            }
          }
        }
      }
    }
    self.saturated += Int(saturated)
    self.limits += Int(limits)
  }

  var ranges: [ClosedRange<Float>] {
    zip(lower, upper).map { $0 <= $1 ? $0...$1 : 0...0 }
  }
}
