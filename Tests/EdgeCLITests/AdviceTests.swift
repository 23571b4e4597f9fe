import EdgeTool
import Foundation
import Quant
import Testing

/// What `edge quantize` says may be wrong, in words and for programs; and what a model remembers of it.
@Suite(.serialized) struct AdviceTests: PipelineSuite {
  let files: PipelineFixture

  init() throws { files = try PipelineFixture() }

  private func kinds(_ json: JSON) -> [String] {
    json["advice"]?.array?.compactMap { $0["kind"]?.string } ?? []
  }

  @Test func threePhotosAreSaidToBeTooFew() throws {
    let few = (0..<3).map { photos + "/\($0).png" }
    let run = try EdgeProcess(
      ["quantize", weights, "--size", "64", "-o", model, "--calibration"] + few)
    #expect(run.status == 0)
    let note = "3 photos to calibrate on: what other photos show beyond them is cut off; give fifty or more"
    #expect(run.output.contains("note"))
    #expect(run.output.contains(note), "\(run.output)")
    #expect(try edge("inspect", model).contains(note))
    #expect(kinds(try JSON.parse(edge("inspect", model, "--json"))) == ["too_few_photos"])
  }

  @Test func programsReadKindsLayersAndFigures() throws {
    let json = try JSON.parse(quantize("--json"))
    let advice = try #require(json["advice"]?.array?.first)
    #expect(kinds(json) == ["too_few_photos"])
    #expect(advice["figures"]?["photos"]?.int == 6)
    #expect(advice["layers"]?.array?.isEmpty == true)
    #expect(advice["remedy"]?.string?.contains("--augment") == true)
  }

  @Test func nothingIsSaidOfAGoodQuantization() throws {
    let many = try Fixture()
    let folder = try many.writePhotos(16)
    let text = try edge(
      "quantize", weights, "--size", "64", "--corrections", "none", "-o", model, "--calibration", folder)
    #expect(!text.contains("note"), "\(text)")
    #expect(try JSON.parse(edge("inspect", model, "--json"))["advice"] == .null)
  }

  @Test func aWideRangeIsNamedWithItsLayerAndRemedy() throws {
    let ranges = fixture.path("ranges.json")
    _ = try edge("calibrate", weights, "--images", photos, "-o", ranges, "--size", "64")
    let json = try JSON.parse(fixture.read("ranges.json"))
    var members = try #require(json.object)
    var maps = try #require(members["maps"]?.object)
    var map = try #require(maps["layer2.0.conv1"]?.object ?? maps["layer2.0.bn1.relu"]?.object)
    for end in ["lower", "upper"] {
      map[end] = .array(try #require(map[end]?.array).compactMap(\.double).map { .number($0 * 50) })
    }
    let name = maps["layer2.0.conv1"] == nil ? "layer2.0.bn1.relu" : "layer2.0.conv1"
    maps[name] = .object(map)
    members["maps"] = .object(maps)
    try fixture.write("wide.json", Array(JSON.object(members).text().utf8))
    let text = try quantize("--ranges", fixture.path("wide.json"), "--corrections", "none")
    #expect(text.contains("ranges far wider than usual: \(name) ("), "\(text)")
    #expect(text.contains("without --ranges"))
  }
}
