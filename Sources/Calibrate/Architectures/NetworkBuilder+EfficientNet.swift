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
        x = try invertedResidual(
          block, of: x, kernel: stage.kernel, stride: index == 0 ? stage.stride : 1,
          maySkip: index > 0 || conventions.skipsIntoStages, activation: activation)
      }
    }
    return try convolution(layout.head, of: x, kernel: 1, activation: activation)
  }

  private mutating func invertedResidual(
    _ block: EfficientNetLayout.Block, of input: ValueID, kernel: Int, stride: Int, maySkip: Bool,
    activation: Activation
  ) throws -> ValueID {
    var x = input
    if let expand = block.expand { x = try convolution(expand, of: x, kernel: 1, activation: activation) }
    x = try convolution(
      block.depthwise, of: x, kernel: kernel, stride: stride, connection: .depthwise, activation: activation)
    if let squeeze = block.squeeze { x = try squeezeAndExcite(squeeze, of: x, activation: activation) }
    x = try convolution(block.project, of: x, kernel: 1, activation: .identity)
    guard maySkip, stride == 1, shape(of: x) == shape(of: input) else { return x }
    return try append("\(block.name).add", .add(.identity), x, input)
  }

  private mutating func squeezeAndExcite(_ names: SqueezeNames, of input: ValueID, activation: Activation)
    throws -> ValueID
  {
    let pooled = try append("\(names.unit).avgpool", .globalPool(.average), input)
    let reduced = try dense(names.reduce, of: pooled, activation: activation)
    let gate = try dense(names.expand, of: reduced, activation: .sigmoid)
    return try append("\(names.unit).scale", .gate, input, gate)
  }
}

extension EfficientNetLayout {
  /// The blocks by stage. Names that number blocks throughout leave the stages to be read from the shapes: a block that
  /// begins one changes the channels, the kernel, or whether it expands.
  ///
  /// - Throws: `InputError` when the shapes do not show the seven stages of the family.
  func stages(in state: StateDictionary) throws -> EfficientNetStages {
    guard naming.style == .numbered else { return groups }
    var stages: EfficientNetStages = []
    var previous: StageTraits?
    for block in groups.joined() {
      let traits = try StageTraits(block, in: state)
      if let previous, traits.continues(previous) {
        stages[stages.count - 1].append(block)
      } else {
        stages.append([block])
      }
      previous = traits
    }
    guard stages.count == EfficientNetScaling.stages.count else {
      throw InputError(
        .unsupported, stem.convolution,
        "the block shapes show \(stages.count) stages, an EfficientNet has \(EfficientNetScaling.stages.count)",
        remedy: "save the network in torchvision's or timm's naming, which tells the stages")
    }
    return stages
  }

  private struct StageTraits {
    let inputs: Int
    let outputs: Int
    let kernel: Int
    let expands: Bool

    init(_ block: Block, in state: StateDictionary) throws {
      func shape(_ layer: String) throws -> [Int] {
        guard let shape = state["\(layer).weight"]?.shape, shape.count == 4 else {
          throw InputError(.mismatch, "\(layer).weight", "no weights of a convolution")
        }
        return shape
      }
      let first = try shape(block.expand?.convolution ?? block.depthwise.convolution)
      inputs = block.expand == nil ? first[0] : first[1]
      outputs = try shape(block.project.convolution)[0]
      kernel = try shape(block.depthwise.convolution)[2]
      expands = block.expand != nil
    }

    func continues(_ previous: StageTraits) -> Bool {
      inputs == outputs && kernel == previous.kernel && expands == previous.expands
    }
  }
}
