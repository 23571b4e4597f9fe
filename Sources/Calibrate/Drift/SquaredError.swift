/// Σ x² of a float value and Σ (x − x̂)² of another form of it.
struct SquaredError: Sendable {
  var energy = 0.0
  var error = 0.0

  init() {}

  /// Of an Int8 map, summed channel by channel in the order of its pixels, then over the channels.
  init(_ exact: UnsafeBufferPointer<Float>, _ elements: UnsafePointer<Int8>, _ scale: MapScale) {
    guard let values = exact.baseAddress else { return }
    let channels = scale.channels
    var sums = [Double](repeating: 0, count: 2 * channels)
    sums.withUnsafeMutableBufferPointer { sums in
      scale.scales.withUnsafeBufferPointer { scales in
        scale.zeroPoints.withUnsafeBufferPointer { zeroPoints in
          for start in stride(from: 0, to: exact.count, by: channels) {
            for channel in 0..<channels {
              let value = Double(values[start + channel])
              let real = scales[channel] * (Float(elements[start + channel]) - zeroPoints[channel])
              let difference = value - Double(real)
              sums[channel] += value * value
              sums[channels + channel] += difference * difference
            }
          }
        }
      }
    }
    for channel in 0..<channels {
      energy += sums[channel]
      error += sums[channels + channel]
    }
  }

  /// Of a vector, in its elements' order.
  init(_ exact: UnsafeBufferPointer<Float>, _ elements: UnsafePointer<Float>) {
    for (index, value) in exact.enumerated() {
      let difference = Double(value) - Double(elements[index])
      energy += Double(value) * Double(value)
      error += difference * difference
    }
  }

  var decibels: Double { Decibels.ratio(energy, error) }
}

enum Decibels {
  /// 10 · log₁₀(signal / noise); infinite without noise, 0 without signal.
  static func ratio(_ signal: Double, _ noise: Double) -> Double {
    guard noise > 0 else { return .infinity }
    guard signal > 0 else { return 0 }
    return 10 * ElementaryFunctions.log2(signal / noise) * 0.30102999566398120
  }
}
