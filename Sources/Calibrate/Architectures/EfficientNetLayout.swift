/// Which tensors an EfficientNet or EfficientNet-Lite has, in one framework's names.
struct EfficientNetLayout {
  typealias Block = InvertedResidualNames

  let naming: EfficientNetNaming
  let stem: ConvolutionNames
  let head: ConvolutionNames
  /// As the names group them: seven stages, or one list when the names are numbered throughout.
  let groups: [[Block]]

  var hasSqueeze: Bool { groups.first?.first?.squeeze != nil }

  var tensors: [String] { stem.tensors + groups.joined().flatMap(\.tensors) + head.tensors }

  init?(_ names: TensorNames) {
    for style in EfficientNetNaming.Style.allCases {
      guard let root = names.root(before: EfficientNetNaming(style: style, root: "").anchor) else { continue }
      self.init(names, EfficientNetNaming(style: style, root: root))
      return
    }
    return nil
  }

  private init(_ names: TensorNames, _ naming: EfficientNetNaming) {
    let hasSqueeze = naming.hasSqueeze(names)
    let counts =
      naming.style == .numbered
      ? [max(1, names.count(of: naming.group(0)))]
      : (0..<EfficientNetScaling.stages.count).map { max(1, names.count(of: naming.group($0))) }
    self.init(naming, counts: counts) { group, index in
      let expands = naming.expands(block: naming.block(group, index), names, hasSqueeze: hasSqueeze)
      return (expands: expands, squeezes: hasSqueeze)
    }
  }

  /// The tensors of a network with `counts` blocks a group.
  init(
    _ naming: EfficientNetNaming, counts: [Int],
    traits: (_ group: Int, _ index: Int) -> (expands: Bool, squeezes: Bool)
  ) {
    self.naming = naming
    stem = naming.stem
    head = naming.head(groups: counts.count)
    groups = counts.enumerated().map { group, count in
      (0..<count).map { index in
        let traits = traits(group, index)
        return naming.blockLayout(
          naming.block(group, index), expands: traits.expands, squeezes: traits.squeezes)
      }
    }
  }
}
