/// How a framework names an EfficientNet's layers.
struct EfficientNetNaming {
  enum Style: CaseIterable {
    /// torchvision's: `features.2.0.block.1.0`.
    case torchvision
    /// timm's: `blocks.1.0.conv_dw`.
    case timm
    /// efficientnet_pytorch's, and its Lite descendants': `_blocks.1._depthwise_conv`, numbered through all stages.
    case numbered
  }

  let style: Style
  /// What stands before every name: empty, or ending with a dot. torchvision's includes `features.`.
  let root: String

  /// The tensor that tells this style: the first block's depthwise weights, or timm's and efficientnet_pytorch's stem.
  var anchor: String {
    switch style {
    case .torchvision: "1.0.block.0.0.weight"
    case .timm: TimmBuilderNames.anchor
    case .numbered: "_blocks.0._depthwise_conv.weight"
    }
  }

  var stem: ConvolutionNames {
    switch style {
    case .torchvision: ConvolutionNames("\(root)0.0", "\(root)0.1")
    case .timm: TimmBuilderNames(root: root).stem
    case .numbered: ConvolutionNames("\(root)_conv_stem", "\(root)_bn0")
    }
  }

  func head(groups: Int) -> ConvolutionNames {
    switch style {
    case .torchvision: ConvolutionNames("\(root)\(groups + 1).0", "\(root)\(groups + 1).1")
    case .timm: TimmBuilderNames(root: root).head
    case .numbered: ConvolutionNames("\(root)_conv_head", "\(root)_bn1")
    }
  }

  func group(_ group: Int) -> String {
    switch style {
    case .torchvision: "\(root)\(group + 1)"
    case .timm: TimmBuilderNames(root: root).stage(group)
    case .numbered: "\(root)_blocks"
    }
  }

  func block(_ group: Int, _ index: Int) -> String { "\(self.group(group)).\(index)" }

  func hasSqueeze(_ names: TensorNames) -> Bool {
    let first = block(0, 0)
    return switch style {
    case .torchvision: names.hasLayer("\(first).block.1.fc1")
    case .timm: names.hasLayer("\(first).se")
    case .numbered: names.hasLayer("\(first)._se_reduce")
    }
  }

  func expands(block: String, _ names: TensorNames, hasSqueeze: Bool) -> Bool {
    switch style {
    case .torchvision: names.hasLayer("\(block).block.\(hasSqueeze ? 3 : 2)")
    case .timm: TimmBuilderNames(root: root).expands(block, names)
    case .numbered: names.hasLayer("\(block)._expand_conv")
    }
  }

  func blockLayout(_ name: String, expands: Bool, squeezes: Bool) -> EfficientNetLayout.Block {
    switch style {
    case .torchvision: torchvisionBlock(name, expands: expands, squeezes: squeezes)
    case .timm: TimmBuilderNames(root: root).blockNames(name, expands: expands, squeezes: squeezes)
    case .numbered: numberedBlock(name, expands: expands, squeezes: squeezes)
    }
  }

  private func torchvisionBlock(_ name: String, expands: Bool, squeezes: Bool) -> EfficientNetLayout.Block {
    func pair(_ index: Int) -> ConvolutionNames {
      ConvolutionNames("\(name).block.\(index).0", "\(name).block.\(index).1")
    }
    let depthwise = expands ? 1 : 0
    let unit = "\(name).block.\(depthwise + 1)"
    return EfficientNetLayout.Block(
      name: name, expand: expands ? pair(0) : nil, depthwise: pair(depthwise),
      squeeze: squeezes ? SqueezeNames(unit: unit, reduce: "\(unit).fc1", expand: "\(unit).fc2") : nil,
      project: pair(depthwise + (squeezes ? 2 : 1)))
  }

  private func numberedBlock(_ name: String, expands: Bool, squeezes: Bool) -> EfficientNetLayout.Block {
    func pair(_ convolution: String, _ norm: Int) -> ConvolutionNames {
      ConvolutionNames("\(name).\(convolution)", "\(name)._bn\(norm)")
    }
    return EfficientNetLayout.Block(
      name: name, expand: expands ? pair("_expand_conv", 0) : nil, depthwise: pair("_depthwise_conv", 1),
      squeeze: squeezes
        ? SqueezeNames(unit: "\(name)._se", reduce: "\(name)._se_reduce", expand: "\(name)._se_expand") : nil,
      project: pair("_project_conv", 2))
  }
}
