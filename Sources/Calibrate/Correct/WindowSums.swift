import Quant

/// The sum of every kernel element of every input channel over all windows of one photo, `[tap][channel]`.
///
/// The mean of a convolution's sums follows from them for any weights: a convolution is linear.
package struct WindowSums: Sendable {
  package private(set) var sums: [Double]

  /// Of a float map.
  package init(_ map: UnsafePointer<Float>, _ windows: Windows) {
    let channels = windows.input.channels
    var sums = [Double](repeating: 0, count: windows.taps * channels)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let base = sums.baseAddress else { return }
      windows.forEachRun { tap, first, step, count in
        let target = base + tap * channels
        for index in 0..<count {
          let pixel = map + (first + index * step) * channels
          for channel in 0..<channels { target[channel] += Double(pixel[channel]) }
        }
      }
    }
    self.sums = sums
  }

  /// Of q − zero point of an Int8 map; padding is the zero point. Exact.
  package init(_ map: UnsafePointer<Int8>, zeroPoints: [Int8], _ windows: Windows) {
    let channels = windows.input.channels
    var sums = [Int32](repeating: 0, count: windows.taps * channels)
    var counts = [Int](repeating: 0, count: windows.taps)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let base = sums.baseAddress else { return }
      windows.forEachRun { tap, first, step, count in
        let target = base + tap * channels
        counts[tap] += count
        for index in 0..<count {
          let pixel = map + (first + index * step) * channels
          for channel in 0..<channels { target[channel] &+= Int32(pixel[channel]) }
        }
      }
    }
    self.sums = sums.indices.map {
      Double(Int(sums[$0]) - counts[$0 / channels] * Int(zeroPoints[$0 % channels]))
    }
  }

  /// In units of `scales`, one a channel.
  func scaled(by scales: [Float]) -> WindowSums {
    var result = self
    for index in sums.indices { result.sums[index] = sums[index] / Double(scales[index % scales.count]) }
    return result
  }
}
