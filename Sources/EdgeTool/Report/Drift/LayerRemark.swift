import Calibrate

/// What a person should look at in a layer, in words.
enum LayerRemark {
  /// Decibels below which a layer by itself is called noisy: an error of a tenth of the signal.
  static let noisyDecibels = 20.0
  /// Share of elements out of range above which a layer is said to clip.
  static let clippingShare = 0.001

  static func all(of layer: LayerDrift) -> [String] {
    guard let detail = layer.detail else { return [] }
    var remarks: [String] = []
    if let alone = detail.isolatedSQNRDecibels, alone < noisyDecibels { remarks.append("noisy by itself") }
    if let share = detail.saturatedShare, share > clippingShare {
      remarks.append("clips \(Number.percent(share)) of its values")
    }
    if detail.deadChannels > 0 {
      remarks.append("\(detail.deadChannels) of \(detail.observed.count) channels always zero")
    }
    return remarks
  }
}
