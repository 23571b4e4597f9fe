import Calibrate
import Quant
import Testing

/// What fits no architecture is refused by name, in one line.
@Suite struct ArchitectureRefusalTests {
  private func refusal(
    of state: StateDictionary, architecture: String? = nil, config: JSON? = nil, inputSize: Size2D? = nil
  ) -> String {
    do {
      _ = try ArchitectureImporter.network(
        from: state, architecture: architecture, config: config, inputSize: inputSize)
      return "accepted"
    } catch { return "\(error)" }
  }

  private func state(
    _ id: String = "narrow-resnet34", without dropped: String? = nil, adding: [String: [Int]] = [:]
  ) throws -> StateDictionary {
    let original = try GoldenCase.named(id).state()
    var state = StateDictionary()
    for name in original.names where name != dropped { state.set(name, try #require(original[name])) }
    for (name, shape) in adding.sorted(by: { $0.key < $1.key }) {
      state.set(name, FloatTensor(shape: shape, elements: .init(repeating: 0.5, count: shape.reduce(1, *))))
    }
    return state
  }

  @Test(arguments: [
    "bn1.running_var", "layer2.1.bn2.running_mean", "layer3.0.downsample.0.weight", "conv1.weight",
  ])
  func namesAMissingTensor(name: String) throws {
    let text = refusal(of: try state(without: name))
    #expect(text.contains("basic-block ResNet") && text.contains("1 missing: \(name)"), "\(text)")
  }

  @Test func namesAnUnexpectedTensorWithItsShape() throws {
    let text = refusal(of: try state(adding: ["layer1.0.se.fc1.weight": [2, 32, 1, 1]]))
    #expect(text.contains("1 unexpected: layer1.0.se.fc1.weight [2, 32, 1, 1]"), "\(text)")
  }

  @Test(arguments: [
    ("layer1.0.conv1.weight", [32, 32, 5, 5]), ("layer1.0.conv2.weight", [32, 31, 3, 3]),
    ("conv1.weight", [32, 1, 7, 7]), ("bn1.weight", [31]), ("fc.weight", [10, 255]),
    ("conv1.weight", [32, 3, 7]),
    ("fc.bias", [11]), ("layer1.0.conv1.weight", [0, 32, 3, 3]),
  ])
  func namesAWrongShape(name: String, shape: [Int]) throws {
    let text = refusal(of: try state(adding: [name: shape]))
    #expect(text.hasPrefix("\(name): its shape is \(shape), expected"), "\(text)")
  }

  @Test func refusesANegativeVariance() throws {
    var state = try state()
    state.set("bn1.running_var", FloatTensor(shape: [32], elements: .init(repeating: -1, count: 32)))
    #expect(refusal(of: state).contains("bn1.running_var: a variance is negative"))
  }

  @Test func refusesAnotherKernelThanTheFamilys() throws {
    let text = refusal(
      of: try state("timm-efficientnet_b0", adding: ["blocks.2.0.conv_dw.weight": [144, 1, 3, 3]]))
    #expect(text.contains("expected [144, 1, 5, 5]"), "\(text)")
  }

  @Test func tellsTheNearestFamilyOfAnUnknownNetwork() throws {
    let text = refusal(of: try state(without: "layer1.0.conv1.weight"))
    #expect(
      text.contains("1 missing") && text.contains("nearest architecture is a basic-block ResNet")
        && text.contains("layer1.0.conv1.weight"),
      "\(text)")
    var foreign = StateDictionary()
    foreign.set("encoder.q.weight", FloatTensor(shape: [2, 2], elements: [1, 2, 3, 4]))
    #expect(
      refusal(of: foreign).contains("no tensor has a known name; the first are encoder.q.weight [2, 2]"))
    #expect(refusal(of: StateDictionary()).contains("there are no tensors"))
  }

  @Test(arguments: [
    ("torchvision/efficientnet_b0", "the tensors are those of"),
    ("torchvision/resnet18", "the tensors are those of"),
    ("torchvision/vgg16", "no such architecture"), ("timm/resnetblur50", "no such architecture"),
    ("timm/resnetv2_50", "no such architecture"), ("resnet34", "no such architecture"),
    ("", "no such architecture"),
    ("torchvision/", "no such architecture"), ("efficientnet-lite/efficientnet-b0", "no such architecture"),
  ])
  func refusesAnArchitectureThatDoesNotFit(architecture: String, reason: String) throws {
    let text = refusal(of: try state(), architecture: architecture)
    #expect(text.contains(reason), "\(text)")
  }

  @Test func refusesHugeInputs() throws {
    #expect(refusal(of: try state(), inputSize: Size2D(1 << 40)) != "accepted")
    #expect(refusal(of: try state(), inputSize: Size2D(0)) != "accepted")
  }

  @Test(
    arguments: [
      (["architecture": "vit_base_patch16_224"], "vit_base_patch16_224"), (["model_type": "vit"], "vit"),
      (["model_type": "resnet", "hidden_act": "gelu"], "hidden_act"),
      (["architecture": "resnet34", "global_pool": "max"], "global_pool"),
      (["architecture": "resnet34", "model_args": ["act_layer": "gelu"]], "model_args"),
      (["architecture": "resnet34", "pretrained_cfg": ["input_size": [1, 28, 28]]], "input_size"),
      (["architecture": "resnet34", "pretrained_cfg": ["crop_pct": 0]], "crop_pct"),
      (["architecture": "resnet34", "pretrained_cfg": ["mean": [0, 0, "x"], "std": [1, 1, 1]]], "mean"),
      (["architecture": "resnet50"], "the tensors are those of"), ([], "JSON object"),
    ] as [(JSON, String)])
  func refusesAConfigOfAnotherNetwork(config: JSON, reason: String) throws {
    let text = refusal(of: try state(), config: config == [] ? .array([]) : config)
    #expect(text.contains(reason), "\(text)")
  }

  @Test func readsATimmConfig() throws {
    let config: JSON = [
      "architecture": "tf_efficientnet_b0", "label_names": .strings((0..<10).map { "class \($0)" }),
      "pretrained_cfg": [
        "input_size": [3, 256, 256], "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25], "crop_pct": 0.5,
        "interpolation": "bilinear",
      ],
    ]
    let network = try ArchitectureImporter.network(from: try state("timm-efficientnet_b0"), config: config)
    #expect(network.architecture == "timm/tf_efficientnet_b0")
    #expect(network.labels.count == 10 && network.labels[9] == "class 9")
    #expect(network.recipe.inputSize == Size2D(256) && network.recipe.resize == .shortSide(512))
    #expect(network.recipe.mean == [0.5, 0.5, 0.5] && network.recipe.deviation == [0.25, 0.25, 0.25])
    #expect(network.recipe.filter == .bilinear)
    #expect(!network.assumptions.contains { $0.hasPrefix("padding") || $0.hasPrefix("preprocessing") })
  }
}
