import Quant

extension EfficientNetV2Layout: ArchitectureFamily {
  static let summary = "EfficientNetV2"
  static let nameExamples =
    "torchvision/efficientnet_v2_s, timm/tf_efficientnetv2_b0, timm/efficientnetv2_rw_s"

  var title: String { "EfficientNetV2" }
  var tensors: [String] { stem.tensors + stages.joined().flatMap(\.tensors) + last.tensors }
  var poolName: String { timm?.poolName ?? "avgpool" }

  /// Of the first blocks' convolutions, in which EfficientNet has none such.
  var kernels: [(tensor: String, side: Int)] {
    stages.joined().compactMap { block in
      switch block {
      case .single(_, let names): ("\(names.convolution).weight", 3)
      case .fused(_, let expand, _): ("\(expand.convolution).weight", 3)
      case .inverted(let names): ("\(names.depthwise.convolution).weight", 3)
      }
    }
  }

  private struct Variant {
    let name: String
    let depths: [Int]
    /// Of the last convolution before the head's.
    let channels: Int
    var inTorchvision = false
    /// timm's prefix where it has weights.
    var prefix = "tf_"
  }

  private static let variants = [
    Variant(name: "b0", depths: [1, 2, 2, 3, 5, 8], channels: 192),
    Variant(name: "b1", depths: [2, 3, 3, 4, 6, 9], channels: 192),
    Variant(name: "b2", depths: [2, 3, 3, 4, 6, 10], channels: 208),
    Variant(name: "b3", depths: [2, 3, 3, 5, 7, 12], channels: 232),
    Variant(name: "s", depths: [2, 4, 4, 6, 9, 15], channels: 256, inTorchvision: true),
    Variant(name: "m", depths: [3, 5, 5, 7, 14, 18, 5], channels: 512, inTorchvision: true),
    Variant(name: "l", depths: [4, 7, 7, 10, 19, 25, 7], channels: 640, inTorchvision: true),
    Variant(name: "rw_s", depths: [2, 4, 4, 6, 9, 15], channels: 272, prefix: ""),
  ]

  static func understands(_ name: ArchitectureName) -> Bool {
    switch name.library {
    case .torchvision: variant(of: name)?.inTorchvision == true
    case .timm: name.base == "efficientnetv2" || variant(of: name) != nil
    default: false
    }
  }

  private static func variant(of name: ArchitectureName) -> Variant? {
    let prefix = name.library == .torchvision ? "efficientnet_v2_" : "efficientnetv2_"
    return variants.first { name.base == "\(prefix)\($0.name)" }
  }

  static func conventions(of name: ArchitectureName) -> Conventions {
    if name.isTensorFlow { return .tensorFlow }
    return Conventions(epsilon: name.library == .torchvision ? 1e-3 : 1e-5)
  }

  static func isSizeKnown(of name: ArchitectureName) -> Bool { variant(of: name) != nil }

  static func templates(for names: TensorNames) -> [EfficientNetV2Layout] {
    let depths = variants[4].depths
    return [
      EfficientNetV2Layout(root: "features.", depths: depths) { !$0.hasPrefix("features.1.") },
      EfficientNetV2Layout(timm: TimmBuilderNames(root: ""), depths: depths) {
        $0.hasPrefix("blocks.1.") || $0.hasPrefix("blocks.2.")
      },
    ]
  }

  func member(in state: StateDictionary) -> ArchitectureMember {
    let channels = state["\(last.convolution).weight"]?.shape.dropFirst().first
    let found = Self.variants.first { $0.depths == stages.map(\.count) && $0.channels == channels }
    return ArchitectureMember(
      name: assumedName(found),
      description: "an EfficientNetV2\(found.map { "-\($0.name)" } ?? " of its own width or depth")",
      fits: { name in
        guard let asked = Self.variant(of: name), let found else { return true }
        return asked.name == found.name
      })
  }

  /// Of the networks of the paper timm has TensorFlow's weights alone.
  private func assumedName(_ variant: Variant?) -> ArchitectureName {
    if timm == nil { return ArchitectureName(.torchvision, "efficientnet_v2_\(variant?.name ?? "s")") }
    return ArchitectureName(
      .timm, "\(variant?.prefix ?? "tf_")efficientnetv2\(variant.map { "_" + $0.name } ?? "")")
  }

  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String] {
    if isGiven { return [] }
    let conventions = Self.conventions(of: name)
    let padding = name.library == .timm ? [name.paddingAssumption(conventions.padding)] : []
    return padding + ["batch-norm epsilon: \(conventions.epsilon) as \(name)"]
  }

  func build(_ builder: inout NetworkBuilder) throws -> ValueID { try builder.efficientNetV2(self) }
}
