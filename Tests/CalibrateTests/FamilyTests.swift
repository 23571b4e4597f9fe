import Calibrate
import Foundation
import Int8Kernels
import Quant
import TestSupport
import Testing

/// Every family's narrow members: the graph as imported, and as Int8.
@Suite struct FamilyTests {
  static let narrow = [
    "mobilenet_v2-quarter", "mobilenet_v2-shallow", "timm-mobilenetv2_050", "mobilenet_v3_large-quarter",
    "mobilenet_v3_small-embedding", "timm-mobilenetv3_small_050", "timm-tf_mobilenetv3_small_minimal_100",
    "mnasnet-quarter", "timm-mnasnet_050", "googlenet-quarter", "inception_v3-quarter",
    "timm-inception_v3-quarter", "resnext14-8x8d", "timm-resnet10t", "timm-resnet14c",
    "timm-seresnext14d_32x4d", "densenet-narrow", "timm-densenet-narrow", "efficientnet_v2-narrow",
    "efficientnet_v2-narrow-seven", "timm-tf_efficientnetv2-narrow", "timm-efficientnetv2_rw-narrow",
  ]

  /// The imported graph as it is, by the plain definitions; the float reference folds and fuses it.
  @Test(arguments: narrow)
  func equalsTheFrameworkByPlainDefinitions(id: String) throws {
    let golden = try GoldenCase.named(id)
    let run = try golden.smallestRun()
    let network = try golden.network(run.size)
    let outputs = try PlainEvaluator(graph: network.graph).outputs(of: golden.input(run.size, of: network))
    #expect(relativeError(try #require(outputs["embedding"]), try golden.golden(run, "embedding")) <= 1e-4)
  }

  /// Networks that are not trained multiply the noise of a layer by the number of layers: the shallower of each family.
  static let shallow = [
    "mobilenet_v2-shallow", "mobilenet_v3_small-embedding", "timm-tf_mobilenetv3_small_minimal_100",
    "mnasnet-quarter", "googlenet-quarter", "inception_v3-quarter",
    "resnext14-8x8d", "timm-resnet10t", "timm-seresnext14d_32x4d", "densenet-narrow",
    "efficientnet_v2-narrow",
  ]

  @Test(arguments: shallow)
  func becomesAnInt8Model(id: String) throws {
    let golden = try GoldenCase.named(id)
    let size = try golden.smallestRun().size
    let network = try golden.network(size).prepared()
    let photos = Photos(count: 8) { Seeded.picture(size, " \($0)") }
    let pool = WorkerPool(threads: 2)
    let ranges = try Calibrator(network: network).ranges(photos: photos, pool: pool)
    let model = try Quantizer(network: network, ranges: ranges).quantize(
      provenance: Provenance(architecture: network.architecture, sourceName: id, sourceSHA256: ""))
    let engine = try Engine(model: model, pool: pool)
    let session = engine.makeSession()
    let interpreter = try FloatInterpreter(graph: network.graph)
    let input = try NetworkInput(network.recipe)
    var signal: Double = 0
    var noise: Double = 0
    for index in 0..<photos.count {
      let pixels = try photos.pixels(index)
      pixels.withUnsafeBufferPointer { session.run($0, count: 1) }
      let embedding = try session.output("embedding", image: 0)
      let reference = try #require(try interpreter.run(input.map(pixels))["embedding"])
      for (quantized, exact) in zip(embedding, reference) {
        signal += Double(exact) * Double(exact)
        noise += Double(exact - quantized) * Double(exact - quantized)
      }
    }
    // 20 dB: a hundred times more signal than noise.
    #expect(noise > 0 && signal >= 100 * noise, "\(signal / noise)")
  }
}

/// What a wrong guess of each family would cost.
@Suite struct FamilyDetailTests {
  @Test func mobileNetV2NeedsItsReLU6AndEpsilon() throws {
    let golden = try GoldenCase.named("mobilenet_v2-quarter")
    #expect(try golden.error { $0.operation } <= 1e-4)
    #expect(try golden.error(with: .relu, for: .relu6) > 1e-2)
    #expect(try golden.error(withEpsilon: 1e-3) > 2e-4)
  }

  @Test func mobileNetV3NeedsItsFunctionsAndEpsilon() throws {
    let golden = try GoldenCase.named("mobilenet_v3_large-quarter")
    #expect(try golden.error { $0.operation } <= 1e-4)
    #expect(try golden.error(with: .relu, for: .hardSwish) > 1e-2)
    #expect(try golden.error(with: .hardSwish, for: .relu) > 1e-2)
    #expect(try golden.error(with: .sigmoid, for: .hardSigmoid) > 1e-3)
    #expect(try golden.error(withEpsilon: 1e-5) > 2e-4)
  }

  @Test func tensorFlowsMobileNetV3NeedsItsPadding() throws {
    let golden = try GoldenCase.named("timm-tf_mobilenetv3_large_075")
    let run = try golden.smallestRun()
    let network = try ArchitectureImporter.network(
      from: golden.state(), architecture: "timm/mobilenetv3_large_075", inputSize: run.size)
    let outputs = try FloatInterpreter(graph: network.graph).run(Seeded.input(run.size))
    #expect(
      relativeError(try #require(outputs["embedding"]), try golden.golden(run, "embedding")) > 1e-2)
  }

  @Test func mnasNetNeedsItsReLUAndEpsilon() throws {
    let golden = try GoldenCase.named("mnasnet-quarter")
    #expect(try golden.error { $0.operation } <= 1e-4)
    #expect(try golden.error(with: .relu6, for: .relu) > 1e-2)
    #expect(try golden.error(withEpsilon: 1e-3) > 2e-4)
  }

  @Test func googLeNetNeedsCeilingPoolsAndEpsilon() throws {
    let golden = try GoldenCase.named("googlenet-quarter")
    #expect(try golden.error(withEpsilon: 1e-5) > 2e-4)
    let floor = try golden.error { node in
      guard case .maxPool(var pooling) = node.operation, pooling.stride == Size2D(2) else {
        return node.operation
      }
      pooling.padding = .none
      return .maxPool(pooling)
    }
    #expect(floor > 1e-2)
  }

  @Test func inceptionNeedsCountedPaddingAndEpsilon() throws {
    let golden = try GoldenCase.named("inception_v3-quarter")
    #expect(try golden.error(withEpsilon: 1e-5) > 2e-4)
    let uncounted = try golden.error { node in
      guard case .averagePool(let pooling, _) = node.operation else { return node.operation }
      return .averagePool(pooling, countsPadding: false)
    }
    #expect(uncounted > 1e-2)
  }

  /// The recipe stands for torchvision's `transform_input`; without it the input has another mean and deviation.
  @Test(arguments: ["googlenet", "inception_v3"])
  func transformInputMatters(id: String) throws {
    let golden = try GoldenCase.named(id)
    let run = try golden.smallestRun()
    let network = try golden.network(run.size)
    #expect(network.recipe.mean == [0.5, 0.5, 0.5] && network.recipe.deviation == [0.5, 0.5, 0.5])
    #expect(network.assumptions.contains { $0.contains("transform_input") })
    #expect(
      network.assumptions.contains { $0.hasPrefix("training: ") && $0.contains("auxiliary classifiers") })
    let outputs = try FloatInterpreter(graph: network.prepared().graph).run(Seeded.input(run.size))
    #expect(
      relativeError(try #require(outputs["embedding"]), try golden.golden(run, "embedding")) > 1e-2)
  }

  /// Padding that counted would darken the last row and column of the odd maps.
  @Test func averagedShortcutsNeedTheirCeilingPools() throws {
    let golden = try GoldenCase.named("timm-resnet10t")
    let counted = try golden.error { node in
      guard case .averagePool(let pooling, _) = node.operation else { return node.operation }
      return .averagePool(pooling, countsPadding: true)
    }
    #expect(counted > 1e-2)
  }

  @Test func groupsAreReadFromTheShapes() throws {
    let golden = try GoldenCase.named("timm-seresnext14d_32x4d")
    let network = try golden.network(golden.smallestRun().size)
    let groups = network.graph.nodes.compactMap { node in
      if case .convolution(let convolution) = node.operation { convolution.groups } else { nil }
    }
    #expect(Set(groups) == [1, 32])
  }

  @Test func denseNetNeedsItsEpsilon() throws {
    let golden = try GoldenCase.named("densenet-narrow")
    #expect(try golden.error { $0.operation } <= 1e-4)
    #expect(try golden.error(withEpsilon: 1e-3) > 2e-4)
  }

  /// torchvision's published files have `norm.1` where its code has `norm1`.
  @Test func denseNetsFirstNamesAreTheSameNetwork() throws {
    let golden = try GoldenCase.named("densenet-narrow")
    let run = try golden.smallestRun()
    let state = try golden.state()
    var renamed = StateDictionary()
    for name in state.names {
      var old = name
      for kind in ["norm", "conv"] where name.contains("denselayer") {
        for number in ["1", "2"] {
          old = old.replacingOccurrences(of: ".\(kind)\(number).", with: ".\(kind).\(number).")
        }
      }
      renamed.set(old, try #require(state[name]))
    }
    #expect(renamed.names != state.names)
    let network = try ArchitectureImporter.network(from: renamed, inputSize: run.size)
    let outputs = try FloatInterpreter(graph: network.prepared().graph).run(Seeded.input(run.size))
    #expect(
      relativeError(try #require(outputs["embedding"]), try golden.golden(run, "embedding")) <= 1e-4)
  }

  @Test func efficientNetV2NeedsItsEpsilonAndPadding() throws {
    let torchvision = try GoldenCase.named("efficientnet_v2-narrow")
    #expect(try torchvision.error { $0.operation } <= 1e-4)
    #expect(try torchvision.error(withEpsilon: 1e-5) > 2e-4)
    #expect(try torchvision.error(with: .relu, for: .silu) > 1e-2)
    let symmetric = try GoldenCase.named("timm-tf_efficientnetv2-narrow").error { node in
      guard case .convolution(var convolution) = node.operation else { return node.operation }
      convolution.padding = Padding((convolution.kernel.height - 1) / 2)
      return .convolution(convolution)
    }
    #expect(symmetric > 1e-2)
  }
}
