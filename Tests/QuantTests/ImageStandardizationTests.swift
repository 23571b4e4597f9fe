import Quant
import Testing

@Suite struct ImageStandardizationTests {
  @Test func givesZeroMeanAndUnitVariance() {
    let bytes = (0..<3000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }
    let standardization = ImageStandardization(bytes)
    let values = bytes.map { Double(standardization.value($0)) }
    let mean = values.reduce(0, +) / 3000
    let variance = values.reduce(0) { $0 + $1 * $1 } / 3000 - mean * mean
    #expect(abs(mean) < 1e-6)
    #expect(abs(variance - 1) < 1e-5)
  }

  @Test func aPictureOfOneColourIsZero() {
    let standardization = ImageStandardization([UInt8](repeating: 77, count: 12))
    #expect(standardization.value(77) == 0)
    #expect(standardization.standardized(77) == 128)
    // One over the root of the count, as TensorFlow has it.
    #expect(standardization.deviation == 1 / 12.0.squareRoot())
  }

  @Test func theEnginesBytesAreTheValueIn32nds() {
    let standardization = ImageStandardization([0, 10, 20, 30, 200])
    for byte in UInt8.min...UInt8.max {
      let exact = standardization.value(byte) * ImageStandardization.steps
      let found = Float(Int(standardization.standardized(byte)) - 128)
      #expect(abs(min(max(exact, -128), 127) - found) <= 0.5)
    }
  }
}
