import EdgeTool
import Int8Kernels
import Quant
import Testing

@Suite struct InspectTests {
  /// What is shown is what an engine with any number of threads has in its plan.
  @Test(arguments: KernelSet.available)
  func showsTheKernelsThatTheEngineRuns(_ set: KernelSet) throws {
    let model = try SelfTest().model
    let engine = try Engine(model: model, kernels: set, pool: WorkerPool(threads: 2))
    let page = try ModelDescription(model: model, kernels: set, sha256: "", byteCount: 0)
    #expect(page.json["kernels_used"]?.string == set.rawValue)
    let shown = try #require(page.json["layers"]?.array)
    #expect(shown.count == model.graph.nodes.count)
    for layer in engine.layers {
      for node in layer.nodes {
        #expect(shown[node]["kernel"]?.string == layer.kernel)
        #expect(shown[node]["kernel_reason"]?.string == layer.reason)
      }
      #expect(page.text.contains(layer.kernel))
      #expect(layer.reason.isEmpty || page.text.contains(layer.reason))
    }
  }

  @Test(arguments: KernelSet.available)
  func everyMicroKernelHasAReasonAndIsOfTheSetOrAPlainerOne(_ set: KernelSet) throws {
    let layers = try Engine(model: SelfTest().model, kernels: set).layers
    for layer in layers {
      let names = layer.kernel.split(separator: " ").filter { $0.hasPrefix("i8k_") }
      #expect(names.isEmpty == layer.reason.isEmpty, "\(layer)")
      for name in names {
        #expect(set.withFallbacks.contains { name.hasSuffix("__\($0.rawValue)") }, "\(name)")
      }
    }
    #expect(layers.contains { $0.reason.hasPrefix("expansion and depthwise fused") })
  }

  @Test func namesTheActivationKernelToo() throws {
    let layers = try Engine(model: SelfTest().model, kernels: .scalar).layers
    #expect(layers.contains { $0.kernel.hasSuffix("+ i8k_activation_s16__scalar") })
  }
}
