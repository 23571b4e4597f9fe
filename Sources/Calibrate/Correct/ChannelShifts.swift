/// The part of each channel's difference that is more than chance.
package enum ChannelShifts {
  /// Of each channel the mean over the photos, made smaller by 1 − se² / mean², se being the mean's standard error; 0
  /// with fewer than two photos.
  ///
  /// - Parameter differences: `[photo][channel]`.
  package static func significant(_ differences: [[Double]]) -> [Double] {
    guard let first = differences.first else { return [] }
    let count = Double(differences.count)
    return first.indices.map { channel in
      let mean = differences.reduce(0) { $0 + $1[channel] } / count
      guard differences.count > 1, mean != 0 else { return 0 }
      let squares = differences.reduce(0) { sum, photo in
        let deviation = photo[channel] - mean
        return sum + deviation * deviation
      }
      let squaredError = squares / (count - 1) / count
      return mean * max(0, 1 - squaredError / (mean * mean))
    }
  }
}
