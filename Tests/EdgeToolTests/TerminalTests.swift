import Calibrate
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

  @Test func escapesNamesInPages() throws {
    let drift = try EmbeddingDrift([[1, 0], [0, 1]], against: [[1, 0], [1, 1]])
    let summary = DriftSummary(
      embedding: drift, layers: [.init(name: "<b>", sqnrDecibels: .infinity)],
      paths: [FilePath("<script>\"&'.jpg"), FilePath("b.jpg")], modelName: "m<", referenceName: "r",
      output: "embedding")
    let html = DriftPage(summary, version: "1").html
    #expect(!html.contains("<script>") && html.contains("&lt;script&gt;&quot;&amp;&#39;.jpg"))
    #expect(!html.contains("http") && !html.contains("src="))
  }

  @Test func softmaxSumsToOne() {
    let probabilities = Softmax.probabilities([1000, 999, -1000])
    #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6 && abs(probabilities[0] - 0.7310586) < 1e-6)
    #expect(Softmax.largest([1, 3, 3, 2], count: 3) == [1, 2, 3])
  }
}
