/// Which tensors a ResNet has, in one framework's names.
struct ResNetLayout {
  struct Block {
    let name: String
    /// Two (basic block) or three (bottleneck).
    let convolutions: [ConvolutionNames]
    let squeeze: SqueezeNames?
    let downsample: ConvolutionNames?
  }

  /// What distinguishes timm's ResNet-C, -D, -S and -T and SE-ResNets from the first ones; their tensors tell.
  struct Extras: Hashable {
    /// Three 3×3 convolutions in place of the 7×7.
    var hasDeepStem = false
    /// An average pooling strides before the 1×1 convolution of a shortcut.
    var averagesShortcuts = false
    var squeezes = false

    static let none = Extras()
  }

  let naming: ResNetNaming
  let extras: Extras
  /// One or three.
  let stem: [ConvolutionNames]
  let stages: [[Block]]

  var isBottleneck: Bool { stages.first?.first?.convolutions.count == 3 }
  var depths: [Int] { stages.map(\.count) }

  var tensors: [String] {
    var result = stem.flatMap(\.tensors)
    for block in stages.joined() {
      result += block.convolutions.flatMap(\.tensors)
      result += block.squeeze?.tensors ?? []
      result += block.downsample?.tensors ?? []
    }
    return result
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
    let first = naming.block(0, 0)
    let isBottleneck = names.hasLayer(naming.convolution(block: first, 2).convolution)
    // A stage that is not there keeps one block, whose tensors are then told as missing.
    let depths = (0..<4).map { max(1, names.count(of: naming.stage($0))) }
    let extras = Extras(
      hasDeepStem: names.hasLayer("\(naming.stem.convolution).0"),
      averagesShortcuts: names.hasLayer("\(naming.block(1, 0)).downsample.2"),
      squeezes: names.hasLayer("\(first).se.fc1") && names.hasLayer("\(first).se.fc2"))
    let widens = names.hasLayer(
      naming.downsample(block: first, afterPool: extras.averagesShortcuts).convolution)
    self.init(
      naming, depths: depths, isBottleneck: isBottleneck, widensFirstStage: widens, extras: extras)
  }

  /// The tensors that a ResNet of these depths has.
  init(
    _ naming: ResNetNaming, depths: [Int], isBottleneck: Bool, widensFirstStage: Bool, extras: Extras = .none
  ) {
    self.naming = naming
    self.extras = extras
    stem = extras.hasDeepStem ? naming.deepStem : [naming.stem]
    stages = depths.enumerated().map { stage, depth in
      (0..<depth).map { index in
        let name = naming.block(stage, index)
        let changesShape = index == 0 && (stage > 0 || widensFirstStage)
        return Block(
          name: name,
          convolutions: (0..<(isBottleneck ? 3 : 2)).map { naming.convolution(block: name, $0) },
          squeeze: extras.squeezes
            ? SqueezeNames(unit: "\(name).se", reduce: "\(name).se.fc1", expand: "\(name).se.fc2") : nil,
          downsample: changesShape
            ? naming.downsample(block: name, afterPool: extras.averagesShortcuts) : nil)
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

  /// timm's: a `nn.Sequential` with ReLUs, and the plain stem's normalization after its last convolution.
  var deepStem: [ConvolutionNames] {
    let name = stem.convolution
    return [
      ConvolutionNames("\(name).0", "\(name).1"), ConvolutionNames("\(name).3", "\(name).4"),
      ConvolutionNames("\(name).6", stem.norm),
    ]
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

  /// - Parameter afterPool: a pooling, or what stands in its place at stride 1, has the first number.
  func downsample(block: String, afterPool: Bool = false) -> ConvolutionNames {
    switch style {
    case .attributes, .sequential:
      ConvolutionNames("\(block).downsample.\(afterPool ? 1 : 0)", "\(block).downsample.\(afterPool ? 2 : 1)")
    case .transformers: ConvolutionNames("\(block).shortcut.convolution", "\(block).shortcut.normalization")
    }
  }
}
