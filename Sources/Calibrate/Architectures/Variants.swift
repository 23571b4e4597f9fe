/// Which ResNet the tensors show.
struct ResNetVariant {
  /// `resnet50`, `wide_resnet50_2`, `resnext50_32x4d`; `resnet` when the depths are no known one's.
  let name: String
  let description: String

  private static let depths: [(depth: Int, isBottleneck: Bool, blocks: [Int])] = [
    (18, false, [2, 2, 2, 2]), (26, true, [2, 2, 2, 2]), (34, false, [3, 4, 6, 3]), (50, true, [3, 4, 6, 3]),
    (101, true, [3, 4, 23, 3]),
    (152, true, [3, 8, 36, 3]),
  ]

  init(_ layout: ResNetLayout, in state: StateDictionary) {
    let known = Self.depths.first { $0.blocks == layout.depths && $0.isBottleneck == layout.isBottleneck }
    let middle = layout.stages[0][0].convolutions.dropFirst().first.flatMap {
      state["\($0.convolution).weight"]
    }
    let shape = middle?.shape ?? []
    let stem = state["\(layout.stem.convolution).weight"]?.shape.first
    let blocks = layout.depths.map(String.init).joined(separator: ", ")
    let kind = layout.isBottleneck ? "bottleneck ResNet" : "basic-block ResNet"
    description = "\(kind) of \(blocks) blocks"
    guard let known else {
      name = "resnet"
      return
    }
    // The middle convolution of the first block is width × width / groups.
    switch (layout.isBottleneck, stem, shape.first, shape.dropFirst().first) {
    case (true, 64, 128, 128): name = "wide_resnet\(known.depth)_2"
    case (true, 64, 128, 4): name = "resnext\(known.depth)_32x4d"
    case (true, 64, 256, 8): name = "resnext\(known.depth)_32x8d"
    case (true, 64, 256, 4): name = "resnext\(known.depth)_64x4d"
    default: name = "resnet\(known.depth)"
    }
  }

  /// Whether a model of this name can have these blocks: the number in it is the depth's.
  func fits(_ model: String) -> Bool {
    func depth(_ name: String) -> String { String(name.drop { !$0.isNumber }.prefix { $0.isNumber }) }
    let asked = depth(model)
    return asked.isEmpty || asked == depth(name)
  }
}

extension EfficientNetScaling {
  /// The variant whose channels and depths the tensors have, if any.
  static func recognize(
    _ layout: EfficientNetLayout, _ stages: EfficientNetStages, in state: StateDictionary
  ) -> EfficientNetScaling? {
    func outputs(_ names: ConvolutionNames) -> Int? { state["\(names.convolution).weight"]?.shape.first }
    let channels = stages.map { $0.first.flatMap { outputs($0.project) } ?? 0 }
    return all.first { scaling in
      scaling.isLite != layout.hasSqueeze && scaling.stemChannels == outputs(layout.stem)
        && scaling.depths == stages.map(\.count) && scaling.channels == channels
    }
  }
}

extension EfficientNetLayout {
  /// The commonest reading of this naming.
  func assumedName(_ scaling: EfficientNetScaling?, isLite: Bool) -> ArchitectureName {
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
}

extension ArchitectureName {
  /// What `conventions` answers, said to a person.
  func efficientNetAssumptions(naming: EfficientNetNaming.Style) -> [String] {
    let epsilon = "batch-norm epsilon: \(conventions.epsilon) as \(self)"
    switch (naming, conventions.padding) {
    case (.numbered, _): return [epsilon]
    case (_, .symmetric):
      let other = ArchitectureName(.timm, isTensorFlow ? model : "tf_" + model)
      return ["padding: symmetric as \(self); --architecture \(other) for TensorFlow's SAME", epsilon]
    case (_, .same):
      let other = ArchitectureName(.timm, String(model.dropFirst(3)))
      return ["padding: TensorFlow's SAME as \(self); --architecture \(other) for symmetric", epsilon]
    }
  }

  /// Whether no variant is named whose input size is known.
  var isOfUnknownSize: Bool { isEfficientNet && scaling == nil }
}

extension EfficientNetNaming {
  var poolName: String {
    switch style {
    case .torchvision: "avgpool"
    case .timm: "\(root)global_pool"
    case .numbered: "\(root)_avg_pooling"
    }
  }
}
