import Quant

/// An inverted residual, by the names of its layers: expand, depthwise, squeeze-and-excite, project.
struct InvertedResidualNames {
  let name: String
  /// nil where the block does not widen its input.
  let expand: ConvolutionNames?
  let depthwise: ConvolutionNames
  let squeeze: SqueezeNames?
  let project: ConvolutionNames

  var tensors: [String] {
    (expand?.tensors ?? []) + depthwise.tensors + (squeeze?.tensors ?? []) + project.tensors
  }
}

/// What an inverted residual's code decides.
struct InvertedResidualTraits {
  let kernel: Int
  let stride: Int
  let activation: Activation
  /// After the first layer of a squeeze-and-excitation unit.
  var squeezeActivation: Activation
  /// After its second.
  var gate = Activation.sigmoid
  /// Whether the input is added where shapes allow it.
  var maySkip = true
}

/// A stem, stages of inverted residuals and a 1×1 convolution, by the names of their layers.
struct StagedNames {
  let stem: ConvolutionNames
  var stages: [[InvertedResidualNames]]
  let last: ConvolutionNames

  var tensors: [String] { stem.tensors + stages.joined().flatMap(\.tensors) + last.tensors }

  /// The stages' kernels as `table` has them.
  func kernels(_ table: [MobileStage]) -> [(tensor: String, side: Int)] {
    zip(stages, table).flatMap { blocks, stage in
      blocks.map { ("\($0.depthwise.convolution).weight", stage.kernel) }
    }
  }

  /// Output channels of the last block and of the 1×1 convolution after it: what tells a variant's width.
  func lastChannels(in state: StateDictionary) -> (block: Int?, convolution: Int?) {
    func outputs(_ layer: String?) -> Int? { layer.flatMap { state["\($0).weight"]?.shape.first } }
    return (outputs(stages.last?.last?.project.convolution), outputs(last.convolution))
  }
}

/// A mobile network's stage: blocks alike but for the first one's stride.
struct MobileStage {
  let kernel: Int
  let stride: Int
  /// Blocks of the published network.
  let depth: Int
  var squeezes = false
  var activation = Activation.relu
}

extension NetworkBuilder {
  mutating func invertedResidual(
    _ names: InvertedResidualNames, _ traits: InvertedResidualTraits, of input: ValueID
  ) throws -> ValueID {
    var x = input
    if let expand = names.expand {
      x = try convolution(expand, of: x, kernel: 1, activation: traits.activation)
    }
    x = try convolution(
      names.depthwise, of: x, kernel: traits.kernel, stride: traits.stride, connection: .depthwise,
      activation: traits.activation)
    if let squeeze = names.squeeze {
      x = try squeezeAndExcite(
        squeeze, of: x, activation: traits.squeezeActivation, gate: traits.gate)
    }
    x = try convolution(names.project, of: x, kernel: 1, activation: .identity)
    guard traits.maySkip, traits.stride == 1, shape(of: x) == shape(of: input) else { return x }
    return try append("\(names.name).add", .add(.identity), x, input)
  }

  mutating func squeezeAndExcite(
    _ names: SqueezeNames, of input: ValueID, activation: Activation, gate: Activation
  ) throws -> ValueID {
    let pooled = try append("\(names.unit).avgpool", .globalPool(.average), input)
    let reduced = try dense(names.reduce, of: pooled, activation: activation)
    let gates = try dense(names.expand, of: reduced, activation: gate)
    return try append("\(names.unit).scale", .gate, input, gates)
  }

  /// Every block of every stage; the stem before them has been built.
  mutating func stages(
    _ names: StagedNames, of input: ValueID, traits: (_ stage: Int, _ index: Int) -> InvertedResidualTraits
  ) throws -> ValueID {
    var x = input
    for (stage, blocks) in names.stages.enumerated() {
      for (index, block) in blocks.enumerated() {
        x = try invertedResidual(block, traits(stage, index), of: x)
      }
    }
    return x
  }
}
