/// Which tensors a ResNet has, in one framework's names.
struct ResNetLayout {
  struct Block {
    let name: String
    /// Two (basic block) or three (bottleneck).
    let convolutions: [ConvolutionNames]
    let downsample: ConvolutionNames?
  }

  let naming: ResNetNaming
  let stem: ConvolutionNames
  let stages: [[Block]]

  var isBottleneck: Bool { stages.first?.first?.convolutions.count == 3 }
  var depths: [Int] { stages.map(\.count) }

  var tensors: [String] {
    stem.tensors
      + stages.joined().flatMap { block in
        block.convolutions.flatMap(\.tensors) + (block.downsample?.tensors ?? [])
      }
  }

  init?(_ names: TensorNames) {
    for style in ResNetNaming.Style.allCases {
      guard let root = names.root(before: ResNetNaming(style: style, root: "").anchor) else { continue }
      self.init(names, ResNetNaming(style: style, root: root))
      return
    }
    return nil
  }

  private init(_ names: TensorNames, _ naming: ResNetNaming) {
    let isBottleneck = names.hasLayer(naming.convolution(block: naming.block(0, 0), 2).convolution)
    // A stage that is not there keeps one block, whose tensors are then told as missing.
    let depths = (0..<4).map { max(1, names.count(of: naming.stage($0))) }
    let widens = names.hasLayer(naming.downsample(block: naming.block(0, 0)).convolution)
    self.init(naming, depths: depths, isBottleneck: isBottleneck, widensFirstStage: widens)
  }

  /// The tensors that a ResNet of these depths has.
  init(_ naming: ResNetNaming, depths: [Int], isBottleneck: Bool, widensFirstStage: Bool) {
    self.naming = naming
    stem = naming.stem
    stages = depths.enumerated().map { stage, depth in
      (0..<depth).map { index in
        let name = naming.block(stage, index)
        let changesShape = index == 0 && (stage > 0 || widensFirstStage)
        return Block(
          name: name,
          convolutions: (0..<(isBottleneck ? 3 : 2)).map { naming.convolution(block: name, $0) },
          downsample: changesShape ? naming.downsample(block: name) : nil)
      }
    }
  }
}

/// How a framework names a ResNet's layers.
struct ResNetNaming {
  enum Style: CaseIterable {
    /// torchvision's, which timm and most other code share.
    case attributes
    /// `nn.Sequential(*list(resnet.children())[:-1])`: the same blocks under numbers.
    case sequential
    /// Hugging Face transformers'.
    case transformers
  }

  let style: Style
  /// What stands before every name: empty, or ending with a dot.
  let root: String

  /// The tensor that tells this style.
  var anchor: String { "\(convolution(block: block(0, 0), 0).convolution).weight" }

  var stem: ConvolutionNames {
    switch style {
    case .attributes: ConvolutionNames("\(root)conv1", "\(root)bn1")
    case .sequential: ConvolutionNames("\(root)0", "\(root)1")
    case .transformers:
      ConvolutionNames("\(root)embedder.embedder.convolution", "\(root)embedder.embedder.normalization")
    }
  }

  func stage(_ stage: Int) -> String {
    switch style {
    case .attributes: "\(root)layer\(stage + 1)"
    case .sequential: "\(root)\(stage + 4)"
    case .transformers: "\(root)encoder.stages.\(stage).layers"
    }
  }

  func block(_ stage: Int, _ index: Int) -> String { "\(self.stage(stage)).\(index)" }

  func convolution(block: String, _ index: Int) -> ConvolutionNames {
    switch style {
    case .attributes, .sequential:
      ConvolutionNames("\(block).conv\(index + 1)", "\(block).bn\(index + 1)")
    case .transformers:
      ConvolutionNames("\(block).layer.\(index).convolution", "\(block).layer.\(index).normalization")
    }
  }

  func downsample(block: String) -> ConvolutionNames {
    switch style {
    case .attributes, .sequential: ConvolutionNames("\(block).downsample.0", "\(block).downsample.1")
    case .transformers: ConvolutionNames("\(block).shortcut.convolution", "\(block).shortcut.normalization")
    }
  }
}
