import EdgeTool
import Foundation
import Int8Kernels
import Quant
import TestSupport
import Testing

/// The model inside the program against what `scripts/make-default-model` wrote beside it.
@Suite(.enabled(if: BuiltInModel.isPresent, "built without a built-in model")) struct BuiltInModelTests {
  /// Fails too where the program was not built again after another model came in.
  @Test func isTheModelThatTheScriptMade() throws {
    let model = try StoredModel.builtIn
    #expect(model.sha256 == BuiltInModel.publishedSHA256)
    #expect(model.byteCount < 4_000_000)
  }

  @Test func computesEmbeddingsAlone() throws {
    let model = try StoredModel.builtIn.model
    #expect(model.graph.outputs.map(\.name) == ["embedding"])
    #expect(model.graph.shapes[model.graph.outputs[0].value].elementCount == 1280)
    // What a classifier alone would read is not there either.
    #expect(!model.graph.nodes.contains { if case .dense = $0.operation { true } else { false } })
  }

  @Test func saysWhereItIsFrom() throws {
    let provenance = try StoredModel.builtIn.model.provenance
    #expect(provenance.architecture == "efficientnet-lite/efficientnet-lite0")
    #expect(provenance.licence.contains("Apache-2.0"))
    // A name, not the path of whoever made it.
    #expect(provenance.sourceName == "efficientnet-lite0.pth")
    #expect(
      provenance.sourceSHA256 == "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db")
  }

  @Test func everyKernelSetGivesThePublishedOutputs() throws {
    let test = try SelfTest(BuiltInModel.name)
    #expect(test.expected == BuiltInModel.publishedOutputsSHA256)
    #expect(test.passes(try test.checks(maximumThreads: 2)))
  }

  /// From the photos' files on; the pinned bytes are those of `edge embed Samples/evaluation -o …npy`.
  @Test(arguments: KernelSet.tested)
  func embedsTheSamplePhotosToThePublishedBytes(_ set: KernelSet) throws {
    let list = try PhotoList([Self.samples])
    try #require(list.paths.count == 23)
    let file = try NetworkFile(BuiltInModel.name, weights: WeightsRequest(), kernels: set, alone: true)
    let embedder = try PhotoEmbedder(file.network, outputs: ["embedding"], pool: WorkerPool(threads: 2))
    var hash = SHA256()
    try embedder.run(list.paths) { result in
      let row = try #require(Normalization.l2(result.vectors.get()[0]))
      hash.update(row.littleEndianBytes)
    }
    #expect(SHA256.hex(hash.finalize()) == BuiltInModel.publishedSamplesSHA256)
  }

  private static let samples = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Samples/evaluation").path
}

@Suite struct ModelArgumentTests {
  private let folder = TemporaryFolder()

  private func photo(_ name: String, _ bytes: [UInt8]) throws -> ModelArgument.Photo? {
    ModelArgument.Photo(try folder.write(name, bytes))
  }

  @Test func tellsPhotosByTheirContent() throws {
    let jpeg: [UInt8] = [0xff, 0xd8, 0xff, 0xe0]
    let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    #expect(try photo("a", jpeg) == .photo)
    #expect(try photo("b.pth", png) == .photo)
    // A safetensors file may begin like a BMP picture: its header's length.
    #expect(try photo("c", Array("BM".utf8) + [0, 0, 0, 0, 0, 0] + Array("{}".utf8)) == nil)
    #expect(try photo("d.pth", Array("PK".utf8)) == nil)
    #expect(try photo("e", []) == nil)
  }

  @Test func tellsWhatIsNotThereOrNoPictureByItsName() throws {
    #expect(ModelArgument.Photo(folder["none.JPG"]) == .photo)
    #expect(ModelArgument.Photo(folder["none.pth"]) == nil)
    #expect(try photo("a.heic", Array("....ftypheic".utf8)) == .photo)
    #expect(ModelArgument.Photo(folder.path) == .folder)
    #expect(ModelArgument.Photo(FilePath("-")) == .list)
  }

  @Test func splitsModelFromPhotos() throws {
    let photo = try folder.write("a.jpg", [0xff, 0xd8, 0xff]).text
    let bare = ModelArgument.split([photo, "b.jpg"])
    #expect(bare.model == BuiltInModel.name && bare.photos == [photo, "b.jpg"])
    let named = ModelArgument.split(["m.edge.safetensors", photo])
    #expect(named.model == FilePath("m.edge.safetensors") && named.photos == [photo])
    let byName = ModelArgument.split(["default", photo])
    #expect(byName.model == BuiltInModel.name && byName.photos == [photo])
    #expect(ModelArgument.split(["./default", photo]).model == FilePath("./default"))
  }
}
