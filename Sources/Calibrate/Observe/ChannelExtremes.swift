/// The smallest and largest value of each channel of a map; the same of several maps can be added in any order.
struct ChannelExtremes: Sendable {
  private(set) var lower: [Float]
  private(set) var upper: [Float]

  /// Of no values: no map's are outside ±∞.
  init(channels: Int) {
    lower = .init(repeating: .infinity, count: channels)
    upper = .init(repeating: -.infinity, count: channels)
  }

  /// Of zero in every channel.
  init(zeroIn channels: Int) {
    lower = .init(repeating: 0, count: channels)
    upper = lower
  }

  /// Takes in a map, whose channels stand side by side.
  mutating func add(_ map: UnsafeBufferPointer<Float>) {
    let channels = lower.count
    guard let values = map.baseAddress else { return }
    lower.withUnsafeMutableBufferPointer { lower in
      upper.withUnsafeMutableBufferPointer { upper in
        for start in stride(from: 0, to: map.count, by: channels) {
          for channel in 0..<channels {
            let value = values[start + channel]
            lower[channel] = value < lower[channel] ? value : lower[channel]
            upper[channel] = value > upper[channel] ? value : upper[channel]
          }
        }
      }
    }
  }

  mutating func add(_ other: ChannelExtremes) {
    for channel in lower.indices {
      lower[channel] = min(lower[channel], other.lower[channel])
      upper[channel] = max(upper[channel], other.upper[channel])
    }
  }
}
