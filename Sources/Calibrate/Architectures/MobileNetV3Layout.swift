/// Which tensors a MobileNetV3 has, in torchvision's or timm's names.
///
/// Source: Howard et al., "Searching for MobileNetV3", tables 1 and 2.
struct MobileNetV3Layout {
  enum Size: String, CaseIterable {
    case large, small
  }

  let size: Size
  /// TensorFlow's "minimal" models: kernels of 3, ReLU, no squeeze-and-excitation.
  let isMinimal: Bool
  /// timm's; nil for torchvision's.
  let timm: TimmBuilderNames?
  let names: StagedNames

  /// timm's layer of the embedding, a 1×1 convolution with bias on the pooled map.
  var embedding: String? { timm.map { "\($0.root)conv_head" } }

  init?(_ names: TensorNames) {
    if let timm = TimmBuilderNames(names) {
      // The last stage is the 1×1 convolution, the sixth of a small model and the seventh of a large one.
      let size: Size = names.hasLayer(timm.stage(6)) ? .large : .small
      let squeezed = size == .large ? timm.block(2, 0) : timm.block(0, 0)
      let isMinimal = !names.hasLayer("\(squeezed).se")
      let table = Self.stages(size, isMinimal: isMinimal)
      self.init(size, isMinimal: isMinimal, timm: timm, stages: timm.stages(table, names))
    } else if let root = names.root(before: "1.block.0.0.weight") {
      let isLarge = names.hasLayer("\(root)14.block")
      self.init(isLarge ? .large : .small, root: root) { names.hasLayer($0) }
    } else {
      return nil
    }
  }

  private init(
    _ size: Size, isMinimal: Bool, timm: TimmBuilderNames, stages: [[InvertedResidualNames]]
  ) {
    (self.size, self.isMinimal, self.timm) = (size, isMinimal, timm)
    let last = timm.block(stages.count, 0)
    names = StagedNames(
      stem: timm.stem, stages: stages, last: ConvolutionNames("\(last).conv", "\(last).bn1"))
  }

  /// torchvision's names number the blocks throughout.
  private init(_ size: Size, root: String, hasLayer: (String) -> Bool) {
    func pair(_ name: String) -> ConvolutionNames { ConvolutionNames("\(name).0", "\(name).1") }
    (self.size, isMinimal, timm) = (size, false, nil)
    var number = 0
    let stages = Self.stages(size, isMinimal: false).map { stage in
      (0..<stage.depth).map { _ in
        number += 1
        let name = "\(root)\(number).block"
        let expand = hasLayer("\(name).\(stage.squeezes ? 3 : 2)") ? 1 : 0
        let unit = "\(name).\(expand + 1)"
        return InvertedResidualNames(
          name: name, expand: expand == 1 ? pair("\(name).0") : nil, depthwise: pair("\(name).\(expand)"),
          squeeze: stage.squeezes
            ? SqueezeNames(unit: unit, reduce: "\(unit).fc1", expand: "\(unit).fc2") : nil,
          project: pair("\(name).\(expand + (stage.squeezes ? 2 : 1))"))
      }
    }
    names = StagedNames(stem: pair("\(root)0"), stages: stages, last: pair("\(root)\(number + 1)"))
  }

  /// The published networks.
  static var published: [MobileNetV3Layout] {
    Size.allCases.flatMap { size in
      let timm = TimmBuilderNames(root: "")
      let stages = timm.stages(Self.stages(size, isMinimal: false))
      return [
        MobileNetV3Layout(size, root: "features.") { !$0.hasPrefix("features.1.") },
        MobileNetV3Layout(size, isMinimal: false, timm: timm, stages: stages),
      ]
    }
  }

  static func stages(_ size: Size, isMinimal: Bool) -> [MobileStage] {
    let stages = size == .large ? large : small
    guard isMinimal else { return stages }
    return stages.map { MobileStage(kernel: 3, stride: $0.stride, depth: $0.depth) }
  }

  private static let large = [
    MobileStage(kernel: 3, stride: 1, depth: 1), MobileStage(kernel: 3, stride: 2, depth: 2),
    MobileStage(kernel: 5, stride: 2, depth: 3, squeezes: true),
    MobileStage(kernel: 3, stride: 2, depth: 4, activation: .hardSwish),
    MobileStage(kernel: 3, stride: 1, depth: 2, squeezes: true, activation: .hardSwish),
    MobileStage(kernel: 5, stride: 2, depth: 3, squeezes: true, activation: .hardSwish),
  ]

  private static let small = [
    MobileStage(kernel: 3, stride: 2, depth: 1, squeezes: true), MobileStage(kernel: 3, stride: 2, depth: 2),
    MobileStage(kernel: 5, stride: 2, depth: 3, squeezes: true, activation: .hardSwish),
    MobileStage(kernel: 5, stride: 1, depth: 2, squeezes: true, activation: .hardSwish),
    MobileStage(kernel: 5, stride: 2, depth: 3, squeezes: true, activation: .hardSwish),
  ]
}
