import Calibrate
import Quant
import Testing

/// What is recognized, and what is assumed.
@Suite struct ArchitectureTests {
  @Test(arguments: [
    ("torchvision-resnet18", "torchvision/resnet18", 224),
    ("torchvision-resnet50", "torchvision/resnet50", 224),
    ("resnext50_32x4d", "torchvision/resnext50_32x4d", 224),
    ("torchvision-efficientnet_b0", "torchvision/efficientnet_b0", 224),
    ("sequential-resnet18", "torchvision/resnet18", 224), ("narrow-resnet34", "torchvision/resnet34", 224),
    ("timm-efficientnet_b0", "timm/efficientnet_b0", 224),
    ("timm-tf_efficientnet_lite0", "timm/tf_efficientnet_lite0", 224),
    ("efficientnet-pytorch-b0", "efficientnet-pytorch/efficientnet-b0", 224),
    ("efficientnet-lite-lite1", "efficientnet-lite/efficientnet-lite1", 240),
    ("efficientnet-pytorch-narrow", "efficientnet-pytorch/efficientnet", 224),
  ])
  func recognizesNameAndSize(id: String, architecture: String, size: Int) throws {
    let network = try ArchitectureImporter.network(from: try GoldenCase.named(id).state())
    #expect(network.architecture == architecture)
    #expect(network.recipe.inputSize == Size2D(size))
    #expect(network.graph.inputShape == .map(height: size, width: size, channels: 3))
    #expect(network.assumptions.contains { $0.hasPrefix("architecture: \(architecture)") })
  }

  @Test(arguments: 0..<8)
  func knowsEveryScaledVariant(index: Int) throws {
    let network = try ArchitectureImporter.network(from: scaledTorchvision(index))
    #expect(network.architecture == "torchvision/efficientnet_b\(index)")
    #expect(network.recipe.inputSize == Size2D([224, 240, 288, 300, 380, 456, 528, 600][index]))
    #expect(epsilons(network) == [index >= 5 ? 1e-3 : 1e-5])
  }

  private func epsilons(_ network: FloatNetwork) -> Set<Float> {
    Set(
      network.graph.nodes.compactMap { node in
        if case .batchNormalization(let epsilon) = node.operation { epsilon } else { nil }
      })
  }

  /// torchvision's tensors of B`index`, zero but for the variances.
  private func scaledTorchvision(_ index: Int) -> StateDictionary {
    let widths = [1, 1, 1.1, 1.2, 1.4, 1.6, 1.8, 2][index]
    let depths = [1, 1.1, 1.2, 1.4, 1.8, 2.2, 2.6, 3.1][index]
    func scaled(_ channels: Int) -> Int {
      let exact = Double(channels) * widths
      let rounded = max(8, Int(exact + 4) / 8 * 8)
      return Double(rounded) < 0.9 * exact ? rounded + 8 : rounded
    }
    var state = StateDictionary()
    func add(_ convolution: String, _ norm: String, _ shape: [Int]) {
      state.set(
        "\(convolution).weight",
        FloatTensor(shape: shape, elements: .init(repeating: 0, count: shape.reduce(1, *))))
      for suffix in ["weight", "bias", "running_mean", "running_var"] {
        state.set(
          "\(norm).\(suffix)", FloatTensor(shape: [shape[0]], elements: .init(repeating: 1, count: shape[0])))
      }
    }
    func pair(_ name: String, _ shape: [Int]) { add("\(name).0", "\(name).1", shape) }
    var channels = scaled(32)
    pair("features.0", [channels, 3, 3, 3])
    let stages = [
      (3, 1, 16, 1), (3, 6, 24, 2), (5, 6, 40, 2), (3, 6, 80, 3), (5, 6, 112, 3), (5, 6, 192, 4),
      (3, 6, 320, 1),
    ]
    for (stage, (kernel, ratio, outputs, depth)) in stages.enumerated() {
      for block in 0..<Int((Double(depth) * depths).rounded(.up)) {
        let name = "features.\(stage + 1).\(block).block"
        let middle = channels * ratio
        var next = 0
        if ratio > 1 {
          pair("\(name).0", [middle, channels, 1, 1])
          next = 1
        }
        pair("\(name).\(next)", [middle, 1, kernel, kernel])
        let squeezed = max(1, channels / 4)
        for (layer, shape) in [("fc1", [squeezed, middle, 1, 1]), ("fc2", [middle, squeezed, 1, 1])] {
          let prefix = "\(name).\(next + 1).\(layer)"
          state.set(
            "\(prefix).weight",
            FloatTensor(shape: shape, elements: .init(repeating: 0, count: shape.reduce(1, *))))
          state.set(
            "\(prefix).bias", FloatTensor(shape: [shape[0]], elements: .init(repeating: 0, count: shape[0])))
        }
        channels = scaled(outputs)
        pair("\(name).\(next + 2)", [channels, middle, 1, 1])
      }
    }
    pair("features.8", [4 * channels, channels, 1, 1])
    return state
  }
}

/// Heads: what is the embedding and what a classifier.
@Suite struct ArchitectureHeadTests {
  private func widths(_ network: FloatNetwork) -> [String: Int] {
    Dictionary(
      uniqueKeysWithValues: network.graph.outputs.map { ($0.name, network.graph.shapes[$0.value].channels) })
  }

  @Test func stripsALoneLinear() throws {
    let network = try ArchitectureImporter.network(
      from: try GoldenCase.named("torchvision-efficientnet_b0").state())
    #expect(widths(network) == ["embedding": 1280, "logits": 1])
    #expect(network.assumptions.contains { $0.contains("classifier.1 (1280 → 1)") })
  }

  @Test func keepsALinearWithReLU() throws {
    let state = try GoldenCase.named("narrow-resnet-linear-relu").state()
    let network = try ArchitectureImporter.network(from: state)
    #expect(widths(network) == ["embedding": 32])
    #expect(network.assumptions.contains { $0.hasPrefix("head: fc.0 with a ReLU") })
    let asClassifier = try ArchitectureImporter.network(from: state, head: .classifier)
    #expect(widths(asClassifier) == ["embedding": 512, "logits": 32])
    let asLinear = try ArchitectureImporter.network(from: state, head: .linear)
    #expect(widths(asLinear) == ["embedding": 32])
    #expect(asLinear.graph.nodes.count == network.graph.nodes.count - 1)
  }

  @Test func embedsBeforeTheLastOfSeveral() throws {
    let network = try ArchitectureImporter.network(from: try GoldenCase.named("narrow-resnet-mlp").state())
    #expect(widths(network) == ["embedding": 32, "logits": 10])
  }

  @Test func acceptsNoHead() throws {
    let network = try ArchitectureImporter.network(
      from: try GoldenCase.named("narrow-resnet-headless").state())
    #expect(widths(network) == ["embedding": 512])
  }

  @Test func acceptsABackbonePrefixAndANamedProjection() throws {
    let original = try GoldenCase.named("narrow-resnet-headless").state()
    var state = StateDictionary()
    for name in original.names { state.set("model.backbone.\(name)", try #require(original[name])) }
    state.set(
      "model.projection.weight", FloatTensor(shape: [8, 512], elements: .init(repeating: 0, count: 4096)))
    #expect(widths(try ArchitectureImporter.network(from: state)) == ["embedding": 8])
  }
}
