import Quant

/// A network of `keras.applications` by its name there, in lower case: `keras/resnet50`.
struct KerasApplicationName: Hashable, Sendable, CustomStringConvertible {
  /// What the network expects of its input, by the preset's name.
  enum Preset: String, Hashable, Sendable {
    case caffe = "keras-caffe"
    case tensorFlow = "keras-tf"
    case torch = "keras-torch"
    /// Scaled by the network itself.
    case raw
  }

  let model: String

  init(_ model: String) { self.model = model }

  var description: String { "keras/\(model)" }

  /// `--architecture`.
  ///
  /// - Throws: `InputError` (usage) for what is no name of this kind.
  init(parsing text: String) throws {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == "keras" else {
      throw InputError(
        .usage, "architecture \"\(text)\"", "a Keras file's architecture begins with keras/",
        remedy: "for example keras/resnet50")
    }
    self.init(parts[1].lowercased())
    guard Self.families.contains(where: { model.hasPrefix($0.prefix) }) else {
      throw InputError(
        .usage, "architecture \"\(text)\"", "there is no such architecture",
        remedy: "for example keras/" + Self.families.map(\.prefix).joined(separator: ", keras/"))
    }
  }

  private static let families: [(prefix: String, preset: Preset)] = [
    ("resnet", .caffe), ("vgg", .caffe), ("densenet", .torch), ("mobilenetv3", .raw),
    ("mobilenet", .tensorFlow),
    ("inception", .tensorFlow), ("xception", .tensorFlow), ("nasnet", .tensorFlow), ("efficientnet", .raw),
    ("convnext", .raw),
  ]

  var preset: Preset {
    if model.hasPrefix("resnet"), model.hasSuffix("v2") { return .tensorFlow }
    return Self.families.first { model.hasPrefix($0.prefix) }?.preset ?? .raw
  }

  /// Of the square that the network was trained on.
  var inputSide: Int {
    if let side = Self.sides[model] { return side }
    return model.hasPrefix("inception") || model.hasPrefix("xception") ? 299 : 224
  }

  private static let sides: [String: Int] = [
    "efficientnetb1": 240, "efficientnetb2": 260, "efficientnetb3": 300, "efficientnetb4": 380,
    "efficientnetb5": 456, "efficientnetb6": 528, "efficientnetb7": 600, "efficientnetv2b1": 240,
    "efficientnetv2b2": 260, "efficientnetv2b3": 300, "efficientnetv2s": 384, "efficientnetv2m": 480,
    "efficientnetv2l": 480, "nasnetlarge": 331,
  ]
}

// MARK: - By layers

extension KerasApplicationName {
  /// By the names of a model's layers, also of the models inside; nil when they are of no known network.
  init?(layersOf model: KerasModel) {
    var names: Set<String> = []
    var pending = [model]
    while let next = pending.popLast() {
      for layer in next.layers {
        // Keras 2 has slashes where Keras 3 has underscores.
        names.insert(String(layer.name.map { $0 == "/" ? "_" : $0 }))
        if case .model(let inner) = layer.kind { pending.append(inner) }
      }
    }
    guard let family = Self.marks.first(where: { $0.layers.allSatisfy(names.contains) })?.name else {
      return nil
    }
    self.init(Self.variant(of: family, names))
  }

  /// Layers that only this network has, the more special first.
  private static let marks: [(layers: [String], name: String)] = [
    (["conv2_block1_preact_bn", "post_bn"], "resnet"), (["pool2_conv", "conv2_block1_1_conv"], "densenet"),
    (["conv1_conv", "conv2_block1_3_conv"], "resnet"), (["bn_conv1", "res2a_branch2a"], "resnet50"),
    (["block1_conv1", "block14_sepconv2"], "xception"), (["block1_conv1", "block5_conv4"], "vgg19"),
    (["block1_conv1", "block5_conv3"], "vgg16"), (["mixed0", "mixed10"], "inceptionv3"),
    (["mixed_5b", "conv_7b"], "inceptionresnetv2"), (["conv_dw_1", "conv_pw_13"], "mobilenet"),
    (["expanded_conv_depthwise", "block_16_project"], "mobilenetv2"),
    (["expanded_conv_project", "expanded_conv_11_project"], "mobilenetv3large"),
    (["expanded_conv_project"], "mobilenetv3small"),
    (["stem_conv", "block1a_dwconv"], "efficientnet"),
    (["stem_conv", "block1a_project_conv"], "efficientnetv2"),
  ]

  private static func variant(of family: String, _ names: Set<String>) -> String {
    /// The number of the last block whose layer is there.
    func count(_ name: (Int) -> String) -> Int { (1...64).last { names.contains(name($0)) } ?? 0 }
    switch family {
    case "resnet":
      let isV2 = names.contains("post_bn")
      let blocks = count { "conv4_block\($0)_1_conv" }
      let depth = blocks == 36 ? "152" : blocks == 23 ? "101" : "50"
      return "resnet\(depth)\(isV2 ? "v2" : "")"
    case "densenet":
      let blocks = count { "conv4_block\($0)_1_conv" }
      return "densenet\(blocks == 48 ? "201" : blocks == 32 ? "169" : "121")"
    case "efficientnet":
      let depths = [3, 4, 4, 5, 6, 7, 8, 10]
      let last =
        (97...122).last { names.contains("block4\(Character(UnicodeScalar(UInt8($0))))_dwconv") } ?? 97
      // B1 and B2 have the same depths: their widths differ.
      return "efficientnetb\(depths.firstIndex(of: last - 96) ?? 0)"
    case "mobilenetv3small", "mobilenetv3large":
      return names.contains { $0.contains("squeeze_excite") } ? family : family + "-minimalistic"
    default: return family
    }
  }
}
