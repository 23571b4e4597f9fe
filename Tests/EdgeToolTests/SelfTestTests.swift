import EdgeTool
import Int8Kernels
import Quant
import Testing

@Suite struct SelfTestTests {
  /// The promise itself: on whatever CPU this runs, with every kernel set it has.
  @Test func thisComputerGivesThePublishedBytes() throws {
    let test = try SelfTest()
    let checks = try test.checks(maximumThreads: 3)
    #expect(test.passes(checks))
    #expect(Set(checks.map(\.kernels)) == Set(KernelSet.available))
    #expect(checks.contains { $0.threads == 3 && $0.batch == 8 })
  }

  @Test func noticesOneChangedWeight() throws {
    var model = try SelfTest().model
    let index = try #require(
      model.graph.nodes.firstIndex { if case .convolution = $0.parameters { true } else { false } })
    guard case .convolution(var convolution) = model.graph.nodes[index].parameters else { return }
    convolution.bias[0] &+= 4096
    model.graph.setParameters(.convolution(convolution), ofNode: index)
    let changed = SelfTest(model: model)
    let checks = try changed.checks(maximumThreads: 1)
    #expect(changed.passes(checks))
    #expect(checks.allSatisfy { $0.sha256 != SelfTest.published })
  }

  @Test func aModelComputesOnlyTheOutputsItIsReducedTo() throws {
    let model = try SelfTest().model
    let reduced = try model.reduced(to: ["embedding"])
    #expect(reduced.graph.outputs.map(\.name) == ["embedding"])
    #expect(reduced.graph.nodes.count < model.graph.nodes.count)
    #expect(reduced.quantization.count == reduced.graph.shapes.count)
    let pixels = SyntheticImage.pixels(0, size: model.recipe.inputSize)
    let whole = try Engine(model: model).makeSession().run(pixels)
    #expect(try Engine(model: reduced).makeSession().run(pixels) == whole)
    #expect(throws: InputError.self) { try model.reduced(to: ["nothing"]) }
  }
}
