import Quant

/// Which tensors an MnasNet-B1 has, in torchvision's or timm's names.
///
/// Source: Tan et al., "MnasNet: Platform-Aware Neural Architecture Search for Mobile", the variant without
/// squeeze-and-excitation.
struct MnasNetLayout {
  static let stages = [
    MobileStage(kernel: 3, stride: 1, depth: 1), MobileStage(kernel: 3, stride: 2, depth: 3),
    MobileStage(kernel: 5, stride: 2, depth: 3), MobileStage(kernel: 5, stride: 2, depth: 3),
    MobileStage(kernel: 3, stride: 1, depth: 2), MobileStage(kernel: 5, stride: 2, depth: 4),
    MobileStage(kernel: 3, stride: 1, depth: 1),
  ]

  /// timm's; nil for torchvision's.
  let timm: TimmBuilderNames?
  let names: StagedNames

  init?(_ names: TensorNames) {
    if let timm = TimmBuilderNames(names) {
      self.init(timm: timm, stages: timm.stages(Self.stages, names))
    } else if let root = names.root(before: "layers.8.0.layers.0.weight") {
      self.init(root: "\(root)layers.") { max(1, names.count(of: $0)) }
    } else {
      return nil
    }
  }

  private init(timm: TimmBuilderNames, stages: [[InvertedResidualNames]]) {
    self.timm = timm
    names = StagedNames(stem: timm.stem, stages: stages, last: timm.head)
  }

  /// torchvision numbers the stem and the first block's layers, then six stacks, then the last convolution.
  private init(root: String, depth: (String) -> Int) {
    func pair(_ name: String, _ index: Int) -> ConvolutionNames {
      ConvolutionNames("\(name)\(index)", "\(name)\(index + 1)")
    }
    timm = nil
    let first = InvertedResidualNames(
      name: "\(root)3", expand: nil, depthwise: pair(root, 3), squeeze: nil, project: pair(root, 6))
    let stacks = (8...13).map { stack in
      (0..<depth("\(root)\(stack)")).map { index in
        let layers = "\(root)\(stack).\(index).layers."
        return InvertedResidualNames(
          name: "\(root)\(stack).\(index)", expand: pair(layers, 0), depthwise: pair(layers, 3), squeeze: nil,
          project: pair(layers, 6))
      }
    }
    names = StagedNames(stem: pair(root, 0), stages: [[first]] + stacks, last: pair(root, 14))
  }
}

extension MnasNetLayout: ArchitectureFamily {
  static let summary = "MnasNet"
  static let nameExamples = "torchvision/mnasnet1_0, timm/mnasnet_100"

  var title: String { "MnasNet" }
  var tensors: [String] { names.tensors }
  var kernels: [(tensor: String, side: Int)] { names.kernels(Self.stages) }
  var poolName: String { timm?.poolName ?? "avgpool" }

  /// By the last block's channels.
  private static let torchvisionWidths = [160: "0_5", 240: "0_75", 320: "1_0", 416: "1_3"]
  private static let timmWidths = [160: "_050", 240: "_075", 320: "_100", 448: "_140"]

  static func understands(_ name: ArchitectureName) -> Bool {
    name.model == "mnasnet" && [.torchvision, .timm].contains(name.library) || width(of: name) != nil
  }

  /// `1_0` of torchvision's `mnasnet1_0`, `_100` of timm's `mnasnet_100`.
  private static func width(of name: ArchitectureName) -> String? {
    guard name.model.hasPrefix("mnasnet") else { return nil }
    let width = String(name.model.dropFirst(7))
    switch name.library {
    case .torchvision: return torchvisionWidths.values.contains(width) ? width : nil
    case .timm: return timmWidths.values.contains(width) ? width : nil
    default: return nil
    }
  }

  static func conventions(of name: ArchitectureName) -> Conventions { Conventions() }

  static func templates(for names: TensorNames) -> [MnasNetLayout] {
    let timm = TimmBuilderNames(root: "")
    return [
      MnasNetLayout(root: "layers.") { name in
        stages[(Int(name.split(separator: ".").last ?? "") ?? 8) - 7].depth
      },
      MnasNetLayout(timm: timm, stages: timm.stages(stages)),
    ]
  }

  func member(in state: StateDictionary) -> ArchitectureMember {
    let channels = names.lastChannels(in: state).block ?? 0
    let widths = (Self.torchvisionWidths[channels], Self.timmWidths[channels])
    let known = timm == nil ? widths.0 : widths.1
    return ArchitectureMember(
      name: ArchitectureName(timm == nil ? .torchvision : .timm, "mnasnet\(known ?? "")"),
      description: "an MnasNet whose last block has \(channels) channels",
      fits: { name in
        guard let asked = Self.width(of: name), let found = name.library == .timm ? widths.1 : widths.0
        else { return true }
        return asked == found
      })
  }

  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String] {
    isGiven ? [] : ["batch-norm epsilon: 1e-05 and ReLU as \(name)"]
  }

  /// The first block never has a residual, in timm the last stage neither.
  func build(_ builder: inout NetworkBuilder) throws -> ValueID {
    var x = try builder.convolution(names.stem, of: 0, kernel: 3, stride: 2, activation: .relu)
    x = try builder.stages(names, of: x) { stage, index in
      InvertedResidualTraits(
        kernel: Self.stages[stage].kernel, stride: index == 0 ? Self.stages[stage].stride : 1,
        activation: .relu, squeezeActivation: .relu, maySkip: stage > 0 && (stage < 6 || timm == nil))
    }
    return try builder.convolution(names.last, of: x, kernel: 1, activation: .relu)
  }
}
