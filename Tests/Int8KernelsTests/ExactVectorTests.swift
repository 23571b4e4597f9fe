import Int8Kernels
import TestSupport
import Testing

/// Layers on Float vectors equal the exact reference, bit for bit.
@Suite struct ExactVectorTests {
  static let activations: [VectorActivation] = [
    .identity, .relu, .relu6, .leakyRelu(slope: 0.01), .leakyRelu(slope: 0.3), .prelu(slopes: []), .silu,
    .hardSwish, .gelu, .sigmoid, .hardSigmoid, .tanh,
  ]

  private func vector(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
    let reach = generator.choose([Float(0.01), 1, 8, 100])
    return (0..<count).map { _ in
      generator.chance(20)
        ? generator.choose([0, -0.0, 3, -3, 6, 88, -87, 90, -90]) : generator.float(in: -reach...reach)
    }
  }

  /// A PReLU gets its slopes; the others are as they are.
  private func complete(
    _ activation: VectorActivation, _ count: Int, _ generator: inout SeededGenerator
  ) -> VectorActivation {
    guard case .prelu = activation else { return activation }
    return .prelu(slopes: (0..<count).map { _ in generator.float(in: -0.5...1) })
  }

  private func check(_ layer: any LayerKernel, _ inputs: [[Float]], _ expected: [Float], _ what: String) {
    let buffers = inputs.enumerated().map { ExactLayerRun.buffer($1, seed: UInt64($0)) }
    let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Float.self, seed: 1)
    ExactLayerRun.expectSameBits(actual, expected, "\(layer.kernelName) \(what)")
  }

  @Test func exponentialEqualsReference() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<6_000 {
      let x = generator.float(in: -90...90)
      if exponential(x) != ExactVectors.exponential(x) { Issue.record("\(x)") }
    }
    for x: Float in [0, -0.0, -87, -88, 88, 89, 1e30, -1e30, .leastNonzeroMagnitude, 0.34657359, -0.34657359]
    {
      #expect(exponential(x) == ExactVectors.exponential(x), "\(x)")
    }
  }

  @Test(arguments: activations) func activationEqualsReference(activation: VectorActivation) {
    for seed in UInt64(10_000)..<10_016 {
      var generator = SeededGenerator(seed: seed)
      let count = generator.int(in: 1...67)
      let (a, b) = (vector(count, &generator), vector(count, &generator))
      let complete = complete(activation, count, &generator)
      let expected = a.indices.map { ExactVectors.activation(complete, a[$0], at: $0) }
      for set in KernelSet.tested {
        let layer = VectorActivationLayer(count: count, activation: complete, kernels: set)
        check(layer, [a], expected, "\(set) \(activation) \(seed)")
      }
      check(
        VectorAddLayer(count: count, activation: complete), [a, b], ExactVectors.add(a, b, complete),
        "\(activation) \(seed)")
    }
  }

  @Test(arguments: activations) func denseEqualsReference(activation: VectorActivation) {
    for seed in UInt64(11_000)..<11_012 {
      var generator = SeededGenerator(seed: seed)
      let inputs = generator.chance(6) ? 700 : generator.int(in: 1...67)
      let outputs = inputs == 700 ? 40 : generator.int(in: 1...67)
      let fill = generator.choose(Fill.allCases)
      let x = vector(inputs, &generator)
      let parameters = DenseParameters(
        weights: fill.weights(inputs * outputs, &generator),
        weightScales: generator.multipliers(for: [Int](repeating: 127 * inputs, count: outputs), steps: 10),
        bias: (0..<outputs).map { _ in generator.float(in: -4...4) },
        activation: complete(activation, outputs, &generator))
      let expected = ExactVectors.dense(x, parameters)
      for set in KernelSet.tested {
        let layer = DenseLayer(inputs: inputs, outputs: outputs, parameters: parameters, kernels: set)
        check(layer, [x], expected, "\(set) seed \(seed) \(inputs) → \(outputs) \(fill) \(activation)")
      }
    }
  }

  @Test func affineEqualsReference() {
    for seed in UInt64(13_000)..<13_030 {
      var generator = SeededGenerator(seed: seed)
      let x = vector(generator.int(in: 1...300), &generator)
      let (factor, offset) = (vector(x.count, &generator), vector(x.count, &generator))
      check(
        VectorAffineLayer(factor: factor, offset: offset), [x],
        ExactVectors.affine(x, factor: factor, offset: offset), "\(seed)")
    }
  }

  @Test func softmaxNormalizationAndConcatenationEqualReference() {
    for seed in UInt64(12_000)..<12_030 {
      var generator = SeededGenerator(seed: seed)
      let x = vector(generator.int(in: 1...300), &generator)
      check(SoftmaxLayer(count: x.count), [x], ExactVectors.softmax(x), "\(seed)")
      check(NormalizeLayer(count: x.count), [x], ExactVectors.normalize(x), "\(seed)")
      let parts = (0..<generator.int(in: 1...4)).map { _ in vector(generator.int(in: 1...67), &generator) }
      check(VectorConcatenateLayer(parts: parts.map(\.count)), parts, parts.flatMap { $0 }, "\(seed)")
    }
    for extreme: Float in [0, .leastNonzeroMagnitude, 1e-30, .greatestFiniteMagnitude] {
      let x = [extreme, 0, -extreme]
      check(NormalizeLayer(count: 3), [x], ExactVectors.normalize(x), "\(extreme)")
    }
  }
}
