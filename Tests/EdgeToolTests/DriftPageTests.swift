import Calibrate
import EdgeTool
import Foundation
import Quant
import TestSupport
import Testing

@Suite struct DriftPageTests {
  private static let hostile = FilePath(Array("<script>\"&'\u{202e}".utf8) + [0xff] + Array("</td>.jpg".utf8))

  private static func summary(layers: [LayerDrift] = []) throws -> DriftSummary {
    let rows: [[Float]] = [[1, 0], [0, 1], [1, 3]]
    let drift = try EmbeddingDrift([[1, 0], [0.5, 1], [1, 2]], against: rows)
    return DriftSummary(
      embedding: drift, layers: layers, paths: [hostile, FilePath("b.jpg"), FilePath("日本.jpg")],
      model: ComparedSource(
        name: "m<.safetensors", kind: .int8Model, sha256: String(repeating: "a", count: 64)),
      reference: ComparedSource(name: "r&r.pth", kind: .floatWeights), output: "embedding", decoding: .full)
  }

  private static var layers: [LayerDrift] {
    let map = LayerDetail(
      operation: .convolution(Convolution(inputChannels: 3, outputChannels: 100)),
      shape: .map(height: 2, width: 2, channels: 100), isolatedSQNRDecibels: 17, elementCount: 1200,
      saturatedCount: 12, limitCount: 30, observed: (0..<100).map { 0...Float($0) },
      representable: (0..<100).map { -1...Float($0 + 1) }, largestWeights: (0..<100).map { Float($0) / 100 })
    let vector = LayerDetail(
      operation: .globalPool(.average), shape: .vector(2), isolatedSQNRDecibels: .infinity, elementCount: 6,
      observed: [0...0, -1...1])
    return [
      LayerDrift(name: "<b>conv", sqnrDecibels: 12.34, detail: map),
      LayerDrift(name: "pool", sqnrDecibels: .infinity, detail: vector),
    ]
  }

  @Test func isOneWholeFileWithATextForEveryPicture() throws {
    for summary in [try Self.summary(), try Self.summary(layers: Self.layers)] {
      let html = DriftPage(summary).html
      #expect(PageCheck.faults(html) == [])
      #expect(!html.contains("http") && !html.contains("url(") && !html.contains("@import"))
      #expect(html.contains("<html lang=\"en\">") && html.contains("name=\"viewport\""))
      #expect(html.contains("prefers-color-scheme: dark"))
    }
  }

  @Test func namesCannotActAsMarkup() throws {
    let html = DriftPage(try Self.summary(layers: Self.layers)).html
    #expect(!html.contains("<script") && !html.contains("<b>") && !html.contains("\u{202e}"))
    #expect(html.contains("&lt;script&gt;&quot;&amp;&#39;?\u{fffd}&lt;/td&gt;.jpg"))
    #expect(html.contains("m&lt;.safetensors") && html.contains("r&amp;r.pth") && html.contains("日本.jpg"))
  }

  @Test func headingsGoDownStepByStep() throws {
    let html = DriftPage(try Self.summary(layers: Self.layers)).html
    var level = 0
    for part in html.split(separator: "<h").dropFirst() {
      guard let digit = part.first?.wholeNumberValue,
        part.dropFirst().first.map({ $0 == " " || $0 == ">" }) == true
      else { continue }
      #expect(digit <= level + 1, "h\(digit) after h\(level)")
      level = digit
    }
    #expect(level >= 2)
  }

  @Test func saysInWordsWhatColoursSay() throws {
    let html = DriftPage(try Self.summary(layers: Self.layers)).html
    for words in [
      "noisy by itself", "clips 1.00 % of its values", "1 of 100 channels always zero",
      "1 of 2 channels always zero", "diamonds: by itself", "1 pair alone", "10 or more",
    ] {
      #expect(html.contains(words), "\(words)")
    }
    // Neighbours: photo 1's nearest by the reference is photo 2, and stays so.
    #expect(html.contains("kept"))
  }

  @Test func aSingleEmbeddingHasNoNeighboursToShow() throws {
    let drift = try EmbeddingDrift([[1, 0]], against: [[1, 1]])
    let source = ComparedSource(name: "a.npy", kind: .embeddings)
    let summary = DriftSummary(
      embedding: drift, paths: [FilePath("a.jpg")], model: source, reference: source, output: "embedding")
    let html = DriftPage(summary).html
    #expect(PageCheck.faults(html) == [] && !html.contains("id=\"similarities\""))
    #expect(summary.text().contains("recall@10"))
  }

  @Test(arguments: [
    (1.0, 1.0, "identical"), (0.999, 0.99, "very close"), (0.999, 0.95, "close"), (0.95, 0.9, "noticeable"),
    (0.97, 0.3, "far"), (0.2, 0.1, "far"),
  ])
  func theVerdictFollowsMeanAndFirstPercentile(_ mean: Double, _ first: Double, _ word: String) {
    #expect(DriftVerdict(meanCosine: mean, firstPercentileCosine: first).rawValue == word)
  }
}
