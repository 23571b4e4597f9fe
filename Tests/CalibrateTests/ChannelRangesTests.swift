import Calibrate
import Quant
import Testing

@Suite struct ChannelRangesTests {
  @Test func endsAndZeroAreElements() {
    let ranges = ChannelRanges(lower: [0, -1, -3, 0], upper: [6, 1.5, 0, 1e-9])
    let quantization = ranges.quantization
    #expect(quantization.zeroPoints == [-128, -26, 127, -128])
    #expect(quantization.scales[0] == Float(6.0 / 255))
    for channel in 0..<4 {
      let largest = quantization.scales[channel] * Float(127 - Int(quantization.zeroPoints[channel]))
      #expect(largest >= ranges.upper[channel] * 0.995)
    }
  }

  @Test func emptyChannelsTakeAScaleFromTheTensor() {
    #expect(ChannelRanges(lower: [0, 0], upper: [0, 32_640]).quantization.scales == [1, 128])
    #expect(ChannelRanges(lower: [0], upper: [0]).quantization.scales == [1])
  }

  @Test(arguments: [(4, 1), (3, 2), (2, 4), (0, 16)])
  func alphaBlendsOwnAndTensorRange(quarters: Int, expected: Int) {
    let observed = ChannelRanges(lower: [0, 0], upper: [1, 16])
    let shaped = RangeShape(quarters: quarters, ratio: 1).ranges(
      of: observed, within: -Float.infinity ... .infinity)
    #expect(shaped.upper == [Float(expected), 16])
  }

  @Test func rangesAreFlooredAndBounded() {
    let observed = ChannelRanges(lower: [0, 0, -0.2], upper: [0, 1e-6, 12.8])
    let shaped = RangeShape(quarters: 4, ratio: 1.5).ranges(of: observed, within: -0.25...16)
    #expect(shaped.upper[0] > 0.1 && shaped.upper[1] > 0.1, "floored at 1/128 of the tensor's width")
    #expect(shaped.upper[2] == 16 && shaped.lower[2] == -0.25)
  }

  @Test func widenedRangesKeepTheirZeroPoint() {
    let observed = ChannelRanges(lower: [-1, -0.1], upper: [3, 20])
    let own = observed.quantization.zeroPoints
    for quarters in [0, 2, 3] {
      let shaped = RangeShape(quarters: quarters, ratio: 1.2).ranges(
        of: observed, within: -Float.infinity ... .infinity)
      #expect(shaped.quantization.zeroPoints == own)
    }
  }
}
