/// timm's names of what its EfficientNet builder makes: EfficientNets, MobileNets, MnasNets.
struct TimmBuilderNames {
  /// The first block's depthwise weights.
  static let anchor = "blocks.0.0.conv_dw.weight"

  /// Empty, or ending with a dot.
  let root: String

  init(root: String) { self.root = root }

  init?(_ names: TensorNames) {
    guard let root = names.root(before: Self.anchor) else { return nil }
    self.root = root
  }

  var stem: ConvolutionNames { ConvolutionNames("\(root)conv_stem", "\(root)bn1") }
  var head: ConvolutionNames { ConvolutionNames("\(root)conv_head", "\(root)bn2") }
  var poolName: String { "\(root)global_pool" }

  func stage(_ stage: Int) -> String { "\(root)blocks.\(stage)" }
  func block(_ stage: Int, _ index: Int) -> String { "\(self.stage(stage)).\(index)" }

  /// A block that the names show to expand has its projection under another name.
  func expands(_ block: String, _ names: TensorNames) -> Bool { names.hasLayer("\(block).conv_pwl") }

  func blockNames(_ name: String, expands: Bool, squeezes: Bool) -> InvertedResidualNames {
    func pair(_ convolution: String, _ norm: Int) -> ConvolutionNames {
      ConvolutionNames("\(name).\(convolution)", "\(name).bn\(norm)")
    }
    let unit = "\(name).se"
    return InvertedResidualNames(
      name: name, expand: expands ? pair("conv_pw", 1) : nil, depthwise: pair("conv_dw", expands ? 2 : 1),
      squeeze: squeezes
        ? SqueezeNames(unit: unit, reduce: "\(unit).conv_reduce", expand: "\(unit).conv_expand") : nil,
      project: expands ? pair("conv_pwl", 3) : pair("conv_pw", 2))
  }

  /// Stages as deep as the names are, a stage that is not there with one block.
  func stages(_ table: [MobileStage], _ names: TensorNames) -> [[InvertedResidualNames]] {
    table.enumerated().map { stage, traits in
      (0..<max(1, names.count(of: self.stage(stage)))).map { index in
        let name = block(stage, index)
        return blockNames(name, expands: expands(name, names), squeezes: traits.squeezes)
      }
    }
  }

  /// The published depths; only a network's first block does not expand.
  func stages(_ table: [MobileStage]) -> [[InvertedResidualNames]] {
    table.enumerated().map { stage, traits in
      (0..<traits.depth).map { index in
        blockNames(block(stage, index), expands: stage > 0, squeezes: traits.squeezes)
      }
    }
  }
}
