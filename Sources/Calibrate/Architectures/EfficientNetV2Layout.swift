import Quant

/// Which tensors an EfficientNetV2 has, in torchvision's or timm's names.
///
/// Source: Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", table 4.
struct EfficientNetV2Layout {
  enum Block {
    /// A 3×3 convolution with its activation.
    case single(String, ConvolutionNames)
    /// A 3×3 convolution that widens, a 1×1 one that projects.
    case fused(String, expand: ConvolutionNames, project: ConvolutionNames)
    case inverted(InvertedResidualNames)

    var tensors: [String] {
      switch self {
      case .single(_, let convolution): convolution.tensors
      case .fused(_, let expand, let project): expand.tensors + project.tensors
      case .inverted(let names): names.tensors
      }
    }
  }

  /// Of the first block of each stage; the larger networks alone have the last one.
  static let strides = [1, 2, 2, 2, 1, 2, 1]

  /// timm's; nil for torchvision's.
  let timm: TimmBuilderNames?
  let stem: ConvolutionNames
  let stages: [[Block]]
  let last: ConvolutionNames

  init?(_ names: TensorNames) {
    for anchor in ["blocks.0.0.conv.weight", "blocks.0.0.conv_exp.weight"] {
      guard let root = names.root(before: anchor) else { continue }
      let timm = TimmBuilderNames(root: root)
      self.init(timm: timm, depths: Self.depths(timm.stage, first: 0, names)) { names.hasLayer($0) }
      return
    }
    guard let root = names.root(before: "1.0.block.0.0.weight") else { return nil }
    self.init(root: root, depths: Self.depths({ "\(root)\($0)" }, first: 1, names)) { names.hasLayer($0) }
  }

  /// Six or seven stages, one that is not there with a block.
  private static func depths(_ stage: (Int) -> String, first: Int, _ names: TensorNames) -> [Int] {
    let last = first + strides.count - 1
    let hasLast = names.hasLayer("\(stage(last)).0.\(first == 0 ? "conv_pw" : "block")")
    return (first..<last + (hasLast ? 1 : 0)).map { max(1, names.count(of: stage($0))) }
  }

  init(timm: TimmBuilderNames, depths: [Int], hasLayer: (String) -> Bool) {
    self.timm = timm
    (stem, last) = (timm.stem, timm.head)
    stages = depths.enumerated().map { stage, depth in
      (0..<depth).map { index in
        let name = timm.block(stage, index)
        if hasLayer("\(name).conv_exp") {
          return .fused(
            name, expand: ConvolutionNames("\(name).conv_exp", "\(name).bn1"),
            project: ConvolutionNames("\(name).conv_pwl", "\(name).bn2"))
        }
        if stage < 3 { return .single(name, ConvolutionNames("\(name).conv", "\(name).bn1")) }
        return .inverted(timm.blockNames(name, expands: true, squeezes: true))
      }
    }
  }

  /// - Parameter root: up to the number of a module in `features`.
  init(root: String, depths: [Int], hasLayer: (String) -> Bool) {
    func pair(_ name: String) -> ConvolutionNames { ConvolutionNames("\(name).0", "\(name).1") }
    timm = nil
    (stem, last) = (pair("\(root)0"), pair("\(root)\(depths.count + 1)"))
    stages = depths.enumerated().map { stage, depth in
      (0..<depth).map { index in
        let name = "\(root)\(stage + 1).\(index)"
        let layers = "\(name).block"
        if stage < 3 {
          return hasLayer("\(layers).1")
            ? .fused(name, expand: pair("\(layers).0"), project: pair("\(layers).1"))
            : .single(name, pair("\(layers).0"))
        }
        let unit = "\(layers).2"
        return .inverted(
          InvertedResidualNames(
            name: name, expand: pair("\(layers).0"), depthwise: pair("\(layers).1"),
            squeeze: SqueezeNames(unit: unit, reduce: "\(unit).fc1", expand: "\(unit).fc2"),
            project: pair("\(layers).3")))
      }
    }
  }
}

extension NetworkBuilder {
  mutating func efficientNetV2(_ layout: EfficientNetV2Layout) throws -> ValueID {
    var x = try convolution(layout.stem, of: 0, kernel: 3, stride: 2, activation: .silu)
    for (stage, blocks) in layout.stages.enumerated() {
      for (index, block) in blocks.enumerated() {
        x = try efficientNetV2(block, of: x, stride: index == 0 ? EfficientNetV2Layout.strides[stage] : 1)
      }
    }
    return try convolution(layout.last, of: x, kernel: 1, activation: .silu)
  }

  private mutating func efficientNetV2(
    _ block: EfficientNetV2Layout.Block, of input: ValueID, stride: Int
  ) throws -> ValueID {
    var x = input
    let name: String
    switch block {
    case .inverted(let names):
      let traits = InvertedResidualTraits(
        kernel: 3, stride: stride, activation: .silu, squeezeActivation: .silu)
      return try invertedResidual(names, traits, of: input)
    case .single(let own, let names):
      name = own
      x = try convolution(names, of: x, kernel: 3, stride: stride, activation: .silu)
    case .fused(let own, let expand, let project):
      name = own
      x = try convolution(expand, of: x, kernel: 3, stride: stride, activation: .silu)
      x = try convolution(project, of: x, kernel: 1, activation: .identity)
    }
    guard stride == 1, shape(of: x) == shape(of: input) else { return x }
    return try append("\(name).add", .add(.identity), x, input)
  }
}
