import EdgeTool
import Foundation
import Quant
import TestSupport
import Testing

/// Photos decoded at a fraction of their size.
@Suite(.serialized) struct FastDecodeTests: PipelineSuite {
  let files: PipelineFixture
  private let samples = ["castle-gate.jpg", "coffee.jpg", "grass.jpg"].map(ImageGoldens.samplePath)

  init() throws { files = try PipelineFixture() }

  private func embed(_ name: String, _ options: String..., environment: [String: String] = [:]) throws {
    var arguments = ["embed", model, "-o", fixture.path(name)]
    arguments += samples
    arguments += options
    let run = try EdgeProcess(arguments, environment: environment)
    #expect(run.status == 0, "\(run.errors)")
  }

  private func rows(_ name: String) throws -> EmbeddingSet {
    try EmbeddingSet(contentsOf: FilePath(fixture.path(name)))
  }

  @Test func simdChangesNoByteOfTheEmbeddings() throws {
    for size in ["16", "24", "48"] {
      try quantize(size: size)
      for option in ["--fast-decode", "--no-normalize"] {
        try embed("simd.npy", option)
        try embed("plain.npy", option, environment: ["JSIMD_FORCENONE": "1"])
        #expect(try fixture.read("simd.npy") == fixture.read("plain.npy"), "\(size) \(option)")
      }
    }
  }

  @Test func isStoredAndStaysNearTheFullDecode() throws {
    try quantize(size: "48")
    try embed("full.npy")
    try embed("fast.npy", "--fast-decode")
    let (full, fast) = (try rows("full.npy"), try rows("fast.npy"))
    #expect(full.provenance?.decoding == .full && fast.provenance?.decoding == .fast)
    for row in samples.indices {
      #expect(full.matrix[row] != fast.matrix[row])
      let cosine = zip(full.matrix[row], fast.matrix[row]).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(cosine > 0.99)
    }
  }

  @Test func isSearchedAsItWasEmbeddedAndNotMeasuredAgainstTheOther() throws {
    try quantize(size: "48")
    try embed("fast.npy", "--fast-decode")
    let found = try edge("search", fixture.path("fast.npy"), samples[1], "--model", model, "--top", "1")
    #expect(found.contains("1.0000") && found.contains("coffee.jpg"))
    let drift = ["drift", model, "--reference", fixture.path("fast.npy")] + samples
    let refused = try EdgeProcess(drift)
    #expect(refused.status == 2 && refused.errors.contains("--fast-decode"))
    let accepted = try EdgeProcess(drift + ["--fast-decode", "--min-cosine", "0.99999"])
    #expect(accepted.status == 0, "\(accepted.errors)")
  }

  @Test func leavesOtherPicturesAlone() throws {
    try quantize()
    _ = try edge("embed", model, photos, "-o", fixture.path("a.npy"))
    _ = try edge("embed", model, photos, "-o", fixture.path("b.npy"), "--fast-decode")
    #expect(try fixture.read("a.npy") == fixture.read("b.npy"))
    #expect(try edge("help", "embed").contains("--fast-decode"))
  }
}
