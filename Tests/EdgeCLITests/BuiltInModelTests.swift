import EdgeTool
import Foundation
import Quant
import Testing

/// `edge embed photo.jpg`: photos without a model.
@Suite(.serialized, .enabled(if: BuiltInModel.isPresent, "built without a built-in model"))
struct BuiltInModelTests {
  let fixture: Fixture
  let photos: String

  init() throws {
    fixture = try Fixture()
    photos = try fixture.writePhotos(3)
  }

  private func refusal(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws
    -> String
  {
    let run = try EdgeProcess(arguments)
    #expect(run.status == 2 && !run.isSignalled, "\(run.errors)", sourceLocation: sourceLocation)
    #expect(run.output.isEmpty && run.errorLines.count == 1, "\(run.errors)", sourceLocation: sourceLocation)
    return run.errors
  }

  @Test func embedsAPhotoWithoutAModel() throws {
    let line = try JSON.parse(edge("embed", photos + "/0.png"))
    #expect(line["path"]?.string == photos + "/0.png")
    let values = try #require(line["embedding"]?.array).compactMap(\.double)
    #expect(values.count == 1280)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } - 1) < 1e-5)
  }

  @Test func aFolderAListAndTheNameGiveTheSame() throws {
    let folder = try edge("embed", photos)
    #expect(folder.split(separator: "\n").count == 3)
    #expect(try edge("embed", "default", photos) == folder)
    let list = (0..<3).map { photos + "/\($0).png\n" }.joined()
    #expect(try edge("embed", "-", input: list) == folder)
    #expect(try edge("embed", "default", "-", input: list) == folder)
    #expect(try edge("embed", photos + "/0.png", photos + "/1.png", photos + "/2.png") == folder)
  }

  @Test func namesWhatIsMissingFirst() throws {
    let photo = try EdgeProcess(["embed", fixture.path("none.jpg")])
    #expect(photo.status == 2 && photo.errors.contains("none.jpg: there is no such file"), "\(photo.errors)")
    let model = try refusal("embed", fixture.path("none.edge.safetensors"), photos)
    #expect(model.contains("none.edge.safetensors: no such file"))
    let alone = try refusal("embed", fixture.path("none.edge.safetensors"))
    #expect(alone.contains("none.edge.safetensors: this is no photo, and there are none after it"))
    #expect(try refusal("embed", "default").contains("default: this is no photo"))
    #expect(try refusal("embed").contains("Missing expected argument '<photos> ...'"))
  }

  @Test func searchesItsEmbeddingsWithoutAModel() throws {
    let file = fixture.path("e.npy")
    #expect(try edge("embed", photos, "-o", file).contains("3 photos embedded, 1280 values each"))
    #expect(
      try EmbeddingSet(contentsOf: FilePath(file)).provenance?.modelSHA256 == BuiltInModel.publishedSHA256)
    let found = try edge("search", file, photos + "/2.png", "--top", "1")
    #expect(found.contains("1.0000") && found.contains("2.png"))
    #expect(try edge("search", file, photos + "/2.png", "--top", "1", "--model", "default") == found)
  }

  @Test func searchesNoOtherModelsEmbeddings() throws {
    let weights = try fixture.writeWeights()
    let file = fixture.path("e.npy")
    _ = try edge("embed", weights, photos, "-o", file, "--size", "64")
    let line = try refusal("search", file, photos)
    #expect(line.contains("tiny.safetensors") && line.contains("built-in") && line.contains("--model"))
    #expect(try refusal("search", file, photos, "--model", "default").contains("not default's"))
  }

  @Test func aFileOfItsNameIsMeantByAPath() throws {
    try fixture.writeWeights("default")
    let text = try edge("inspect", fixture.path("default"))
    #expect(text.contains("torchvision/resnet18"))
  }

  @Test func everyCommandThatRunsAModelTakesItByName() throws {
    let page = try edge("inspect", "default")
    for part in ["Apache-2.0", "efficientnet-lite0.pth", "embedding, 1 280 values", "21 photos"] {
      #expect(page.contains(part), "\(part)")
    }
    let json = try JSON.parse(edge("inspect", "default", "--json"))
    #expect(json["sha256"]?.string == BuiltInModel.publishedSHA256)
    #expect(try edge("bench", "default", "--runs", "1").contains("ms median"))
    #expect(try edge("drift", "default", "--reference", "default", photos).contains("mean 1.00000"))
    #expect(try edge("selftest", "default", "--threads", "1").contains("passed: all equal the published"))
  }

  @Test func saysWhatItCannotDo() throws {
    #expect(try refusal("classify", "default", photos).contains("logits: it has no classifier"))
    let options = try refusal("embed", photos, "--architecture", "torchvision/resnet18")
    #expect(options.contains("default: a model carries its own architecture"))
    let quantize = try refusal(
      "quantize", "default", "--calibration", photos, "-o", fixture.path("m.edge.safetensors"))
    #expect(quantize.contains("default: this is the built-in model") && quantize.contains("float weights"))
  }

  @Test func commandsThatWantAModelFirstSaySo() throws {
    let photo = photos + "/0.png"
    for arguments in [
      ["bench", photo], ["inspect", photo], ["selftest", photo], ["classify", photo, photo],
      ["drift", photo, photo, "--reference", "default"], ["drift", "default", photo, "--reference", photo],
    ] {
      let run = try EdgeProcess(arguments)
      #expect(run.status == 2 && run.errorLines.count == 1, "\(run.errors)")
      #expect(run.errors.contains("0.png: this is a photo, not a model; name a model"), "\(run.errors)")
    }
    #expect(try refusal("bench", photos).contains("this is a folder, not a model"))
  }
}
