import Quant

/// Which tensors a MobileNetV2 has, in torchvision's or timm's names.
///
/// Source: Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", table 2.
struct MobileNetV2Layout {
  static let stages = [
    MobileStage(kernel: 3, stride: 1, depth: 1), MobileStage(kernel: 3, stride: 2, depth: 2),
    MobileStage(kernel: 3, stride: 2, depth: 3), MobileStage(kernel: 3, stride: 2, depth: 4),
    MobileStage(kernel: 3, stride: 1, depth: 3), MobileStage(kernel: 3, stride: 2, depth: 3),
    MobileStage(kernel: 3, stride: 1, depth: 1),
  ]

  /// timm's; nil for torchvision's.
  let timm: TimmBuilderNames?
  /// torchvision's names number the blocks throughout: one stage, until the shapes are seen.
  private(set) var names: StagedNames

  init?(_ names: TensorNames) {
    if let timm = TimmBuilderNames(names) {
      self.init(timm: timm, stages: timm.stages(Self.stages, names))
    } else if let root = names.root(before: "1.conv.0.0.weight") {
      var count = 1
      while names.hasLayer("\(root)\(count + 1).conv") { count += 1 }
      self.init(root: root, count: count) { names.hasLayer("\(root)\($0).conv.3") }
    } else {
      return nil
    }
  }

  private init(timm: TimmBuilderNames, stages: [[InvertedResidualNames]]) {
    self.timm = timm
    names = StagedNames(stem: timm.stem, stages: stages, last: timm.head)
  }

  /// - Parameter root: up to the number of a module in `features`.
  private init(root: String, count: Int, expands: (Int) -> Bool) {
    func pair(_ name: String) -> ConvolutionNames { ConvolutionNames("\(name).0", "\(name).1") }
    timm = nil
    let blocks = (1...count).map { index in
      let name = "\(root)\(index).conv"
      let first = expands(index) ? 1 : 0
      return InvertedResidualNames(
        name: name, expand: expands(index) ? pair("\(name).0") : nil, depthwise: pair("\(name).\(first)"),
        squeeze: nil, project: ConvolutionNames("\(name).\(first + 1)", "\(name).\(first + 2)"))
    }
    names = StagedNames(stem: pair("\(root)0"), stages: [blocks], last: pair("\(root)\(count + 1)"))
  }

  /// With the blocks by stage: as the channels change or, at widths where two stages have the same, as published.
  ///
  /// - Throws: `InputError` when the shapes do not show seven stages.
  private func staged(in state: StateDictionary) throws -> StagedNames {
    guard timm == nil else { return names }
    let blocks = Array(names.stages.joined())
    var result = names
    result.stages = try StageTraits.stages(of: blocks, in: state)
    if result.stages.count == Self.stages.count { return result }
    let published = Self.stages.map(\.depth)
    guard let stages = try StageTraits.stages(of: blocks, depths: published, in: state) else {
      throw InputError(
        .unsupported, names.stem.convolution,
        "the block shapes show \(result.stages.count) stages, a MobileNetV2 has \(Self.stages.count)",
        remedy: "save the network in timm's naming, which tells the stages")
    }
    result.stages = stages
    return result
  }
}

extension MobileNetV2Layout: ArchitectureFamily {
  static let summary = "MobileNetV2"
  static let nameExamples = "torchvision/mobilenet_v2, timm/mobilenetv2_100"

  var title: String { "MobileNetV2" }
  var tensors: [String] { names.tensors }
  var kernels: [(tensor: String, side: Int)] {
    names.stages.joined().map { ("\($0.depthwise.convolution).weight", 3) }
  }
  var poolName: String { timm?.poolName ?? "avgpool" }

  static func understands(_ name: ArchitectureName) -> Bool {
    switch name.library {
    case .torchvision: name.model == "mobilenet_v2"
    case .timm: name.model == "mobilenetv2" || width(of: name) != nil
    default: false
    }
  }

  /// `100` of `mobilenetv2_100`, `120d` of `mobilenetv2_120d`.
  private static func width(of name: ArchitectureName) -> Substring? {
    let prefix = "mobilenetv2_"
    let width = name.model.dropFirst(prefix.count)
    let digits = width.prefix { $0.isNumber }
    guard name.model.hasPrefix(prefix), digits.count == 3, ["", "d"].contains(width.dropFirst(3)) else {
      return nil
    }
    return width
  }

  static func conventions(of name: ArchitectureName) -> Conventions { Conventions() }

  static func templates(for names: TensorNames) -> [MobileNetV2Layout] {
    let timm = TimmBuilderNames(root: "")
    return [
      MobileNetV2Layout(root: "features.", count: 17) { $0 > 1 },
      MobileNetV2Layout(timm: timm, stages: timm.stages(stages)),
    ]
  }

  /// timm's widths by the last block's channels.
  private static let widths = [
    112: "035", 160: "050", 240: "075", 320: "100", 352: "110d", 384: "120d", 448: "140",
  ]

  func member(in state: StateDictionary) -> ArchitectureMember {
    let width = names.lastChannels(in: state).block.flatMap { Self.widths[$0] }
    let model = timm == nil ? "mobilenet_v2" : width.map { "mobilenetv2_\($0)" } ?? "mobilenetv2"
    return ArchitectureMember(
      name: ArchitectureName(timm == nil ? .torchvision : .timm, model),
      description: "a MobileNetV2 of \(width.map { "width \($0) %" } ?? "its own width")",
      fits: { name in
        guard let asked = Self.width(of: name), let width else { return true }
        return asked == width
      })
  }

  func assumptions(as name: ArchitectureName, isGiven: Bool, recipe: Recipe) -> [String] {
    isGiven ? [] : ["batch-norm epsilon: 1e-05 and ReLU6 as \(name)"]
  }

  func build(_ builder: inout NetworkBuilder) throws -> ValueID {
    let names = try staged(in: builder.state)
    var x = try builder.convolution(names.stem, of: 0, kernel: 3, stride: 2, activation: .relu6)
    x = try builder.stages(names, of: x) { stage, index in
      InvertedResidualTraits(
        kernel: 3, stride: index == 0 ? Self.stages[stage].stride : 1, activation: .relu6,
        squeezeActivation: .relu6)
    }
    return try builder.convolution(names.last, of: x, kernel: 1, activation: .relu6)
  }
}
