import EdgeTool
import Foundation
import Testing

/// The parts that pages are made of.
@Suite struct PagePartTests {
  @Test func base64IsThatOfEveryoneElse() {
    for count in 0..<70 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
      #expect(Base64.text(bytes) == Data(bytes).base64EncodedString())
    }
  }

  @Test func axesEndAtRoundNumbers() {
    let axis = Axis(0.03, 0.97)
    #expect(axis.ticks.map(axis.label) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"])
    #expect(axis.part(0.5) == 0.5 && axis.part(-3) == 0 && axis.part(7) == 1)
    let around = Axis(-31, 64, steps: 4)
    #expect(around.ticks.map(around.label) == ["−50", "0", "50", "100"])
    #expect(Axis(0, 47).ticks.last == 50)
  }

  @Test(arguments: [0, 1, -3e-9, 6e30, -2.5e5])
  func axesOfEqualNumbersHaveTwoEnds(_ value: Double) {
    let axis = Axis(value, value)
    let rounding = abs(value) * 1e-12
    #expect(axis.lower < axis.upper)
    #expect(axis.lower <= value + rounding && value <= axis.upper + rounding)
    #expect(axis.ticks.count >= 2 && axis.part(value).isFinite)
  }
}
