import EdgeTool
import Foundation
import Quant
import Testing

/// The whole way with a tiny network: weights, model, embeddings, search, drift.
@Suite(.serialized) struct PipelineTests: PipelineSuite {
  let files: PipelineFixture

  init() throws { files = try PipelineFixture() }

  @Test func quantizesTheSameBytesOnAnyNumberOfThreads() throws {
    let text = try quantize("--threads", "1")
    #expect(text.contains("torchvision/") && text.contains("assumed") && text.contains("6 photos"))
    #expect(text.contains("measured on the calibration photos themselves"))
    let first = try fixture.read("tiny.edge.safetensors")
    try quantize("--threads", "3")
    #expect(try fixture.read("tiny.edge.safetensors") == first)
    #expect(fixture.names == ["tiny.safetensors", "photos", "tiny.edge.safetensors"])
  }

  @Test func rangesGiveTheModelThatTheyWereFoundFor() throws {
    try quantize()
    let ranges = fixture.path("ranges.json")
    _ = try edge("calibrate", weights, "--images", photos, "-o", ranges, "--size", "64")
    let other = fixture.path("other.edge.safetensors")
    _ = try edge("quantize", weights, "--ranges", ranges, "-o", other, "--size", "64")
    let a = try edge("embed", model, photos)
    let b = try edge("embed", other, photos)
    #expect(a == b)
  }

  @Test func aModelOfTheEmbeddingAloneIsSmallerAndEmbedsTheSameBytes() throws {
    let ranges = fixture.path("ranges.json")
    _ = try edge("calibrate", weights, "--images", photos, "-o", ranges, "--size", "64")
    let small = fixture.path("small.edge.safetensors")
    _ = try edge("quantize", weights, "--ranges", ranges, "-o", model, "--size", "64")
    _ = try edge(
      "quantize", weights, "--ranges", ranges, "-o", small, "--size", "64", "--embedding-only", "--licence",
      "MIT, by nobody")
    #expect(try edge("embed", small, photos) == edge("embed", model, photos))
    // The classifier has 640 weights, and its biases, scales and labels.
    let (smaller, whole) = try (fixture.read("small.edge.safetensors"), fixture.read("tiny.edge.safetensors"))
    #expect(smaller.count < whole.count - 640)
    let page = try JSON.parse(edge("inspect", small, "--json"))
    #expect(page["outputs"]?.array?.compactMap { $0["name"]?.string } == ["embedding"])
    #expect(page["layers"]?.array?.contains { $0["name"]?.string == "fc" } == false)
    #expect(page["licence"]?.string == "MIT, by nobody")
    #expect(try edge("inspect", small).contains("MIT, by nobody"))
    for arguments in [["embed", small, photos, "--output", "logits"], ["classify", small, photos]] {
      let run = try EdgeProcess(arguments)
      #expect(run.status == 2 && run.errors.contains("logits: it has no classifier; it computes embedding"))
      #expect(run.errorLines.count == 1, "\(run.errors)")
    }
  }

  @Test func embedsTheSameBytesWithEveryKernelSetAndThreadCount() throws {
    try quantize()
    _ = try edge("embed", model, photos, "-o", fixture.path("a.npy"), "--threads", "1", "--kernels", "scalar")
    _ = try edge("embed", model, photos, "-o", fixture.path("b.npy"), "--threads", "2")
    #expect(try fixture.read("a.npy") == fixture.read("b.npy"))
    let set = try EmbeddingSet(contentsOf: FilePath(fixture.path("a.npy")))
    #expect(set.matrix.rows == 6 && set.matrix.columns == 64)
    #expect(set.paths?.map(\.text) == (0..<6).map { fixture.path("photos/\($0).png") })
    #expect(set.provenance?.source == .int8Model)
    let length = set.matrix[0].reduce(0) { $0 + Double($1) * Double($1) }
    #expect(abs(length - 1) < 1e-6)
  }

  @Test func writesTheSameNumbersInEveryFormat() throws {
    try quantize()
    for format in ["npy", "jsonl", "csv"] {
      _ = try edge("embed", model, photos, "-o", fixture.path("e.\(format)"))
    }
    let set = try EmbeddingSet(contentsOf: FilePath(fixture.path("e.npy")))
    let lines = String(decoding: try fixture.read("e.jsonl"), as: UTF8.self).split(separator: "\n")
    let csv = String(decoding: try fixture.read("e.csv"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 6 && csv.count == 7)
    for row in 0..<6 {
      let line = try JSON.parse(String(lines[row]))
      #expect(line["embedding"]?.array?.compactMap(\.float) == Array(set.matrix[row]))
      #expect(line["path"]?.string == set.paths?[row].text)
      #expect(
        csv[row + 1].split(separator: ",").dropFirst().compactMap { Float($0) } == Array(set.matrix[row]))
    }
    #expect(try edge("embed", model, photos) == String(decoding: fixture.read("e.jsonl"), as: UTF8.self))
  }

  @Test func findsAPhotoItself() throws {
    try quantize()
    _ = try edge("embed", model, photos, "-o", fixture.path("e.npy"))
    let answer = try JSON.parse(
      edge("search", fixture.path("e.npy"), photos + "/3.png", "--model", model, "--top", "2", "--json"))
    let nearest = try #require(answer.array?.first?["nearest"]?.array)
    #expect(nearest.count == 2)
    #expect(nearest[0]["path"]?.string == photos + "/3.png")
    #expect(try #require(nearest[0]["cosine"]?.double) > 0.999999)
  }

  @Test func refusesEmbeddingsOfAnotherModel() throws {
    try quantize()
    _ = try edge("embed", model, photos, "-o", fixture.path("e.npy"))
    _ = try edge("embed", model, photos, "-o", fixture.path("l.npy"), "--output", "logits", "--no-normalize")
    let run = try EdgeProcess(["search", fixture.path("e.npy"), photos, "--model", weights, "--size", "64"])
    #expect(run.status == 2 && run.errorLines.count == 1)
    #expect(run.errors.contains("e.npy") && run.errors.contains("SHA-256"))
    let drift = try EdgeProcess(["drift", model, "--reference", fixture.path("l.npy"), photos])
    #expect(drift.status == 2 && drift.errors.contains("logits"))
    try FileManager.default.removeItem(atPath: fixture.path("e.json"))
    let bare = try EdgeProcess(["search", fixture.path("e.npy"), photos, "--model", model])
    #expect(bare.status == 2 && bare.errors.contains(".json"))
  }

  @Test func measuresDriftAgainstEveryKindOfReference() throws {
    try quantize()
    let report = fixture.path("drift.html")
    let full = try JSON.parse(
      edge("drift", model, "--reference", weights, photos, "--json", "--report", report))
    let mean = try #require(full["mean_cosine"]?.double)
    #expect(mean > 0.98 && mean <= 1)
    #expect(try #require(full["layers"]?.array).count > 10)
    let html = String(decoding: try fixture.read("drift.html"), as: UTF8.self)
    #expect(html.contains("<svg") && html.contains("</html>"))

    _ = try edge("embed", weights, photos, "-o", fixture.path("float.npy"), "--size", "64")
    let rows = try JSON.parse(
      edge("drift", model, "--reference", fixture.path("float.npy"), photos, "--json"))
    #expect(abs(try #require(rows["mean_cosine"]?.double) - mean) < 1e-6)
    let same = try JSON.parse(edge("drift", model, "--reference", model, photos, "--json"))
    #expect(same["mean_cosine"]?.double == 1 && same["recall_at_10"]?.double == 1)
    #expect(same["top1_agreement"]?.double == 1)
  }

  @Test func failsBelowTheCosineAskedFor() throws {
    try quantize()
    let run = try EdgeProcess(["drift", model, "--reference", weights, photos, "--min-cosine", "1"])
    #expect(run.status == 1 && run.errors.contains("below --min-cosine"))
    #expect(run.output.contains("recall@10"))
    #expect(
      try EdgeProcess(["drift", model, "--reference", weights, photos, "--min-cosine", "0.5"]).status == 0)
  }

  @Test func classifiesWithNames() throws {
    try quantize()
    let names = (0..<10).map { "kind \($0)" }
    try fixture.write("labels.txt", Array(names.joined(separator: "\n").utf8))
    let text = try edge(
      "classify", model, photos + "/0.png", "--labels", fixture.path("labels.txt"), "--top", "3")
    #expect(text.split(separator: "\n").count == 4 && text.contains("kind ") && text.contains(" %"))
    let answer = try JSON.parse(edge("classify", model, photos, "--top", "10", "--json"))
    let classes = try #require(answer.array?[0]["classes"]?.array)
    #expect(abs(classes.compactMap { $0["probability"]?.double }.reduce(0, +) - 1) < 1e-5)
  }

  @Test func skipsABadPhotoAmongMany() throws {
    try fixture.write("photos/2b.jpg", [0xff, 0xd8, 0xff, 0xe0, 0, 16])
    let run = try EdgeProcess(["quantize", weights, "--calibration", photos, "-o", model, "--size", "64"])
    #expect(run.status == 2 && run.errors.contains("2b.jpg") && run.errors.contains("1 of 7 photos skipped"))
    let embed = try EdgeProcess([
      "embed", model, photos, fixture.path("none.png"), "-o", fixture.path("e.npy"),
    ])
    #expect(embed.status == 2 && embed.errors.contains("2b.jpg") && embed.errors.contains("none.png"))
    #expect(try EmbeddingSet(contentsOf: FilePath(fixture.path("e.npy"))).matrix.rows == 6)
    let drift = try EdgeProcess(["drift", model, "--reference", weights, photos])
    #expect(drift.status == 2 && drift.output.contains("recall@10"))
  }

  @Test func readsListsFromStandardInput() throws {
    try quantize()
    let list = photos + "/1.png\n" + photos + "/0.png\n"
    let lines = try edge("embed", model, "-", input: list).split(separator: "\n")
    #expect(lines.count == 2 && lines[0].contains("1.png"))
  }

  @Test func inspectsModelsAndWeights() throws {
    try quantize()
    let text = try edge("inspect", model)
    for part in ["torchvision/", "embedding, 64 values", "mean cosine", "convolution 7×7 /2", "SHA-256"] {
      #expect(text.contains(part), "\(part)")
    }
    let plain = try edge("inspect", model, "--kernels", "scalar")
    #expect(plain.contains("__scalar") && plain.contains("why"))
    #expect(!plain.contains("__avx") && !plain.contains("__neon"))
    let weightsText = try edge("inspect", weights)
    #expect(weightsText.contains("safetensors") && weightsText.contains("logits, 10 values"))
    #expect(try JSON.parse(edge("inspect", model, "--json"))["layers"]?.array?.isEmpty == false)
    #expect(try JSON.parse(edge("inspect", weights, "--json"))["kind"]?.string == "weights")
  }

  @Test func benchesAndServes() throws {
    try quantize()
    let one = try JSON.parse(
      edge("bench", model, "--runs", "8", "--json", "--threads", "1", "--kernels", "scalar"))
    let two = try JSON.parse(edge("bench", model, "--runs", "3", "--json", "--threads", "2", "--batch", "4"))
    #expect(try #require(one["median_ms"]?.double) > 0)
    #expect(one["embeddings_sha256"] == two["embeddings_sha256"])
    let answers = try edge("bench", model, "--worker", input: "go 2\ngo 1\nquit\n").split(separator: "\n")
    #expect(answers.count == 3 && answers[0] == "ready")
    #expect(answers[1].split(separator: " ").dropFirst().compactMap { Double($0) }.count == 3)
  }

  @Test func benchHashesWhatEmbedComputes() throws {
    try quantize()
    var paths: [String] = []
    for index in 0..<Benchmark.imageCount {
      let pixels = SyntheticImage.pixels(index, size: Size2D(64))
      let png = PNGFile.encode(height: 64, width: 64) { y, x in
        Array(pixels[(y * 64 + x) * 3..<(y * 64 + x) * 3 + 3])
      }
      paths.append(try fixture.write("synthetic/\(index).png", png))
    }
    let plain = fixture.path("plain.edge.safetensors")
    _ = try edge(
      "quantize", weights, "--calibration", photos, "-o", plain, "--size", "64", "--resize", "64x64")
    _ = try edge("embed", plain, fixture.path("synthetic"), "-o", fixture.path("s.npy"))
    let bench = try JSON.parse(edge("bench", plain, "--runs", "1", "--json"))
    let data = try fixture.read("s.npy").dropFirst(128)
    #expect(bench["embeddings_sha256"]?.string == SHA256.hex(of: Array(data)))
  }
}
