import CFloatKernels
import Calibrate
import Quant
import TestSupport
import Testing

/// A small network with a residual, a squeeze-and-excite gate and a head.
func sampleGraph(seed: UInt64 = 1) throws -> FloatGraph {
  var generator = SeededGenerator(seed: seed)
  var graph = try FloatGraph(inputShape: .map(height: 11, width: 13, channels: 3))
  func statistics(_ channels: Int) -> FloatParameters {
    FloatParameters(
      normalization: BatchStatistics(
        mean: generator.floats(channels), variance: generator.floats(channels, in: 0.5...2),
        gamma: generator.floats(channels, in: 0.5...1.5), beta: generator.floats(channels)))
  }
  func convolution(_ name: String, _ input: ValueID, _ attributes: Convolution) throws -> ValueID {
    try graph.append(
      name, .convolution(attributes), inputs: [input],
      parameters: generator.parameters(attributes, hasBias: false))
  }
  let padded = try graph.append(
    "pad", .pad(Padding(top: 0, left: 0, bottom: 1, right: 1)), inputs: [0], parameters: .none)
  var value = try convolution(
    "stem", padded, Convolution(inputChannels: 3, outputChannels: 20, kernel: Size2D(3), stride: Size2D(2)))
  value = try graph.append(
    "stem.bn", .batchNormalization(epsilon: 1e-3), inputs: [value], parameters: statistics(20))
  let stem = try graph.append("stem.act", .activation(.silu), inputs: [value], parameters: .none)
  value = try convolution(
    "dw", stem,
    Convolution(inputChannels: 20, outputChannels: 20, kernel: Size2D(3), padding: Padding(1), groups: 20))
  value = try graph.append(
    "dw.bn", .batchNormalization(epsilon: 1e-5), inputs: [value], parameters: statistics(20))
  let wide = try graph.append("dw.act", .activation(.relu6), inputs: [value], parameters: .none)
  let pooled = try graph.append("squeeze", .globalPool(.average), inputs: [wide], parameters: .none)
  let gate = try graph.append(
    "excite", .dense(Dense(inputs: 20, outputs: 20)), inputs: [pooled],
    parameters: FloatParameters(weights: generator.floats(400), bias: generator.floats(20)))
  let sigmoid = try graph.append("excite.act", .activation(.sigmoid), inputs: [gate], parameters: .none)
  value = try graph.append("gate", .gate, inputs: [wide, sigmoid], parameters: .none)
  value = try convolution("project", value, Convolution(inputChannels: 20, outputChannels: 20))
  value = try graph.append(
    "project.bn", .batchNormalization(epsilon: 1e-5), inputs: [value], parameters: statistics(20))
  value = try graph.append("dropout", .activation(.identity), inputs: [value], parameters: .none)
  value = try graph.append("sum", .add(.identity), inputs: [stem, value], parameters: .none)
  value = try graph.append("sum.act", .activation(.relu), inputs: [value], parameters: .none)
  // Nothing of the result depends on this one.
  try graph.append(
    "unused", .maxPool(Pooling(kernel: Size2D(2), stride: Size2D(2))), inputs: [value], parameters: .none)
  value = try graph.append(
    "preact.bn", .batchNormalization(epsilon: 1e-5), inputs: [value], parameters: statistics(20))
  value = try graph.append("pool", .globalPool(.average), inputs: [value], parameters: .none)
  value = try graph.append("embedding", .normalize, inputs: [value], parameters: .none)
  try graph.addOutput("embedding", value)
  return graph
}

func sampleInput(_ graph: FloatGraph) -> [Float] {
  var generator = SeededGenerator(seed: 77)
  return generator.floats(graph.inputShape.elementCount, in: -2...2)
}

/// Tiles in falling order, on one of three pretended workers each.
struct ReversedExecutor: TileExecutor {
  var workerCount: Int { 3 }

  func parallelFor(_ count: Int, _ body: @Sendable (Int, Int) -> Void) {
    for task in (0..<count).reversed() { body(task, task % 3) }
  }
}

@Suite struct FloatInterpreterTests {
  private func everyValue(_ interpreter: FloatInterpreter, _ input: [Float]) throws -> [[UInt32]] {
    var values: [[UInt32]] = []
    try interpreter.run(input) { _, elements in values.append(Array(elements).bits) }
    return values
  }

  @Test func valuesDoNotDependOnKernelsOrExecutor() throws {
    let graph = try sampleGraph()
    let input = sampleInput(graph)
    let expected = try everyValue(FloatInterpreter(graph: graph, kernels: .scalar), input)
    #expect(expected.count == graph.nodes.count)
    for kernels in FloatKernelSet.supported {
      #expect(try everyValue(FloatInterpreter(graph: graph, kernels: kernels), input) == expected)
    }
    let reversed = try FloatInterpreter(graph: graph, executor: ReversedExecutor())
    #expect(try everyValue(reversed, input) == expected)
  }

  @Test func sharedMemoryGivesWhatLayersAloneGive() throws {
    let graph = try sampleGraph()
    var values = [sampleInput(graph)]
    for (index, node) in graph.nodes.enumerated() {
      let layer = try FloatLayer(
        node: node, inputShapes: node.inputs.map { graph.shapes[$0] }, outputShape: graph.shapes[index + 1])
      values.append(layer.run(node.inputs.map { values[$0] }))
    }
    let interpreter = try FloatInterpreter(graph: graph)
    let all = Array(graph.shapes.indices)
    #expect(try interpreter.run(values[0], outputs: all) == values)
    let separate = graph.shapes.dropFirst().map { $0.elementCount * 4 }.reduce(0, +)
    #expect(interpreter.arenaByteCount < separate / 2)
    #expect(interpreter.arenaByteCount >= 2 * graph.shapes[3].elementCount * 4)
  }

  @Test func aSessionCanBeUsedAgain() throws {
    let graph = try sampleGraph()
    let session = try FloatInterpreter(graph: graph).makeSession()
    let output = try #require(graph.output(named: "embedding"))
    let first = try session.run(sampleInput(graph), outputs: [output])
    _ = try session.run([Float](repeating: 1, count: graph.inputShape.elementCount), outputs: [output])
    #expect(try session.run(sampleInput(graph), outputs: [output]) == first)
  }

  @Test func namesTheLayerThatOverflows() throws {
    var graph = try FloatGraph(inputShape: .vector(1))
    let dense = Operation.dense(Dense(inputs: 1, outputs: 1))
    let large = FloatParameters(weights: [3e38])
    let first = try graph.append("first", dense, inputs: [0], parameters: large)
    let second = try graph.append("second", dense, inputs: [first], parameters: large)
    #expect {
      try FloatInterpreter(graph: graph).run([1], outputs: [second])
    } throws: { error in
      (error as? InputError)?.subject == "second"
    }
    let tolerant = try FloatInterpreter(graph: graph, checksFinite: false)
    #expect(try tolerant.run([1], outputs: [second]) == [[.infinity]])
  }

  @Test func refusesInputsThatDoNotFit() throws {
    let interpreter = try FloatInterpreter(graph: sampleGraph())
    #expect(throws: InputError.self) { try interpreter.run([1, 2], outputs: [1]) }
    let input = sampleInput(interpreter.graph)
    #expect(throws: InputError.self) { try interpreter.run(input, outputs: [1000]) }
    #expect(throws: InputError.self) { try interpreter.run(input, outputs: [-1]) }
    var damaged = input
    damaged[5] = .nan
    #expect(throws: InputError.self) { try interpreter.run(damaged, outputs: [1]) }
  }

  @Test func theHostsFloatingPointModesDoNotMatter() throws {
    let graph = try sampleGraph()
    let input = sampleInput(graph)
    let interpreter = try FloatInterpreter(graph: graph)
    let expected = try everyValue(interpreter, input)
    // Round upwards, flush subnormal results and operands to zero.
    #if arch(x86_64)
      let hostile: UInt64 = 0xDFC0
    #else
      let hostile: UInt64 = 1 << 24 | 1 << 22
    #endif
    let state = fk_set_floating_point()
    fk_restore_floating_point(hostile)
    let result = try? everyValue(interpreter, input)
    let after = fk_set_floating_point()
    fk_restore_floating_point(state)
    #expect(result == expected)
    // The low bits of x86-64's register are flags that any operation may raise.
    #expect(after & ~0x3F == hostile)
  }

  @Test func subnormalsSurviveFlushToZero() throws {
    #if arch(x86_64)
      let flushing: UInt64 = 0x9FC0
    #else
      let flushing: UInt64 = 1 << 24
    #endif
    let layer = try makeLayer(
      .dense(Dense(inputs: 1, outputs: 1)), FloatParameters(weights: [0x1p-20]), inputs: [.vector(1)],
      kernels: .best)
    let state = fk_set_floating_point()
    fk_restore_floating_point(flushing)
    let result = layer.run([[0x1p-120]])
    _ = fk_set_floating_point()
    fk_restore_floating_point(state)
    #expect(result.bits == [Float(0x1p-140).bitPattern])
  }

  @Test func kernelSetsAreFoundByName() throws {
    #expect(try FloatKernelSet.named("scalar") == .scalar)
    #expect(FloatKernelSet.best == FloatKernelSet.supported.last)
    #expect(throws: InputError.self) { try FloatKernelSet.named("sse9") }
    #if arch(arm64)
      #expect(FloatKernelSet.best.name == "neon")
    #endif
  }

  @Test func preprocessingIsTorchvisions() throws {
    var recipe = Recipe(
      name: "test", resize: .none, filter: .bilinear, inputSize: Size2D(height: 1, width: 2), scale: 255,
      mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])
    let pixels: [UInt8] = [0, 128, 255, 17, 3, 200]
    let rgb = try NetworkInput(recipe).map(pixels)
    #expect(rgb[1] == (Float(128) / 255 - 0.456) / 0.224)
    #expect(rgb[3] == (Float(17) / 255 - 0.485) / 0.229)
    recipe.channelOrder = .bgr
    let bgr = try NetworkInput(recipe).map(pixels)
    #expect(bgr[0] == (Float(255) / 255 - 0.485) / 0.229)
    #expect(throws: InputError.self) { try NetworkInput(recipe).map([1, 2]) }
    recipe.deviation = [1, 0, 1]
    #expect(throws: InputError.self) { try NetworkInput(recipe) }
    recipe.deviation = [1]
    #expect(throws: InputError.self) { try NetworkInput(recipe) }
  }
}
