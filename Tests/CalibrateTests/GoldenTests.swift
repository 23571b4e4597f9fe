import Calibrate
import Foundation
import Quant
import Testing

private func exact(_ x: Float) -> Float { Float(Foundation.exp(Double(x))) }
func exponential(_ x: Float) -> Float { exact(x) }

/// The importer's networks against the frameworks themselves (Tests/Goldens/torch).
@Suite struct GoldenTests {
  private func evaluate(
    _ golden: GoldenCase, _ state: StateDictionary, _ architecture: String?, _ size: Size2D
  ) throws -> [String: [Float]] {
    let network = try ArchitectureImporter.network(from: state, architecture: architecture, inputSize: size)
    return try FloatInterpreter(graph: network.prepared().graph).run(golden.input(size, of: network))
  }

  @Test func hasCases() {
    #expect(GoldenCase.all.count >= 18)
    #expect(Set(GoldenCase.all.map(\.id)).count == GoldenCase.all.count)
  }

  @Test(arguments: GoldenCase.all)
  func equalsTheFramework(golden: GoldenCase) throws {
    let state = try golden.state()
    for run in golden.runs {
      let outputs = try evaluate(golden, state, golden.architecture, run.size)
      let embedding = try #require(outputs["embedding"])
      let expected = try golden.golden(run, "embedding")
      #expect(relativeError(embedding, expected) <= 1e-4, "\(golden.id) \(run.size)")
      #expect(cosine(embedding, expected) > 0.999_999_9)
      #expect((outputs["logits"] != nil) == run.hasLogits)
      if run.hasLogits {
        #expect(relativeError(try #require(outputs["logits"]), try golden.golden(run, "logits")) <= 1e-4)
      }
    }
  }

  /// The imported graph as it is, by the plain definitions; the float reference folds and fuses it.
  @Test(arguments: [
    "timm-tf_efficientnet_b0", "efficientnet-lite-lite0", "caffe-resnet50", "narrow-resnet-mlp",
  ])
  func equalsTheFrameworkByPlainDefinitions(id: String) throws {
    let golden = try GoldenCase.named(id)
    let run = try #require(golden.runs.last)
    let network = try ArchitectureImporter.network(
      from: try golden.state(), architecture: golden.architecture, inputSize: run.size)
    let outputs = try PlainEvaluator(graph: network.graph).outputs(of: Seeded.input(run.size))
    #expect(relativeError(try #require(outputs["embedding"]), try golden.golden(run, "embedding")) <= 1e-4)
  }

  /// Each of these reads the same tensors under another framework's conventions.
  @Test(arguments: [
    ("timm-tf_efficientnet_b0", "timm/efficientnet_b0"),  // padding and epsilon
    ("timm-efficientnet_b0", "timm/tf_efficientnet_b0"),
    ("caffe-resnet50", "torchvision/resnet50"),  // stride place, pooling
    ("torchvision-resnet50", "caffe/resnet50"),
    ("efficientnet-pytorch-narrow", "timm/tf_efficientnet"),  // a residual in a stage's first block
  ])
  func conventionsMatter(id: String, wrong: String) throws {
    let golden = try GoldenCase.named(id)
    let run = try #require(golden.runs.first)
    let outputs = try evaluate(golden, try golden.state(), wrong, run.size)
    #expect(relativeError(try #require(outputs["embedding"]), try golden.golden(run, "embedding")) > 1e-3)
  }

  /// One convention wrong at a time: each alone leaves the tolerance.
  @Test func paddingEpsilonAndStrideMatterAlone() throws {
    func error(_ id: String, _ change: (FloatGraph.Node) -> Quant.Operation) throws -> Float {
      try GoldenCase.named(id).error(changing: change)
    }
    #expect(try error("timm-tf_efficientnet_b0") { $0.operation } <= 1e-4)
    let padding = try error("timm-tf_efficientnet_b0") { node in
      guard case .convolution(var convolution) = node.operation else { return node.operation }
      convolution.padding = Padding((convolution.kernel.height - 1) / 2)
      return .convolution(convolution)
    }
    #expect(padding > 1e-4)
    let epsilon = try error("timm-tf_efficientnet_b0") { node in
      guard case .batchNormalization = node.operation else { return node.operation }
      return .batchNormalization(epsilon: 1e-5)
    }
    #expect(epsilon > 1e-4)
    let stride = try error("torchvision-resnet50") { node in
      guard case .convolution(var convolution) = node.operation, node.name.hasPrefix("layer"),
        node.name.contains(".0.conv"), !node.name.hasPrefix("layer1")
      else { return node.operation }
      if node.name.hasSuffix("conv1") { convolution.stride = Size2D(2) }
      if node.name.hasSuffix("conv2") { convolution.stride = Size2D(1) }
      return .convolution(convolution)
    }
    #expect(stride > 1e-4)
  }
}
