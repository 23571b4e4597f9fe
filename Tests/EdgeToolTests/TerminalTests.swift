import EdgeTool
import Quant
import Testing

@Suite struct TerminalTests {
  @Test func roundsNumbersForPeople() {
    #expect(Number.fixed(0.99949999, 3) == "0.999" && Number.fixed(-0.0004, 3) == "0.000")
    #expect(
      Number.fixed(-1.5, 0) == "-2" && Number.fixed(12.345, 2) == "12.35" && Number.fixed(.infinity, 1) == "∞"
    )
    #expect(
      Number.grouped(1_234_567) == "1 234 567" && Number.grouped(-1000) == "-1 000"
        && Number.grouped(7) == "7")
    #expect(Number.percent(0) == "0 %" && Number.percent(0.00001) == "< 0.01 %")
    #expect(Number.percent(0.12345) == "12.35 %" && Number.percent(1) == "100 %")
    #expect(Number.significant(12.345) == "12.3" && Number.significant(0.012345) == "0.0123")
    #expect(Number.significant(-1234.5) == "-1235" && Number.significant(0) == "0")
    #expect(Number.significant(0.0000321) == "3.2e-5")
    #expect(Number.bytes(999) == "999 bytes" && Number.bytes(5_340_000) == "5.3 MB")
    #expect(Number.duration(3725) == "1 h 2 min" && Number.count(1, "photo") == "1 photo")
  }

  @Test func alignsColumnsOfAnyScript() {
    var table = TextTable(.right, .left, .left)
    table.add("1", "日本", "x")
    table.add("10", "ab", "")
    #expect(table.text() == " 1  日本  x\n10  ab\n")
  }

  @Test func disarmsEscapeSequences() {
    var table = TextTable(.left)
    table.add("\u{1b}[31mred\u{7}\nline\u{202e}")
    #expect(table.text() == "?[31mred??line?\n")
  }

  @Test func softmaxSumsToOne() {
    let probabilities = Softmax.probabilities([1000, 999, -1000])
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6 && abs(probabilities[0] - 0.7310586) < 1e-6)
    #expect(Softmax.largest([1, 3, 3, 2], count: 3) == [1, 2, 3])
  }
}
