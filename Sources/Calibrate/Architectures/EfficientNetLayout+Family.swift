import Quant

extension EfficientNetLayout: ArchitectureFamily {
  static let summary = "EfficientNet-B0 to B7 and Lite0 to 4"
  static let nameExamples =
    "torchvision/efficientnet_b0 … b7, timm/efficientnet_b0, timm/tf_efficientnet_b0, timm/tf_efficientnet_lite0, "
    + "efficientnet-pytorch/efficientnet-b0, efficientnet-lite/efficientnet-lite0 … 4"

  var isLite: Bool { !hasSqueeze }
  var title: String { isLite ? "EfficientNet-Lite" : "EfficientNet with squeeze-and-excitation" }

  static func understands(_ name: ArchitectureName) -> Bool {
    guard let model = EfficientNetName(name) else { return false }
    return switch name.library {
    case .torchvision: !model.isLite && !name.model.hasPrefix("tf_")
    case .timm: true
    case .efficientNetPyTorch: !model.isLite
    case .efficientNetLite: model.isLite
    case .caffe, .transformers: false
    }
  }

  static func conventions(of name: ArchitectureName) -> Conventions {
    switch name.library {
    case .efficientNetPyTorch, .efficientNetLite:
      return Conventions(padding: .same, epsilon: 1e-3, skipsIntoStages: false)
    case .timm where name.isTensorFlow: return .tensorFlow
    case .torchvision:
      let index = EfficientNetName(name)?.scaling.map { $0.isLite ? 0 : $0.index } ?? 0
      return Conventions(epsilon: index >= 5 ? 1e-3 : 1e-5)
    default: return Conventions()
    }
  }

  static func isSizeKnown(of name: ArchitectureName) -> Bool { EfficientNetName(name)?.scaling != nil }

  /// Without training variants such as `_ns`.
  static func presetName(of name: ArchitectureName) -> String {
    guard name.library == .timm, let scaling = EfficientNetName(name)?.scaling else {
      return name.description
    }
    return "timm/\(name.isTensorFlow ? "tf_" : "")efficientnet_\(scaling.name)"
  }

  /// timm's AdvProp weights were trained on −1…1.
  static func adjust(_ recipe: inout Recipe, for name: ArchitectureName) {
    guard name.isTensorFlow, name.model.hasSuffix("_ap") else { return }
    recipe.name = "custom"
    (recipe.mean, recipe.deviation) = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
  }

  /// B0 and Lite0.
  static func templates(for names: TensorNames) -> [EfficientNetLayout] {
    EfficientNetNaming.Style.allCases.flatMap { style in
      [true, false].map { squeezes in
        let depths = EfficientNetScaling.stages.map(\.depth)
        let naming = EfficientNetNaming(style: style, root: style == .torchvision ? "features." : "")
        let counts = style == .numbered ? [depths.reduce(0, +)] : depths
        return EfficientNetLayout(naming, counts: counts) { group, index in
          (expands: group > 0 || (style == .numbered && index > 0), squeezes: squeezes)
        }
      }
    }
  }

  /// Where the names tell the stages.
  var kernels: [(tensor: String, side: Int)] {
    guard naming.style != .numbered else { return [] }
    return zip(groups, EfficientNetScaling.stages).flatMap { blocks, stage in
      blocks.map { ("\($0.depthwise.convolution).weight", stage.kernel) }
    }
  }

  func member(in state: StateDictionary) throws -> ArchitectureMember {
    let scaling = EfficientNetScaling.recognize(self, try stages(in: state), in: state)
    let found =
      scaling.map { "EfficientNet \($0.name)" }
      ?? "EfficientNet\(isLite ? "-Lite" : "") of its own width or depth"
    let isLite = isLite
    return ArchitectureMember(
      name: assumedName(scaling), description: "an \(found)",
      fits: { name in
        guard let asked = EfficientNetName(name), asked.isLite == isLite else { return false }
        return asked.scaling == nil || scaling == nil || asked.scaling?.name == scaling?.name
      })
  }

  /// The commonest reading of this naming.
  private func assumedName(_ scaling: EfficientNetScaling?) -> ArchitectureName {
    let variant = scaling?.name
    switch naming.style {
    case .torchvision:
      // torchvision has no Lite; code in its naming that leaves out squeeze-and-excitation keeps its conventions.
      return ArchitectureName(.torchvision, variant.map { "efficientnet_\($0)" } ?? "efficientnet")
    case .timm:
      let isOnlyTensorFlow = isLite || (scaling?.index ?? 0) >= 6
      return ArchitectureName(
        .timm,
        "\(isOnlyTensorFlow ? "tf_" : "")efficientnet\(variant.map { "_" + $0 } ?? (isLite ? "_lite" : ""))")
    case .numbered:
      let library: ArchitectureName.Library = isLite ? .efficientNetLite : .efficientNetPyTorch
      return ArchitectureName(library, variant.map { "efficientnet-\($0)" } ?? "efficientnet")
    }
  }

  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String] {
    var result: [String] = []
    if !isGiven {
      let conventions = Self.conventions(of: name)
      if naming.style != .numbered { result.append(name.paddingAssumption(conventions.padding)) }
      result.append("batch-norm epsilon: \(conventions.epsilon) as \(name)")
    }
    if name.library == .efficientNetPyTorch || name.library == .efficientNetLite {
      result.append(
        "padding: SAME at \(recipe.inputSize), as the package pads when made with this image_size")
    }
    return result
  }

  func build(_ builder: inout NetworkBuilder) throws -> ValueID {
    try builder.efficientNet(self, stages: stages(in: builder.state))
  }

  var poolName: String {
    switch naming.style {
    case .torchvision: "avgpool"
    case .timm: TimmBuilderNames(root: naming.root).poolName
    case .numbered: "\(naming.root)_avg_pooling"
    }
  }
}

extension ArchitectureName {
  /// The padding of a network that timm has in PyTorch's and in TensorFlow's, said to a person.
  func paddingAssumption(_ padding: Conventions.PaddingRule) -> String {
    switch padding {
    case .symmetric:
      let other = ArchitectureName(.timm, "tf_\(base)")
      return "padding: symmetric as \(self); --architecture \(other) for TensorFlow's SAME"
    case .same:
      let other = ArchitectureName(.timm, String(base))
      return "padding: TensorFlow's SAME as \(self); --architecture \(other) for symmetric"
    }
  }
}
