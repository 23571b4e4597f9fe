import Int8Kernels
import Quant

/// The numbers of an activation over the q16 strip: shifts k, gains M, and the output's scales that follow from them.
enum StripQuantizer {
  /// - Parameter ranges: of the activated output.
  static func quantize(_ table: ActivationTable, ranges: ChannelRanges) -> (
    Int8Activation, ChannelQuantization
  ) {
    let wanted = ranges.quantization
    var activation = Int8Activation(shifts: [], gains: [], table: table)
    var scales: [Float] = []
    var zeroPoints: [Int8] = []
    for channel in 0..<ranges.channels {
      let shift = table.form == .rectified ? shift(upper: ranges.upper[channel]) : 12
      let unit = table.form == .rectified ? Double(1 << (15 - shift)) : 1
      // Rounded down: the output's scale is at least the wanted one, and the range is covered.
      let gain = min(max((unit / Double(wanted.scales[channel])).rounded(.down), 1), 32_767)
      let scale = Float(unit / gain)
      let zero = (-128 - Double(ranges.lower[channel]) / Double(scale)).rounded(.toNearestOrEven)
      activation.shifts.append(UInt8(shift))
      activation.gains.append(Int16(gain))
      scales.append(scale)
      zeroPoints.append(Int8(min(max(zero, -128), 127)))
    }
    return (activation, ChannelQuantization(scales: scales, zeroPoints: zeroPoints))
  }

  /// The largest k ≤ 12 for which `upper · 2ᵏ` is an Int16; at least 1.
  private static func shift(upper: Float) -> Int {
    (1...12).last { Double(upper) * Double(1 << $0) <= 32_767 } ?? 1
  }
}
