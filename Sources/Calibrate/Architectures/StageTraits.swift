import Quant

/// What tells one stage of inverted residuals from the next where names number the blocks throughout.
struct StageTraits {
  let inputs: Int
  let outputs: Int
  let kernel: Int
  let expands: Bool

  /// - Throws: `InputError` naming the tensor that is missing or of no convolution.
  init(_ block: InvertedResidualNames, in state: StateDictionary) throws {
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

  private func continues(_ previous: StageTraits) -> Bool {
    inputs == outputs && kernel == previous.kernel && expands == previous.expands
  }

  /// The blocks by stage: one that begins a stage changes the channels, the kernel, or whether it expands.
  static func stages(of blocks: [InvertedResidualNames], in state: StateDictionary) throws
    -> [[InvertedResidualNames]]
  {
    var stages: [[InvertedResidualNames]] = []
    var previous: StageTraits?
    for block in blocks {
      let traits = try StageTraits(block, in: state)
      if let previous, traits.continues(previous) {
        stages[stages.count - 1].append(block)
      } else {
        stages.append([block])
      }
      previous = traits
    }
    return stages
  }

  /// The blocks in stages of `depths`; nil when there are others, or one within a stage changes the channels.
  static func stages(of blocks: [InvertedResidualNames], depths: [Int], in state: StateDictionary) throws
    -> [[InvertedResidualNames]]?
  {
    guard blocks.count == depths.reduce(0, +) else { return nil }
    var stages: [[InvertedResidualNames]] = []
    var start = 0
    for depth in depths {
      let stage = Array(blocks[start..<start + depth])
      for block in stage.dropFirst() {
        let traits = try StageTraits(block, in: state)
        if traits.inputs != traits.outputs { return nil }
      }
      stages.append(stage)
      start += depth
    }
    return stages
  }
}
