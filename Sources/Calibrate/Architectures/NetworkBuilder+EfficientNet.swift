import Quant

/// An EfficientNet's blocks by stage, each with its number within the stage.
typealias EfficientNetStages = [[EfficientNetLayout.Block]]

extension NetworkBuilder {
  /// An EfficientNet or EfficientNet-Lite up to its last map.
  ///
  /// Source: Tan and Le, "EfficientNet"; Lite: ReLU6 for SiLU, no squeeze-and-excitation.
  mutating func efficientNet(_ layout: EfficientNetLayout, stages: EfficientNetStages) throws -> ValueID {
    let activation: Activation = layout.hasSqueeze ? .silu : .relu6
    var x = try convolution(layout.stem, of: 0, kernel: 3, stride: 2, activation: activation)
    for (stage, blocks) in zip(EfficientNetScaling.stages, stages) {
      for (index, block) in blocks.enumerated() {
        let traits = InvertedResidualTraits(
          kernel: stage.kernel, stride: index == 0 ? stage.stride : 1, activation: activation,
          squeezeActivation: activation, maySkip: index > 0 || conventions.skipsIntoStages)
        x = try invertedResidual(block, traits, of: x)
      }
    }
    return try convolution(layout.head, of: x, kernel: 1, activation: activation)
  }
}

extension EfficientNetLayout {
  /// The blocks by stage. Names that number blocks throughout leave the stages to be read from the shapes.
  ///
  /// - Throws: `InputError` when the shapes do not show the seven stages of the family.
  func stages(in state: StateDictionary) throws -> EfficientNetStages {
    guard naming.style == .numbered else { return groups }
    let stages = try StageTraits.stages(of: Array(groups.joined()), in: state)
    guard stages.count == EfficientNetScaling.stages.count else {
      throw InputError(
        .unsupported, stem.convolution,
        "the block shapes show \(stages.count) stages, an EfficientNet has \(EfficientNetScaling.stages.count)",
        remedy: "save the network in torchvision's or timm's naming, which tells the stages")
    }
    return stages
  }
}
