import EdgeTool
import Foundation
import Quant
import TestSupport
import Testing

/// `edge drift` with a tiny network: what it prints, what its page holds, and what it refuses.
@Suite(.serialized) struct DriftTests: PipelineSuite {
  let files: PipelineFixture

  init() throws {
    files = try PipelineFixture()
    try quantize()
  }

  private static func schema() throws -> JSONSchema {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Docs/schema/drift.schema.json")
    return JSONSchema(try JSON.parse(Array(Data(contentsOf: path))))
  }

  private func drift(_ arguments: String...) throws -> JSON {
    let run = try EdgeProcess(["drift", "--json"] + arguments)
    #expect(run.status == 0, "\(run.errors)")
    return try JSON.parse(run.output)
  }

  /// Embeddings of the photos by the model and by the weights.
  private func embed() throws -> (own: String, float: String) {
    let (own, float) = (fixture.path("own.npy"), fixture.path("float.npy"))
    _ = try edge("embed", model, photos, "-o", own)
    _ = try edge("embed", weights, photos, "-o", float, "--size", "64")
    return (own, float)
  }

  private func refusal(_ arguments: String...) throws -> String {
    let run = try EdgeProcess(["drift"] + arguments)
    #expect(run.status == 2 && !run.isSignalled && run.output.isEmpty && run.errorLines.count == 1)
    return run.errors
  }

  @Test func everyKindOfMeasurementIsAsTheSchemaSays() throws {
    let schema = try Self.schema()
    let (own, float) = try embed()
    let all = [
      try drift(model, "--reference", weights, photos), try drift(model, "--reference", model, photos),
      try drift(weights, "--reference", weights, photos, "--size", "64"),
      try drift(model, "--reference", float, photos), try drift(own, "--reference", float),
      try drift(model, "--reference", weights, photos, "--output", "layer2"),
    ]
    for json in all {
      #expect(schema.faults(json) == [])
      #expect(json["photos"]?.int == 6 && json["similarities"]?["pairs"]?.int == 15)
    }
    #expect(
      all.map { ($0["layers"]?.array?.count ?? 0) > 10 } == [true, false, false, false, false, true])
    #expect(all[5]["output"]?.string == "layer2")
  }

  /// The validator itself: what it accepts everywhere would prove nothing.
  @Test func theSchemaRefusesWhatIsNotOfIt() throws {
    let schema = try Self.schema()
    let json = try drift(model, "--reference", weights, photos)
    func faults(_ key: String, _ value: JSON?) -> [String] {
      var members = json.object ?? [:]
      members[key] = value
      return schema.faults(.object(members))
    }
    #expect(faults("mean_cosine", nil).count == 1 && faults("mean_cosine", "0.9").count == 1)
    #expect(faults("recall_at_1", 1.5).count == 1 && faults("more", 1).count == 1)
    #expect(faults("verdict", "fine").count == 1)
    #expect(faults("layers", [["name": "x"]]).count == 15)
  }

  @Test func layersHaveBothErrorsAndTheirRanges() throws {
    let json = try drift(model, "--reference", weights, photos)
    let layers = try #require(json["layers"]?.array)
    for layer in layers {
      let channels = try #require(layer["channels"]?.int)
      #expect(layer["channel_observed_lowest"]?.array?.count == channels)
      let isMap = layer["saturated_share"] != .null
      #expect(layer["channel_representable_highest"]?.array?.count == (isMap ? channels : nil))
    }
    let first = try #require(layers.first)
    #expect(
      first["sqnr_db"] == first["isolated_sqnr_db"]
        && first["operation"]?.string == "convolution 7×7 /2, relu")
    #expect(first["channel_largest_weight"]?.array?.count == first["channels"]?.int)
    let later = layers.filter { $0["sqnr_db"]?.double ?? 99 < $0["isolated_sqnr_db"]?.double ?? 0 }
    #expect(later.count > layers.count / 2, "errors accumulate")
    let text = try edge("drift", model, "--reference", weights, photos, "--verbose")
    for part in ["recall@1 ", "recall@5 ", "recall@10 ", "in the model", "by itself", "verdict"] {
      #expect(text.contains(part), "\(part)")
    }
    for layer in layers { #expect(text.contains(layer["name"]?.string ?? "?")) }
  }

  @Test func twoEmbeddingsFilesAreComparedWithoutPhotos() throws {
    let (own, float) = try embed()
    let files = try drift(own, "--reference", float)
    let photos = try drift(model, "--reference", weights, photos)
    for key in ["mean_cosine", "min_cosine"] {
      let difference = (files[key]?.double ?? 0) - (photos[key]?.double ?? 9)
      #expect(abs(difference) < 1e-6, "\(key)")
    }
    #expect(files["recall_at_5"] == photos["recall_at_5"])
    #expect(files["model_source"]?["made_by"]?.string == "tiny.edge.safetensors")
    let sum = SHA256.hex(of: try fixture.read("own.npy"))
    #expect(files["model_source"]?["sha256"]?.string == sum)
  }

  @Test func rowsBelongTogetherByTheirPathsElseByTheirOrder() throws {
    let (own, _) = try embed()
    let turned = fixture.path("turned.npy")
    let order = (0..<6).reversed().map { photos + "/\($0).png" }
    _ = try edge("embed", model, "-", "-o", turned, input: order.joined(separator: "\n"))
    let byPath = try drift(own, "--reference", turned)
    #expect(try #require(byPath["min_cosine"]?.double) > 0.999_999)
    try FileManager.default.removeItem(atPath: fixture.path("turned.paths.txt"))
    let byOrder = try drift(own, "--reference", turned)
    #expect(try #require(byOrder["min_cosine"]?.double) < 0.999)
    try FileManager.default.removeItem(atPath: fixture.path("own.paths.txt"))
    let unnamed = try drift(own, "--reference", turned)
    #expect(unnamed["photo_cosines"]?.array?.first?["path"]?.string == "row 0")
  }

  @Test func refusesFilesThatDoNotBelongTogether() throws {
    let (own, float) = try embed()
    let logits = fixture.path("logits.npy")
    _ = try edge("embed", model, photos, "-o", logits, "--output", "logits", "--no-normalize")
    #expect(try refusal(own, "--reference", logits).contains("it holds logits, not embedding"))
    #expect(try refusal(own, "--reference", float, photos).contains("without photos"))
    #expect(try refusal(own, "--reference", weights).contains("embeddings"))
    #expect(try refusal(model, "--reference", weights).contains("there are no photos"))
    #expect(try refusal(model, "--reference", float).contains("there are no photos"))
    let fast = fixture.path("fast.npy")
    _ = try edge("embed", model, photos, "-o", fast, "--fast-decode")
    #expect(try refusal(own, "--reference", fast).contains("decoding"))
    let fewer = fixture.path("fewer.npy")
    _ = try edge("embed", model, photos + "/0.png", "-o", fewer)
    #expect(try refusal(own, "--reference", fewer).contains("no row for"))
    try FileManager.default.removeItem(atPath: fixture.path("fewer.paths.txt"))
    #expect(try refusal(own, "--reference", fewer).contains("it has 1 row,"))
    #expect(try drift(logits, "--reference", logits)["output"]?.string == "logits")
  }

  @Test func inspectPrintsTheStoredDrift() throws {
    let text = try edge("inspect", model)
    for part in ["mean cosine", "1st percentile", "recall@1 ", "@5 ", "@10 ", "the calibration photos"] {
      #expect(text.contains(part), "\(part)")
    }
    let stored = try JSON.parse(edge("inspect", model, "--json"))["drift"]
    #expect(stored?["recall_at_1"]?.double != nil && stored?["recall_at_5"]?.double != nil)
  }

  @Test func thePageShowsWhatTheJSONSays() throws {
    let report = fixture.path("drift.html")
    let json = try drift(model, "--reference", weights, photos, "--report", report)
    let html = String(decoding: try fixture.read("drift.html"), as: UTF8.self)
    #expect(PageCheck.faults(html) == [])
    for key in ["mean_cosine", "p1_cosine", "min_cosine"] {
      #expect(html.contains(Number.fixed(try #require(json[key]?.double), 5)), "\(key)")
    }
    for layer in try #require(json["layers"]?.array) {
      #expect(html.contains(">\(layer["name"]?.string ?? "?")</bdi>"))
      if let alone = layer["isolated_sqnr_db"]?.double {
        #expect(html.contains(">\(Number.fixed(alone, 1))</td>"))
      }
    }
    #expect(html.contains("data:image/jpeg;base64,") && html.contains("alt=\"0.png\""))
    let again = fixture.path("again.html")
    _ = try drift(model, "--reference", weights, photos, "--report", again, "--threads", "1")
    #expect(try fixture.read("again.html") == fixture.read("drift.html"))
  }
}
