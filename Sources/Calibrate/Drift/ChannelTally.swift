/// What one layer's elements were over some photos; tallies of the same layer can be added in any order.
struct ChannelTally: Sendable {
  private var extremes: ChannelExtremes
  private(set) var elements = 0
  /// As in `LayerDetail`.
  private(set) var saturated = 0
  private(set) var limits = 0

  init(channels: Int) {
    extremes = ChannelExtremes(channels: channels)
  }

  mutating func add(_ other: ChannelTally) {
    extremes.add(other.extremes)
    elements += other.elements
    saturated += other.saturated
    limits += other.limits
  }

  /// A float value, whose channels stand side by side.
  mutating func add(_ exact: UnsafeBufferPointer<Float>) {
    elements += exact.count
    extremes.add(exact)
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

  /// Least to largest float value of each channel.
  var ranges: [ClosedRange<Float>] {
    zip(extremes.lower, extremes.upper).map { $0 <= $1 ? $0...$1 : 0...0 }
  }
}
