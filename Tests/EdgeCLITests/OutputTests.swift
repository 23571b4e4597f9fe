import EdgeTool
import Foundation
import Quant
import Testing

/// Other vectors than the embedding as the network has it: layers, poolings, mirror images, other sizes and scalings.
@Suite(.serialized) struct OutputTests: PipelineSuite {
  let files: PipelineFixture

  init() throws { files = try PipelineFixture() }

  private func rows(_ name: String) throws -> EmbeddingSet {
    try EmbeddingSet(contentsOf: FilePath(fixture.path(name)))
  }

  private func meanCosine(_ text: String) throws -> Double {
    try #require(JSON.parse(text)["mean_cosine"]?.double)
  }

  @Test func writesSeveralOutputsToAFileEach() throws {
    try quantize()
    _ = try edge(
      "embed", model, photos, "-o", fixture.path("out.npy"), "--output", "embedding,logits,layer3.1:max")
    #expect(try rows("out.embedding.npy").matrix.columns == 64)
    #expect(try rows("out.logits.npy").matrix.columns == 10)
    let layer = try rows("out.layer3.1_max.npy")
    #expect(layer.matrix.columns == 32)
    #expect(layer.provenance?.output == "layer3.1:max")
    let line = try edge("embed", model, photos + "/0.png", "--output", "embedding,logits")
    let object = try #require(try JSON.parse(line).object)
    #expect(Set(object.keys) == ["path", "embedding", "logits"])
  }

  @Test(arguments: ["layer2", "layer3.0.bn1.relu:max", "embedding:gem:3", "logits"])
  func everyOutputStaysNearTheFloatOne(output: String) throws {
    try quantize()
    let text = try edge("drift", model, "--reference", weights, photos, "--output", output, "--json")
    #expect(try meanCosine(text) > 0.99, "\(output)")
  }

  @Test func aModelKeepsThePoolingItWasQuantizedWith() throws {
    try quantize("--pool", "gem:3")
    let text = try edge("drift", model, "--reference", weights, photos, "--json")
    #expect(try meanCosine(text) > 0.99)
    _ = try edge("embed", model, photos, "-o", fixture.path("a.npy"))
    _ = try edge("embed", weights, photos, "-o", fixture.path("b.npy"), "--size", "64", "--pool", "gem:3")
    _ = try edge("embed", weights, photos, "-o", fixture.path("c.npy"), "--size", "64")
    let (own, same, other) = (try rows("a.npy").matrix, try rows("b.npy").matrix, try rows("c.npy").matrix)
    #expect(zip(own[0], same[0]).reduce(0) { $0 + $1.0 * $1.1 } > 0.99)
    #expect(same[0] != other[0])
  }

  @Test func averagesAPhotoAndItsMirrorAndSearchesSo() throws {
    try quantize()
    _ = try edge("embed", model, photos, "-o", fixture.path("plain.npy"))
    _ = try edge("embed", model, photos, "-o", fixture.path("flip.npy"), "--tta", "flip")
    #expect(try rows("plain.npy").matrix[0] != rows("flip.npy").matrix[0])
    #expect(try rows("flip.npy").provenance?.augmentation == .flip)
    let found = try edge(
      "search", fixture.path("flip.npy"), photos + "/3.png", "--model", model, "--top", "1")
    #expect(found.contains("1.0000") && found.contains("3.png"))
  }

  @Test func takesInputsThatAreNotSquare() throws {
    try quantize(size: "64x96", "--resize", "64x96")
    let text = try edge("drift", model, "--reference", weights, photos, "--json")
    #expect(try meanCosine(text) > 0.99)
    #expect(try edge("inspect", model).contains("64×96"))
  }

  @Test func standardizesEachPhoto() throws {
    try quantize("--standardize", "image")
    let text = try edge("drift", model, "--reference", weights, photos, "--json")
    #expect(try meanCosine(text) > 0.99)
    // A photo's contrast and brightness no longer matter, up to the rounding of bytes.
    let bright = PNGFile.encode(height: 40, width: 48) { y, x in
      [UInt8(2 * (y + x)), UInt8(4 * y), UInt8(4 * x)]
    }
    let dark = PNGFile.encode(height: 40, width: 48) { y, x in
      [UInt8(60 + y + x), UInt8(60 + 2 * y), UInt8(60 + 2 * x)]
    }
    let (a, b) = (try fixture.write("a.png", bright), try fixture.write("b.png", dark))
    _ = try edge("embed", model, a, b, "-o", fixture.path("s.npy"))
    let rows = try rows("s.npy").matrix
    #expect(zip(rows[0], rows[1]).reduce(0) { $0 + $1.0 * $1.1 } > 0.999)
    let run = try EdgeProcess(["embed", weights, a, "--standardize", "image", "--mean", "1,2,3"])
    #expect(run.status == 2 && run.errors.contains("--standardize"))
  }

  @Test func widensTheCalibrationSetTheSameWayEachTime() throws {
    try quantize("--augment", "2", "--threads", "1")
    let first = try fixture.read("tiny.edge.safetensors")
    #expect(try edge("inspect", model).contains("6 photos, 2 random variants of each"))
    try quantize("--augment", "2", "--threads", "3")
    #expect(try fixture.read("tiny.edge.safetensors") == first)
    try quantize()
    #expect(try fixture.read("tiny.edge.safetensors") != first)
  }

  @Test func namesOutputsThatAreNotThere() throws {
    for (arguments, parts) in [
      (["--output", "layer9"], ["layer9", "edge inspect"]), (["--pool", "median"], ["median", "gem:3"]),
      (["--output", "logits:max"], ["logits", "no map"]), (["--tta", "twice"], ["--tta twice", "flip"]),
    ] {
      let run = try EdgeProcess(["embed", weights, photos, "--size", "64"] + arguments)
      #expect(run.status == 2 && run.errorLines.count == 1, "\(run.errors)")
      for part in parts { #expect(run.errors.contains(part), "\(run.errors)") }
    }
  }
}
