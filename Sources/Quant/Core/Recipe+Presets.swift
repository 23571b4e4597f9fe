extension Recipe {
  /// The presets' names, in the order in which they are listed to people.
  public static let presetNames = [
    "torchvision", "torchvision-squash", "timm", "efficientnet-lite", "keras-caffe", "keras-tf",
    "keras-torch",
  ]

  /// How `architecture` ("torchvision/resnet50", "timm/efficientnet_b0", …) is usually fed.
  public static func defaultPresetName(for architecture: String) -> String {
    let family = architecture.split(separator: "/").first.map(String.init) ?? ""
    let model = PresetSize.key(of: architecture)
    switch family {
    case "timm": return "timm"
    case "efficientnet-lite": return "efficientnet-lite"
    case "keras":
      let isCaffe = model.hasPrefix("vgg") || model.hasPrefix("resnet") && !model.hasSuffix("v2")
      // EfficientNet scales inside as keras-torch does, its V2-S, M and L nearly as keras-tf.
      let isTorch =
        model.hasPrefix("densenet") || model.hasPrefix("efficientnetb") || model.hasPrefix("efficientnetv2b")
      return isCaffe ? "keras-caffe" : isTorch ? "keras-torch" : "keras-tf"
    default: return "torchvision"
    }
  }

  /// A well-known recipe, with the sizes and filter that its source gives `architecture`.
  ///
  /// - Parameters:
  ///   - inputSize: another input size; what precedes the crop is scaled with it.
  ///   - architecture: as in `defaultPresetName(for:)`; an unknown one, or nil, gets 224×224.
  /// - Throws: `InputError` (usage) that lists the names, or names a size out of range.
  public static func preset(
    _ name: String, inputSize: Size2D? = nil, architecture: String? = nil
  ) throws -> Recipe {
    let key = architecture.map(PresetSize.key) ?? ""
    let isOwnPort = architecture?.hasPrefix("efficientnet-pytorch/") ?? false
    let recipe: Recipe
    switch name {
    case "torchvision":
      let sizes = isOwnPort ? PresetSize.efficientNetPyTorch[key] : PresetSize.torchvision[key]
      recipe = cropped(name, sizes ?? .standard, inputSize, torchvisionValues(key))
    case "torchvision-squash":
      let sizes = isOwnPort ? PresetSize.efficientNetPyTorch[key] : PresetSize.torchvision[key]
      recipe = squashed(name, inputSize ?? Size2D(sizes?.crop ?? 224), .bilinear, torchvisionValues(key))
    case "timm" where PresetSize.timmSquashed.contains(key):
      recipe = squashed(name, inputSize ?? Size2D(PresetSize.timm(key).crop), .bicubic, timmValues(key))
    case "timm":
      recipe = cropped(name, PresetSize.timm(key), inputSize, timmValues(key))
    case "efficientnet-lite":
      recipe = efficientNetLite(inputSize ?? Size2D(PresetSize.efficientNetLite[key] ?? 224))
    case "keras-caffe":
      recipe = squashed(name, inputSize ?? Size2D(224), .nearest, caffe)
    case "keras-tf":
      recipe = squashed(name, inputSize ?? Size2D(PresetSize.keras[key] ?? 224), .nearest, tensorFlow)
    case "keras-torch":
      recipe = squashed(name, inputSize ?? Size2D(PresetSize.keras[key] ?? 224), .nearest, imageNet)
    default:
      throw InputError(
        .usage, "preset \"\(name)\"", "there is no such preset",
        remedy: "choose one of " + presetNames.joined(separator: ", "))
    }
    try recipe.validate()
    return recipe
  }

  /// Input values: y = (x / scale − mean) / deviation.
  private typealias Values = (order: ChannelOrder, scale: Float, mean: [Float], deviation: [Float])

  private static let imageNet: Values = (.rgb, 255, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
  private static let halves: Values = (.rgb, 255, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
  /// torchvision's pretrained Inceptions turn their normalized input into (x − ½) / ½ (`transform_input`);
  /// EfficientNetV2-L is given it.
  private static func torchvisionValues(_ key: String) -> Values {
    ["googlenet", "inception_v3", "efficientnet_v2_l"].contains(key) ? halves : imageNet
  }

  private static func timmValues(_ key: String) -> Values {
    let prefixes = [
      "tf_efficientnet_lite", "tf_mobilenetv3", "tf_inception", "adv_inception", "inception_v3",
    ]
    return prefixes.contains { key.hasPrefix($0) } ? halves : imageNet
  }

  private static let caffe: Values = (.bgr, 1, [103.939, 116.779, 123.68], [1, 1, 1])
  private static let tensorFlow: Values = (.rgb, 127.5, [1, 1, 1], [1, 1, 1])

  private static func cropped(
    _ name: String, _ sizes: PresetSize, _ inputSize: Size2D?, _ values: Values
  ) -> Recipe {
    let crop = inputSize ?? Size2D(sizes.crop)
    let (scaled, overflow) = max(crop.height, crop.width).multipliedReportingOverflow(by: sizes.resize)
    return Recipe(
      name: name, resize: .shortSide(overflow ? 0 : scaled / sizes.crop), filter: sizes.filter,
      inputSize: crop,
      channelOrder: values.order, scale: values.scale, mean: values.mean, deviation: values.deviation)
  }

  private static func squashed(_ name: String, _ size: Size2D, _ filter: Filter, _ values: Values) -> Recipe {
    Recipe(
      name: name, resize: .exact(size), filter: filter, inputSize: size, channelOrder: values.order,
      scale: values.scale, mean: values.mean, deviation: values.deviation)
  }

  /// TensorFlow's evaluation: the centre without a margin of 32 pixels at the input's scale.
  private static func efficientNetLite(_ size: Size2D) -> Recipe {
    let side = Float(max(size.height, size.width))
    return Recipe(
      name: "efficientnet-lite", resize: .centreFraction(side / (side + 32), size), filter: .bicubic,
      inputSize: size, scale: 1, mean: [127, 127, 127], deviation: [128, 128, 128])
  }
}

/// Short side and centre crop, in pixels, with the filter, as an architecture's source evaluates it.
private struct PresetSize {
  let resize: Int
  let crop: Int
  let filter: Recipe.Filter

  init(_ resize: Int, _ crop: Int, _ filter: Recipe.Filter) {
    self.resize = resize
    self.crop = crop
    self.filter = filter
  }

  static let standard = PresetSize(256, 224, .bilinear)

  /// The model's name without its collection and timm's tag: "timm/resnet50.a1_in1k" gives "resnet50".
  static func key(of architecture: String) -> String {
    let model = architecture.split(separator: "/").last ?? ""
    return String(model.split(separator: ".").first ?? "").lowercased()
  }

  /// Of torchvision's first weights (`IMAGENET1K_V1`), which names and shapes do not tell from the second; what is not
  /// here has the standard sizes.
  static let torchvision: [String: PresetSize] = [
    "efficientnet_b0": PresetSize(256, 224, .bicubic), "efficientnet_b1": PresetSize(256, 240, .bicubic),
    "efficientnet_b2": PresetSize(288, 288, .bicubic), "efficientnet_b3": PresetSize(320, 300, .bicubic),
    "efficientnet_b4": PresetSize(384, 380, .bicubic), "efficientnet_b5": PresetSize(456, 456, .bicubic),
    "efficientnet_b6": PresetSize(528, 528, .bicubic), "efficientnet_b7": PresetSize(600, 600, .bicubic),
    "inception_v3": PresetSize(342, 299, .bilinear), "efficientnet_v2_s": PresetSize(384, 384, .bilinear),
    "efficientnet_v2_m": PresetSize(480, 480, .bilinear), "efficientnet_v2_l": PresetSize(480, 480, .bicubic),
  ]

  /// The repository's own evaluation resizes the short side to the input's.
  static let efficientNetPyTorch: [String: PresetSize] = Dictionary(
    uniqueKeysWithValues: [224, 240, 260, 300, 380, 456, 528, 600].enumerated().map { index, side in
      ("efficientnet-b\(index)", PresetSize(side, side, .bicubic))
    })

  /// Default configurations of the first tag of each model: crop, and the part of the short side that it keeps.
  private static let timmCrops: [String: (crop: Int, fraction: Double)] = [
    "efficientnet_b0": (224, 0.875), "efficientnet_b1": (224, 0.875), "efficientnet_b2": (256, 0.875),
    "efficientnet_b3": (288, 0.875), "efficientnet_b4": (320, 0.875), "efficientnet_b5": (448, 1),
    "efficientnet_b6": (528, 0.942), "efficientnet_b7": (600, 0.949),
    "tf_efficientnet_b0": (224, 0.875), "tf_efficientnet_b1": (240, 0.882), "tf_efficientnet_b2": (260, 0.89),
    "tf_efficientnet_b3": (300, 0.904), "tf_efficientnet_b4": (380, 0.922),
    "tf_efficientnet_b5": (456, 0.934),
    "tf_efficientnet_b6": (528, 0.942), "tf_efficientnet_b7": (600, 0.949),
    "tf_efficientnet_lite0": (224, 0.875), "tf_efficientnet_lite1": (240, 0.882),
    "tf_efficientnet_lite2": (260, 0.89), "tf_efficientnet_lite3": (300, 0.904),
    "tf_efficientnet_lite4": (380, 0.92),
    "resnet18": (224, 0.95), "resnet34": (224, 0.95), "resnet50": (224, 0.95), "resnet101": (224, 0.95),
    "resnet152": (224, 0.95), "resnext50_32x4d": (224, 0.95), "resnet26t": (256, 0.94),
    "resnet101d": (256, 0.95), "resnet14t": (176, 0.875),
    "inception_v3": (299, 0.875), "tf_inception_v3": (299, 0.875), "adv_inception_v3": (299, 0.875),
    "gluon_inception_v3": (299, 0.875), "tf_efficientnetv2_b0": (192, 0.875),
    "tf_efficientnetv2_b1": (192, 0.882), "tf_efficientnetv2_b2": (208, 0.89),
    "tf_efficientnetv2_b3": (240, 0.904), "tf_efficientnetv2_s": (300, 1), "tf_efficientnetv2_m": (384, 1),
    "tf_efficientnetv2_l": (384, 1), "efficientnetv2_rw_s": (288, 1),
  ]

  /// Those that timm resizes straight to the input's size.
  static let timmSquashed: Set<String> = ["efficientnet_b5", "tf_efficientnetv2_m", "tf_efficientnetv2_l"]

  static func timm(_ key: String) -> PresetSize {
    let (crop, fraction) = timmCrops[key] ?? (224, 0.875)
    let isBilinear =
      ["tf_efficientnet_lite3", "tf_efficientnet_lite4"].contains(key) || key.hasPrefix("tf_mobilenetv3")
    return PresetSize(Int(Double(crop) / fraction), crop, isBilinear ? .bilinear : .bicubic)
  }

  static let efficientNetLite = [
    "efficientnet-lite0": 224, "efficientnet-lite1": 240, "efficientnet-lite2": 260,
    "efficientnet-lite3": 280,
    "efficientnet-lite4": 300,
  ]

  static let keras = [
    "inceptionv3": 299, "inception_v3": 299, "inceptionresnetv2": 299, "inception_resnet_v2": 299,
    "xception": 299, "efficientnetb1": 240, "efficientnetb2": 260, "efficientnetb3": 300,
    "efficientnetb4": 380,
    "efficientnetb5": 456, "efficientnetb6": 528, "efficientnetb7": 600, "efficientnetv2b1": 240,
    "efficientnetv2b2": 260, "efficientnetv2b3": 300, "efficientnetv2s": 384, "efficientnetv2m": 480,
    "efficientnetv2l": 480,
  ]
}
