import Quant

extension MobileNetV3Layout: ArchitectureFamily {
  static let summary = "MobileNetV3"
  static let nameExamples =
    "torchvision/mobilenet_v3_large, torchvision/mobilenet_v3_small, timm/mobilenetv3_large_100, "
    + "timm/tf_mobilenetv3_large_100"

  var title: String { "MobileNetV3-\(size == .large ? "Large" : "Small")" }

  /// timm's embedding layer is part of the body: its classifier may be missing, it may not.
  var tensors: [String] {
    names.tensors + (embedding.map { ["\($0).weight", "\($0).bias"] } ?? [])
  }

  var kernels: [(tensor: String, side: Int)] {
    names.kernels(Self.stages(size, isMinimal: isMinimal))
  }

  /// timm pools before its last layer.
  var poolName: String { timm?.poolName ?? "avgpool" }

  static func templates(for names: TensorNames) -> [MobileNetV3Layout] { published }

  static func understands(_ name: ArchitectureName) -> Bool { MobileNetV3Name(name) != nil }

  static func conventions(of name: ArchitectureName) -> Conventions {
    if name.isTensorFlow { return .tensorFlow }
    return Conventions(epsilon: name.library == .torchvision ? 1e-3 : 1e-5)
  }

  /// torchvision's Linear, Hardswish, Dropout, Linear; a head of other numbers is somebody's own.
  func headActivation(of head: Head) -> Activation {
    guard timm == nil else { return .relu }
    let indices = head.layers.map(\.index)
    return indices == [0] || indices == [0, 3] ? .hardSwish : .relu
  }

  func member(in state: StateDictionary) -> ArchitectureMember {
    let width = self.width(in: state)
    let (size, isMinimal) = (size, isMinimal)
    return ArchitectureMember(
      name: assumedName(width), description: "a \(title)",
      fits: { name in
        guard let asked = MobileNetV3Name(name) else { return false }
        guard let askedSize = asked.size else { return true }
        guard askedSize == size, asked.isMinimal == isMinimal else { return false }
        return asked.width == nil || width == nil || asked.width == width
      })
  }

  private func width(in state: StateDictionary) -> String? {
    names.lastChannels(in: state).convolution.flatMap { Self.widths[size]?[$0] }
  }

  /// timm's widths by the last convolution's channels.
  private static let widths: [Size: [Int: String]] = [
    .large: [720: "075", 960: "100"], .small: [288: "050", 432: "075", 576: "100"],
  ]

  /// Of the minimal models TensorFlow's alone were published.
  private func assumedName(_ width: String?) -> ArchitectureName {
    guard timm != nil else { return ArchitectureName(.torchvision, "mobilenet_v3_\(size.rawValue)") }
    let kind = isMinimal ? "_minimal" : ""
    return ArchitectureName(
      .timm, "\(isMinimal ? "tf_" : "")mobilenetv3_\(size.rawValue)\(kind)\(width.map { "_" + $0 } ?? "")")
  }

  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String] {
    if isGiven { return [] }
    let conventions = Self.conventions(of: name)
    let epsilon = "batch-norm epsilon: \(conventions.epsilon) as \(name)"
    let padding = name.library == .timm ? [name.paddingAssumption(conventions.padding)] : []
    let functions =
      isMinimal
      ? "activations: ReLU, as \(name)"
      : "activations: ReLU and Hardswish by the block's place, Hardsigmoid gates, as \(name)"
    return padding + [epsilon, functions]
  }

  func build(_ builder: inout NetworkBuilder) throws -> ValueID {
    let activation: Activation = isMinimal ? .relu : .hardSwish
    let table = Self.stages(size, isMinimal: isMinimal)
    var x = try builder.convolution(names.stem, of: 0, kernel: 3, stride: 2, activation: activation)
    x = try builder.stages(names, of: x) { stage, index in
      InvertedResidualTraits(
        kernel: table[stage].kernel, stride: index == 0 ? table[stage].stride : 1,
        activation: table[stage].activation, squeezeActivation: .relu, gate: .hardSigmoid)
    }
    x = try builder.convolution(names.last, of: x, kernel: 1, activation: activation)
    guard let embedding else { return x }
    let pooled = try builder.append(poolName, .globalPool(.average), x)
    return try builder.dense(embedding, of: pooled, activation: activation)
  }
}

/// What a MobileNetV3's name says.
private struct MobileNetV3Name {
  /// nil for the family as a whole.
  var size: MobileNetV3Layout.Size?
  var isMinimal = false
  var width: String?

  /// nil for another family's; `mobilenetv3_rw` has another unit of the same names.
  init?(_ name: ArchitectureName) {
    switch name.library {
    case .torchvision:
      guard let size = MobileNetV3Layout.Size.allCases.first(where: { name.model == "mobilenet_v3_\($0)" })
      else { return nil }
      self.size = size
    case .timm:
      var parts = name.base.split(separator: "_", omittingEmptySubsequences: false).map(String.init)[...]
      guard parts.popFirst() == "mobilenetv3" else { return nil }
      guard let size = parts.popFirst() else { return }
      guard let known = MobileNetV3Layout.Size(rawValue: size) else { return nil }
      self.size = known
      if parts.first == "minimal" {
        isMinimal = true
        parts.removeFirst()
      }
      guard let width = parts.popFirst() else { return }
      guard width.count == 3, width.allSatisfy(\.isNumber) else { return nil }
      self.width = width
      // Training variants such as `miil` and `in21k`.
      guard parts.allSatisfy({ ["miil", "in21k"].contains($0) }) else { return nil }
    default: return nil
    }
  }
}
