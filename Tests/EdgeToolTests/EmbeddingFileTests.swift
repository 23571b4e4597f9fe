import EdgeTool
import Foundation
import Quant
import TestSupport
import Testing

@Suite struct EmbeddingFileTests {
  let folder = TemporaryFolder()

  static let provenance = EmbeddingProvenance(
    source: .int8Model, modelName: "m.edge.safetensors", modelSHA256: "ab12",
    architecture: "torchvision/resnet18",
    output: "embedding", isNormalized: true, recipe: ["name": "torchvision"], kernelsUsed: "scalar",
    version: "1")

  @Test func readsBackWhatItWrites() throws {
    let paths = [FilePath("a.jpg"), FilePath("line\nbreak.jpg"), FilePath([0x62, 0xff])]
    let writer = try EmbeddingWriter(folder["e.npy"], columns: 2)
    for (index, path) in paths.enumerated() { try writer.append(path, [Float(index), 0.5]) }
    #expect(folder.names.allSatisfy { $0.hasSuffix(".tmp") })
    try writer.commit(Self.provenance)
    #expect(folder.names == ["e.json", "e.npy", "e.paths.txt"])
    let set = try EmbeddingSet(contentsOf: folder["e.npy"])
    #expect(set.matrix == NpyMatrix(rows: 3, columns: 2, elements: [0, 0.5, 1, 0.5, 2, 0.5]))
    #expect(set.paths == paths && set.provenance == Self.provenance)
  }

  @Test func leavesNothingWithoutACommit() throws {
    try folder.write("e.npy", [1, 2, 3])
    do {
      let writer = try EmbeddingWriter(folder["e.npy"], columns: 1)
      try writer.append(FilePath("a"), [1])
    }
    #expect(folder.names == ["e.npy"])
    #expect(try RegularFile.read(folder["e.npy"], limit: 10) == [1, 2, 3])
  }

  @Test func refusesPathsThatAreNotTheRows() throws {
    try folder.write("e.npy", NpyMatrix(rows: 1, columns: 1, elements: [1]).fileContent)
    try folder.write("e.paths.txt", Array("a\nb\n".utf8))
    let error = try refusal { try EmbeddingSet(contentsOf: folder["e.npy"]) }
    #expect(error.description.contains("2 paths for 1 rows"))
  }

  @Test(arguments: [
    "{}", "[", "{\"format\":\"edge embeddings\",\"version\":2}",
    "{\"format\":\"edge embeddings\",\"version\":1}",
  ])
  func refusesOtherDescriptions(text: String) throws {
    try folder.write("e.npy", NpyMatrix(rows: 1, columns: 1, elements: [1]).fileContent)
    try folder.write("e.json", Array(text.utf8))
    let error = try refusal { try EmbeddingSet(contentsOf: folder["e.npy"]) }
    #expect(error.description.contains("e.json"))
  }

  @Test func comparesOnlyWhatBelongsTogether() throws {
    try Self.provenance.checkComparable(with: Self.provenance)
    var same = Self.provenance
    (same.kernelsUsed, same.version) = ("avx2", "2")
    try Self.provenance.checkComparable(with: same)
    let changes: [(inout EmbeddingProvenance) -> Void] = [
      { $0.modelSHA256 = "cd" }, { $0.output = "logits" }, { $0.isNormalized = false }, { $0.recipe = .null },
      { $0.architecture = "timm/resnet18" },
    ]
    for change in changes {
      var other = Self.provenance
      change(&other)
      #expect(throws: InputError.self) { try Self.provenance.checkComparable(with: other) }
    }
  }

  @Test func searchRanksByCosineThenRow() {
    let search = Search(NpyMatrix(rows: 5, columns: 2, elements: [0, 0, 2, 0, 1, 1, 5, 0, 0, -1]))
    let hits = search.nearest(to: [3, 0], count: 4)
    #expect(hits.map(\.index) == [1, 3, 2, 0])
    #expect(hits[0].cosine == 1 && hits[3].cosine == 0)
    #expect(search.nearest(to: [3, 0], count: 9).map(\.index) == [1, 3, 2, 0, 4])
  }

  @Test func normalizesToLengthOne() {
    #expect(Normalization.l2([3, 4]) == [0.6, 0.8])
    #expect(Normalization.l2([0, 0]) == nil)
    #expect(Normalization.l2([0x1p-149, 0]) == [1, 0])
  }
}
