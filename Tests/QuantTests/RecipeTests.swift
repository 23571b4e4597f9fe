import Quant
import Testing

@Suite struct RecipeTests {
  private static let architectures: [String?] = [
    nil, "torchvision/resnet50", "torchvision/efficientnet_b3", "timm/resnet50.a1_in1k",
    "timm/tf_efficientnet_lite4",
    "efficientnet-pytorch/efficientnet-b3", "efficientnet-lite/efficientnet-lite2", "keras/inception_v3",
    "something/unknown",
  ]

  @Test(arguments: Recipe.presetNames, architectures)
  func everyPresetReadsBackExactly(name: String, architecture: String?) throws {
    let recipe = try Recipe.preset(name, architecture: architecture)
    #expect(recipe.name == name)
    #expect(try Recipe(json: JSON.parse(recipe.json.text())) == recipe)
  }

  @Test func readsBackEveryPart() throws {
    let parts: [(Recipe.Resize, Recipe.Filter)] = [
      (.exact(Size2D(height: 3, width: 8192)), .box), (.shortSide(1), .lanczos), (.none, .nearest),
      (.centreFraction(0.1 + 0.2, Size2D(height: 7, width: 9)), .bicubic),
    ]
    for (resize, filter) in parts {
      let recipe = Recipe(
        name: "custom", resize: resize, filter: filter, inputSize: Size2D(height: 7, width: 9),
        channelOrder: .bgr,
        scale: 0.1, mean: [-0.3, 1e-30, 1.1754944e-38], deviation: [3.4e38, 0.333_333_34, 0x1p-140],
        orientation: .ignore,
        background: [0, 128, 255])
      #expect(try Recipe(json: JSON.parse(recipe.json.text())) == recipe)
    }
  }

  @Test func torchvisionSizesAreItsOwn() throws {
    func sizes(_ architecture: String) throws -> (Recipe.Resize, Int, Recipe.Filter) {
      let recipe = try Recipe.preset("torchvision", architecture: architecture)
      return (recipe.resize, recipe.inputSize.width, recipe.filter)
    }
    #expect(try sizes("torchvision/resnet18") == (.shortSide(256), 224, .bilinear))
    #expect(try sizes("torchvision/efficientnet_b0") == (.shortSide(256), 224, .bicubic))
    #expect(try sizes("torchvision/efficientnet_b1") == (.shortSide(256), 240, .bicubic))
    #expect(try sizes("torchvision/efficientnet_b3") == (.shortSide(320), 300, .bicubic))
    #expect(try sizes("torchvision/efficientnet_b7") == (.shortSide(600), 600, .bicubic))
    #expect(try sizes("efficientnet-pytorch/efficientnet-b3") == (.shortSide(300), 300, .bicubic))
  }

  @Test func timmSizesFollowTheKeptPart() throws {
    func sizes(_ architecture: String) throws -> (Recipe.Resize, Int) {
      let recipe = try Recipe.preset("timm", architecture: architecture)
      return (recipe.resize, recipe.inputSize.width)
    }
    #expect(try sizes("timm/resnet50.a1_in1k") == (.shortSide(235), 224))
    #expect(try sizes("timm/efficientnet_b0") == (.shortSide(256), 224))
    #expect(try sizes("timm/tf_efficientnet_b1") == (.shortSide(272), 240))
    #expect(try sizes("timm/tf_efficientnet_b7") == (.shortSide(632), 600))
    #expect(try sizes("timm/efficientnet_b5") == (.exact(Size2D(448)), 448))
  }

  @Test func efficientNetLiteKeepsTheCentre() throws {
    let recipe = try Recipe.preset("efficientnet-lite", architecture: "efficientnet-lite/efficientnet-lite2")
    #expect(recipe.resize == .centreFraction(Float(260) / Float(292), Size2D(260)))
    #expect(recipe.mean == [127, 127, 127] && recipe.deviation == [128, 128, 128] && recipe.scale == 1)
  }

  @Test func kerasValuesAreItsOwn() throws {
    let caffe = try Recipe.preset("keras-caffe")
    #expect(
      caffe.channelOrder == .bgr && caffe.mean == [103.939, 116.779, 123.68] && caffe.filter == .nearest)
    let tensorFlow = try Recipe.preset("keras-tf", architecture: "keras/inception_v3")
    #expect(tensorFlow.resize == .exact(Size2D(299)) && tensorFlow.scale == 127.5)
    let torch = try Recipe.preset("keras-torch", architecture: "keras/densenet121")
    #expect(torch.resize == .exact(Size2D(224)) && torch.filter == .nearest && torch.channelOrder == .rgb)
    #expect(
      torch.scale == 255 && torch.mean == [0.485, 0.456, 0.406] && torch.deviation == [0.229, 0.224, 0.225])
    let large = try Recipe.preset("keras-torch", architecture: "keras/efficientnetb3")
    #expect(large.inputSize == Size2D(300))
  }

  @Test func anotherInputSizeScalesWhatPrecedesTheCrop() throws {
    let recipe = try Recipe.preset("torchvision", inputSize: Size2D(112))
    #expect(recipe.resize == .shortSide(128) && recipe.inputSize == Size2D(112))
    for size in [Size2D(0), Size2D(-5), Size2D(8193), Size2D(.max), Size2D(.min)] {
      for name in Recipe.presetNames {
        #expect(throws: InputError.self) { try Recipe.preset(name, inputSize: size) }
      }
    }
  }

  @Test func unknownPresetIsRefusedWithTheNames() {
    #expect { try Recipe.preset("imagenet") } throws: { error in
      let text = "\(error)"
      return Recipe.presetNames.allSatisfy(text.contains)
    }
  }

  @Test(arguments: [
    ("torchvision/resnet50", "torchvision"), ("timm/efficientnet_b0", "timm"),
    ("efficientnet-pytorch/efficientnet-b3", "torchvision"),
    ("efficientnet-lite/efficientnet-lite2", "efficientnet-lite"), ("keras/resnet50", "keras-caffe"),
    ("keras/resnet50v2", "keras-tf"), ("keras/densenet121", "keras-torch"),
    ("keras/efficientnetb0", "keras-torch"),
    ("keras/mobilenetv3small", "keras-tf"), ("", "torchvision"),
  ])
  func everyFamilyHasADefault(architecture: String, preset: String) throws {
    #expect(Recipe.defaultPresetName(for: architecture) == preset)
  }

  @Test func refusesPartsOutOfRange() throws {
    let good = try #require(try Recipe.preset("torchvision").json.object)
    let faults: [(String, JSON?)] = [
      ("name", ""), ("name", nil), ("name", .string(String(repeating: "x", count: 101))), ("resize", 3),
      ("resize", nil),
      ("resize", ["short_side": 0]), ("resize", ["short_side": 8193]), ("resize", ["exact": [224]]),
      ("resize", ["exact": [224, -1]]), ("resize", ["exact": [1, 9_223_372_036_854_775_807]]),
      ("resize", ["exact": [9, 9], "centre_fraction": 0]),
      ("resize", ["exact": [9, 9], "centre_fraction": 1.5]),
      ("resize", ["exact": [9, 9], "centre_fraction": "x"]), ("filter", "sharp"), ("input_size", [0, 224]),
      ("input_size", [224, 8193]), ("input_size", [224, 224, 3]), ("channel_order", "rgba"), ("scale", 0),
      ("scale", -1), ("scale", 1e39), ("scale", nil), ("mean", [1, 2]), ("mean", [1, 2, 1e300]),
      ("mean", [1, 2, "3"]),
      ("deviation", [1, 1, 0]), ("deviation", [1, -1, 1]), ("deviation", [1, 1, 1, 1]), ("orientation", "up"),
      ("background", [0, 0]), ("background", [0, 0, 256]), ("background", "white"),
    ]
    for (key, value) in faults {
      var members = good
      members[key] = value
      #expect(throws: InputError.self, "\(key): \(String(describing: value))") {
        try Recipe(json: .object(members))
      }
    }
    #expect(throws: InputError.self) { try Recipe(json: "torchvision") }
  }
}
