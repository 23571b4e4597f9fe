import Calibrate
import Quant
import Testing

/// What is recognized in each family's tensors, what is asked of names, and what is refused.
@Suite struct FamilyRecognitionTests {
  @Test(arguments: [
    ("mobilenet_v2", "torchvision/mobilenet_v2", 224),
    ("mobilenet_v2-quarter", "torchvision/mobilenet_v2", 224),
    ("timm-mobilenetv2_050", "timm/mobilenetv2_050", 224),
    ("mobilenet_v3_large", "torchvision/mobilenet_v3_large", 224),
    ("mobilenet_v3_small-quarter", "torchvision/mobilenet_v3_small", 224),
    ("timm-mobilenetv3_small_050", "timm/mobilenetv3_small_050", 224),
    ("timm-tf_mobilenetv3_large_075", "timm/mobilenetv3_large_075", 224),
    ("timm-tf_mobilenetv3_small_minimal_100", "timm/tf_mobilenetv3_small_minimal_100", 224),
    ("mnasnet1_0", "torchvision/mnasnet1_0", 224), ("timm-mnasnet_050", "timm/mnasnet_050", 224),
    ("googlenet", "torchvision/googlenet", 224), ("inception_v3", "torchvision/inception_v3", 299),
    ("wide_resnet14_2", "torchvision/wide_resnet14_2", 224), ("timm-resnet26d", "timm/resnet26d", 224),
    ("timm-resnet10t", "timm/resnet10t", 224), ("timm-resnet14c", "timm/resnet14c", 224),
    ("timm-seresnet18", "timm/seresnet18", 224),
    ("timm-seresnext14d_32x4d", "timm/seresnext14d_32x4d", 224),
    ("densenet121", "torchvision/densenet121", 224), ("densenet-narrow", "torchvision/densenet", 224),
    ("efficientnet_v2-narrow", "torchvision/efficientnet_v2_s", 384),
    ("timm-tf_efficientnetv2_b0", "timm/tf_efficientnetv2_b0", 192),
    ("timm-tf_efficientnetv2-narrow", "timm/tf_efficientnetv2", 224),
    // Stages tell EfficientNet-Lite from MobileNetV2 and MnasNet, all named alike in timm.
    ("timm-tf_efficientnet_lite0", "timm/tf_efficientnet_lite0", 224),
  ])
  func recognizesNameAndSize(id: String, architecture: String, size: Int) throws {
    let network = try ArchitectureImporter.network(from: try GoldenCase.named(id).state())
    #expect(network.architecture == architecture)
    #expect(network.recipe.inputSize == Size2D(size))
    #expect(network.assumptions.contains { $0.hasPrefix("architecture: \(architecture)") })
    #expect(network.assumptions.contains { $0.contains("epsilon") })
  }

  private func refusal(
    _ id: String, without dropped: String? = nil, architecture: String? = nil, config: JSON? = nil
  ) throws -> String {
    let original = try GoldenCase.named(id).state()
    var state = StateDictionary()
    for name in original.names where name != dropped { state.set(name, try #require(original[name])) }
    do {
      _ = try ArchitectureImporter.network(from: state, architecture: architecture, config: config)
      return "accepted"
    } catch { return "\(error)" }
  }

  /// A tensor that recognition does not look at first, and the one that it does.
  @Test(arguments: [
    ("mobilenet_v2-quarter", "MobileNetV2", "features.3.conv.1.1.running_var"),
    ("mobilenet_v2-quarter", "MobileNetV2", "features.1.conv.0.0.weight"),
    ("timm-mobilenetv2_050", "MobileNetV2", "bn2.running_mean"),
    ("mobilenet_v3_large-quarter", "MobileNetV3-Large", "features.16.1.bias"),
    ("mobilenet_v3_small-quarter", "MobileNetV3-Small", "features.1.block.0.0.weight"),
    ("timm-mobilenetv3_small_050", "MobileNetV3-Small", "conv_head.bias"),
    ("mnasnet-quarter", "MnasNet", "layers.9.1.layers.3.weight"),
    ("mnasnet-quarter", "MnasNet", "layers.8.0.layers.0.weight"),
    ("googlenet-quarter", "GoogLeNet", "inception4c.branch4.1.bn.weight"),
    ("googlenet-quarter", "GoogLeNet", "inception3a.branch1.conv.weight"),
    ("inception_v3-quarter", "Inception v3", "Mixed_7a.branch7x7x3_3.conv.weight"),
    ("inception_v3-quarter", "Inception v3", "Mixed_5b.branch1x1.conv.weight"),
    ("densenet-narrow", "DenseNet", "features.denseblock2.denselayer3.norm2.bias"),
    ("densenet-narrow", "DenseNet", "features.denseblock1.denselayer1.conv1.weight"),
    ("efficientnet_v2-narrow", "EfficientNetV2", "features.4.1.block.2.fc2.bias"),
    ("timm-tf_efficientnetv2-narrow", "EfficientNetV2", "blocks.2.1.bn2.weight"),
    ("timm-resnet10t", "deep-stem basic-block ResNet", "conv1.3.weight"),
    ("timm-seresnet18", "squeeze-and-excitation basic-block ResNet", "layer3.1.se.fc2.bias"),
  ])
  func namesTheNearestFamilyAndAMissingTensor(id: String, family: String, name: String) throws {
    let text = try refusal(id, without: name)
    #expect(text.contains("nearest architecture is a") && text.contains(family), "\(text)")
    #expect(text.contains("1 missing: \(name)"), "\(text)")
  }

  @Test(arguments: [
    ("mobilenet_v2-quarter", "torchvision/mobilenet_v3_large"),
    ("mobilenet_v3_large-quarter", "torchvision/mobilenet_v3_small"),
    ("timm-mobilenetv3_small_050", "timm/tf_mobilenetv3_small_minimal_100"),
    ("timm-mobilenetv3_small_050", "timm/mobilenetv3_small_100"), ("timm-mnasnet_050", "timm/mnasnet_100"),
    ("timm-mnasnet_050", "timm/mobilenetv2_050"), ("googlenet-quarter", "torchvision/inception_v3"),
    ("timm-resnet26d", "timm/resnet26"), ("timm-resnet26d", "timm/resnet50d"),
    ("timm-seresnet18", "timm/resnet18"), ("densenet121", "torchvision/densenet169"),
    ("timm-tf_efficientnetv2_b0", "timm/tf_efficientnetv2_s"),
    ("timm-tf_efficientnetv2_b0", "timm/tf_efficientnet_b0"), ("torchvision-resnet18", "timm/resnet18d"),
  ])
  func refusesAnArchitectureThatDoesNotFit(id: String, architecture: String) throws {
    let text = try refusal(id, architecture: architecture)
    #expect(text.contains("the tensors are those of a"), "\(text)")
  }

  /// Networks whose tensors look like those of a family that is read, but whose code does not.
  @Test(arguments: [
    "timm/mobilenetv3_rw", "timm/resnetblur50", "timm/resnetaa50d", "timm/ecaresnet50d", "timm/resnetrs50",
    "timm/resnet50_gn", "timm/semnasnet_100", "timm/mobilenetv2_1000", "torchvision/mnasnet2_0",
    "torchvision/seresnet50", "torchvision/resnet50d", "timm/fbnetc_100", "timm/inception_v4",
    "caffe/googlenet", "timm/densenetblur121d", "timm/gc_efficientnetv2_rw_t",
    "torchvision/efficientnet_v2_b0",
  ])
  func refusesNamesOfOtherNetworks(architecture: String) throws {
    let text = try refusal("torchvision-resnet18", architecture: architecture)
    #expect(text.contains("there is no such architecture"), "\(text)")
  }

  @Test(arguments: [
    ("timm-mobilenetv2_050", "mobilenetv2_050"), ("timm-mobilenetv3_small_050", "mobilenetv3_small_050"),
    ("timm-tf_mobilenetv3_large_075", "tf_mobilenetv3_large_075"), ("timm-mnasnet_050", "mnasnet_050"),
    ("timm-inception_v3-quarter", "inception_v3"), ("timm-resnet26d", "resnet26d"),
    ("timm-seresnet18", "seresnet18"), ("resnext50_32x4d", "resnext50_32x4d"),
  ])
  func readsATimmConfig(id: String, model: String) throws {
    let config: JSON = [
      "architecture": .string(model), "num_classes": 10, "num_features": 1280,
      "pretrained_cfg": [
        "tag": "ra_in1k", "input_size": [3, 160, 128], "fixed_input_size": false, "pool_size": [5, 4],
        "mean": [0.25, 0.5, 0.75], "std": [0.5, 0.25, 0.125], "interpolation": "bicubic", "crop_pct": 0.8,
        "crop_mode": "center", "first_conv": "conv_stem", "classifier": "classifier",
      ],
    ]
    let network = try ArchitectureImporter.network(from: GoldenCase.named(id).state(), config: config)
    #expect(network.architecture == "timm/\(model)")
    #expect(network.recipe.inputSize == Size2D(height: 160, width: 128))
    #expect(network.recipe.resize == .shortSide(200) && network.recipe.filter == .bicubic)
    #expect(network.recipe.mean == [0.25, 0.5, 0.75] && network.recipe.deviation == [0.5, 0.25, 0.125])
    #expect(!network.assumptions.contains { $0.hasPrefix("architecture") || $0.hasPrefix("preprocessing") })
  }

  /// What a size, mean and filter are when nothing but the name is known.
  @Test(
    arguments: [
      ("timm-tf_mobilenetv3_large_075", "timm/tf_mobilenetv3_large_075", 0.5, .bilinear),
      ("timm-mobilenetv3_small_050", "timm/mobilenetv3_small_050", 0.485, .bicubic),
      ("timm-inception_v3-quarter", "timm/inception_v3", 0.5, .bicubic),
      ("timm-inception_v3-quarter", "timm/gluon_inception_v3", 0.485, .bicubic),
      ("inception_v3-quarter", "torchvision/inception_v3", 0.5, .bilinear),
    ] as [(String, String, Float, Recipe.Filter)])
  func feedsByName(id: String, architecture: String, mean: Float, filter: Recipe.Filter) throws {
    let network = try ArchitectureImporter.network(
      from: GoldenCase.named(id).state(), architecture: architecture)
    #expect(network.recipe.mean[0] == mean && network.recipe.filter == filter)
  }

  @Test func saysWhichHeadAMobileNetV3Has() throws {
    func assumptions(_ id: String) throws -> [String] {
      try ArchitectureImporter.network(from: GoldenCase.named(id).state()).assumptions
    }
    #expect(
      try assumptions("mobilenet_v3_large-quarter").contains(
        "head: a Hardswish between classifier.0 and classifier.3"))
    #expect(
      try assumptions("mobilenet_v3_small-embedding").contains {
        $0.hasPrefix("head: classifier.0 with a Hardswish after it is the embedding")
      })
  }
}
