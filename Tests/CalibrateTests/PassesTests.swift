import Calibrate
import Quant
import TestSupport
import Testing

@Suite struct PassesTests {
  private func embedding(_ graph: FloatGraph) throws -> [Float] {
    let output = try #require(graph.output(named: "embedding"))
    return try FloatInterpreter(graph: graph).run(sampleInput(graph), outputs: [output])[0]
  }

  private func names(_ graph: FloatGraph) -> [String] { graph.nodes.map(\.name) }

  @Test func foldingChangesOnlyTheRounding() throws {
    let graph = try sampleGraph()
    let folded = try foldBatchNormalization(graph)
    for node in folded.nodes {
      if case .batchNormalization = node.operation { Issue.record("\(node.name) is left") }
    }
    for (value, expected) in zip(try embedding(folded), try embedding(graph)) {
      #expect((value - expected).magnitude <= 1e-5 * max(expected.magnitude, 0.1))
    }
  }

  @Test func fusingChangesNoBit() throws {
    let graph = try sampleGraph()
    #expect(try embedding(fuse(graph)).bits == embedding(graph).bits)
    let folded = try foldBatchNormalization(graph)
    #expect(try embedding(fuse(folded)).bits == embedding(folded).bits)
  }

  @Test func preparedNetworksHaveOneNodeALayer() throws {
    let prepared = try prepare(sampleGraph())
    #expect(
      names(prepared) == [
        "stem.act", "dw.act", "squeeze", "excite.act", "gate", "sum.act", "preact.bn", "pool", "embedding",
      ])
    guard case .convolution(let stem) = prepared.nodes[0].operation,
      case .convolution(let sum) = prepared.nodes[5].operation,
      case .convolution(let channelwise) = prepared.nodes[6].operation
    else {
      Issue.record("these are convolutions")
      return
    }
    #expect(stem.padding == Padding(top: 0, left: 0, bottom: 1, right: 1))
    #expect(stem.activation == .silu)
    #expect(sum.hasResidual && sum.activation == .relu)
    #expect(prepared.nodes[5].inputs == [5, 1])
    #expect(channelwise.isDepthwise && channelwise.kernel == Size2D(1))
    #expect(prepared.outputs.map(\.name) == ["embedding"])
  }

  @Test func preparingTwiceChangesNothing() throws {
    let once = try prepare(sampleGraph())
    let twice = try prepare(once)
    #expect(names(once) == names(twice))
    #expect(once.nodes.map(\.parameters) == twice.nodes.map(\.parameters))
  }

  /// input → convolutions a and b → sum, with `reads` more readers of b.
  private func twoBranches(alsoOutput name: String?) throws -> FloatGraph {
    var generator = SeededGenerator(seed: 2)
    var graph = try FloatGraph(inputShape: .map(height: 4, width: 4, channels: 3))
    let convolution = Convolution(inputChannels: 3, outputChannels: 3)
    for branch in ["a", "b"] {
      try graph.append(
        branch, .convolution(convolution), inputs: [0], parameters: generator.parameters(convolution))
    }
    let sum = try graph.append("sum", .add(.relu), inputs: [2, 1], parameters: .none)
    try graph.addOutput("embedding", sum)
    if let name { try graph.addOutput(name, name == "a" ? 1 : 2) }
    return graph
  }

  @Test func theLaterConvolutionTakesTheResidual() throws {
    let graph = try twoBranches(alsoOutput: nil)
    let fused = try fuse(graph)
    #expect(names(fused) == ["a", "sum"])
    #expect(fused.nodes[1].inputs == [0, 1])
    #expect(fused.nodes[1].parameters == graph.nodes[1].parameters)
    #expect(try embedding(fused).bits == embedding(graph).bits)
  }

  @Test func outputsAreNotFusedAway() throws {
    let graph = try twoBranches(alsoOutput: "b")
    let fused = try fuse(graph)
    #expect(names(fused) == ["b", "sum"])
    #expect(fused.output(named: "b") == 1)
    #expect(try embedding(fused).bits == embedding(graph).bits)
  }

  @Test func aValueAddedToItselfStays() throws {
    var graph = try FloatGraph(inputShape: .map(height: 1, width: 1, channels: 1))
    let value = try graph.append(
      "a", .convolution(Convolution(inputChannels: 1, outputChannels: 1)), inputs: [0],
      parameters: FloatParameters(weights: [3]))
    let sum = try graph.append("sum", .add(.identity), inputs: [value, value], parameters: .none)
    try graph.addOutput("embedding", sum)
    let fused = try fuse(graph)
    #expect(names(fused) == ["a", "sum"])
    #expect(try FloatInterpreter(graph: fused).run([2], outputs: [2]) == [[12]])
  }

  @Test func normalizationOfASharedConvolutionStaysApart() throws {
    var graph = try FloatGraph(inputShape: .map(height: 1, width: 1, channels: 2))
    let convolution = Convolution(inputChannels: 2, outputChannels: 2)
    let shared = try graph.append(
      "shared", .convolution(convolution), inputs: [0], parameters: FloatParameters(weights: [1, 2, 3, 4]))
    let statistics = BatchStatistics(mean: [1, 1], variance: [4, 4], gamma: [2, 2], beta: [0, 1])
    let normal = try graph.append(
      "bn", .batchNormalization(epsilon: 0), inputs: [shared],
      parameters: FloatParameters(normalization: statistics))
    let sum = try graph.append("sum", .add(.identity), inputs: [shared, normal], parameters: .none)
    try graph.addOutput("embedding", sum)
    let folded = try foldBatchNormalization(graph)
    #expect(names(folded) == ["shared", "bn", "sum"])
    #expect(try FloatInterpreter(graph: folded).run([1, 1], outputs: [3]) == [[5, 14]])
  }

  @Test func foldsIntoDenseLayersOnBothSides() throws {
    let statistics = BatchStatistics(mean: [1, 2], variance: [4, 1], gamma: [2, 3], beta: [5, 6])
    let normalization = FloatParameters(normalization: statistics)
    let dense = FloatParameters(weights: [1, 2, 3, 4], bias: [1, -1])
    for isFirst in [true, false] {
      var graph = try FloatGraph(inputShape: .vector(2))
      var value = 0
      for isNormalization in [isFirst, !isFirst] {
        value =
          isNormalization
          ? try graph.append(
            "bn", .batchNormalization(epsilon: 0), inputs: [value], parameters: normalization)
          : try graph.append(
            "fc", .dense(Dense(inputs: 2, outputs: 2)), inputs: [value], parameters: dense)
      }
      try graph.addOutput("embedding", value)
      let folded = try foldBatchNormalization(graph)
      #expect(names(folded) == [isFirst ? "fc" : "bn"])
      let expected = try FloatInterpreter(graph: graph).run([7, 8], outputs: [2])
      #expect(try FloatInterpreter(graph: folded).run([7, 8], outputs: [1]) == expected)
    }
  }

  @Test func refusesStatisticsThatDoNotFit() throws {
    for variance: [Float] in [[1], [1, -1], [1, .nan]] {
      var graph = try FloatGraph(inputShape: .map(height: 1, width: 1, channels: 2))
      let statistics = BatchStatistics(mean: [0, 0], variance: variance, gamma: [1, 1], beta: [0, 0])
      try graph.append(
        "bn", .batchNormalization(epsilon: 0), inputs: [0],
        parameters: FloatParameters(normalization: statistics))
      #expect {
        try foldBatchNormalization(graph)
      } throws: { error in
        (error as? InputError)?.subject == "bn"
      }
    }
  }

  @Test func slopesFollowTheActivation() throws {
    var graph = try FloatGraph(inputShape: .map(height: 1, width: 1, channels: 2))
    let convolution = Convolution(inputChannels: 2, outputChannels: 2)
    let first = try graph.append(
      "conv", .convolution(convolution), inputs: [0], parameters: FloatParameters(weights: [1, 0, 0, 1]))
    let second = try graph.append(
      "act", .activation(.prelu), inputs: [first], parameters: FloatParameters(slopes: [0.5, 0.25]))
    try graph.addOutput("embedding", second)
    let fused = try fuse(graph)
    #expect(names(fused) == ["act"])
    #expect(try FloatInterpreter(graph: fused).run([-8, -8], outputs: [1]) == [[-4, -2]])
  }
}
