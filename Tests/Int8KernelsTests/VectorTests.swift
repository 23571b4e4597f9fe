import CInt8Kernels
import Int8Kernels
import TestSupport
import Testing

@Suite struct VectorTests {
  @Test(arguments: KernelSet.tested)
  func denseIsAChainOfFusedMultiplyAdds(_ set: KernelSet) {
    var generator = SeededGenerator(seed: 11)
    for (inputs, outputs) in [(1, 1), (5, 7), (33, 8), (40, 31), (64, 32), (7, 33), (100, 67), (320, 130)] {
      let x = (0..<inputs).map { _ in generator.float(in: -3...3) }
      let parameters = DenseParameters(
        weights: Fill.random.weights(inputs * outputs, &generator),
        weightScales: (0..<outputs).map { _ in generator.float(in: 0.0001...0.1) },
        bias: (0..<outputs).map { _ in generator.float(in: -1...1) }, activation: .relu)
      let layer = DenseLayer(inputs: inputs, outputs: outputs, parameters: parameters, kernels: set)
      let expected = (0..<outputs).map { o in
        var sum: Float = 0
        for i in 0..<inputs { sum.addProduct(x[i], Float(parameters.weights[o * inputs + i])) }
        return max(parameters.bias[o].addingProduct(sum, parameters.weightScales[o]), 0)
      }
      let (elements, isExact) = run(layer, vectors: [x], outputCount: outputs, as: Float.self)
      #expect(elements == expected, "\(layer.kernelName) \(inputs) → \(outputs)")
      #expect(isExact)
    }
  }

  /// The scalar fused multiply-add of x86 without the instruction, where results are close to ties, subnormal
  /// or huge.
  @Test func scalarFusedMultiplyAddRoundsOnce() {
    var generator = SeededGenerator(seed: 12)
    let scalar = MicroKernel.kernel(for: i8k_operation_dense, in: .scalar)
    for round in 0..<20_000 {
      let acc = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()) & 0x7fff_ffff)
      let scale = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
      guard acc.isFinite, scale.isFinite else { continue }
      // Half of the time the bias lies at the product's own magnitude.
      let random = Float(bitPattern: UInt32(truncatingIfNeeded: generator.next()))
      let bias = round % 2 == 0 ? random : -(acc * scale) * generator.float(in: 0.99...1.01)
      guard bias.isFinite else { continue }
      let panel = AlignedArray<Int8>([1, 0, 0, 0, 0, 0, 0, 0])
      let numbers = AlignedArray<Float>([acc, scale, bias])
      let output = GuardedBuffer([Float(0)])
      var arguments = i8k_dense_arguments(
        input: numbers.base, inputs: 1, panel: panel.base, scales: numbers.base + 1, biases: numbers.base + 2,
        output: output.bound(to: Float.self), outputs: 1)
      withExtendedLifetime((panel, numbers)) { scalar.entry.pointee.run.dense(&arguments) }
      let result = output.elements(of: Float.self, count: 1)[0]
      #expect(result == bias.addingProduct(acc, scale), "\(acc) · \(scale) + \(bias)")
    }
  }

  @Test func exponentialIsCloseAndItsBitsAreFixed() {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for step in -90_000...90_000 {
      let x = Float(step) / 1000
      let value = exponential(x)
      hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3
      if (-87...88).contains(x) { #expect(abs(Double(value) / expDouble(Double(x)) - 1) < 0x1p-21) }
    }
    #expect(hash == 0x790f_5093_8ec0_fd7e)
    #expect(exponential(0) == 1)
    #expect(exponential(-200) == exponential(-87) && exponential(200) == exponential(88))
  }

  /// eˣ by repeated squaring of a long Taylor series: no libm.
  private func expDouble(_ x: Double) -> Double {
    let reduced = x / 1024
    var (term, sum) = (1.0, 1.0)
    for n in 1...12 {
      term *= reduced / Double(n)
      sum += term
    }
    for _ in 0..<10 { sum *= sum }
    return sum
  }

  @Test func activationsTakeTheirValues() {
    func value(_ activation: VectorActivation, _ x: Float) -> Float { activation(x, at: 0) }
    #expect(value(.identity, -2) == -2)
    #expect(value(.relu, -2) == 0 && value(.relu, 2) == 2)
    #expect(value(.relu6, 7) == 6 && value(.relu6, -1) == 0)
    #expect(value(.leakyRelu(slope: 0.25), -2) == -0.5 && value(.leakyRelu(slope: 0.25), 2) == 2)
    #expect(VectorActivation.prelu(slopes: [1, 0.5])(-2, at: 1) == -1)
    #expect(value(.sigmoid, 0) == 0.5 && value(.hardSigmoid, 0) == 0.5 && value(.hardSigmoid, -3) == 0)
    #expect(value(.hardSwish, 3) == 3 && value(.hardSwish, -3) == 0)
    #expect(abs(value(.silu, 1) - 0.7310586) < 1e-6)
    #expect(abs(value(.gelu, 1) - 0.8413447) < 1e-6 && abs(value(.gelu, -1) + 0.15865526) < 1e-6)
    #expect(abs(value(.tanh, 0.5) - 0.46211716) < 1e-6 && value(.tanh, 0) == 0)
    #expect(value(.tanh, 40) == 1 && value(.tanh, -40) == -1 && value(.sigmoid, -100) > 0)
  }

  @Test func softmaxSumsToOneAndKeepsTheOrder() {
    let x: [Float] = [1, 3, -2, 3.5, 20]
    let y = run(SoftmaxLayer(count: 5), vectors: [x], outputCount: 5, as: Float.self).elements
    #expect(abs(y.reduce(0, +) - 1) < 1e-6)
    #expect(y[3] > y[1] && y[1] > y[0] && y[4] == y.max())
  }

  @Test func normalizedVectorsHaveLengthOne() {
    let y = run(NormalizeLayer(count: 2), vectors: [[3, -4]], outputCount: 2, as: Float.self).elements
    #expect(y == [0.6, -0.8])
    let zero = run(NormalizeLayer(count: 2), vectors: [[0, 0]], outputCount: 2, as: Float.self).elements
    #expect(zero == [0, 0])
    let tiny = run(
      NormalizeLayer(count: 1), vectors: [[.leastNonzeroMagnitude]], outputCount: 1, as: Float.self
    ).elements
    #expect(tiny == [1])
  }

  @Test func vectorsAreAddedActivatedAndJoined() {
    let (a, b): ([Float], [Float]) = ([1, -2, 3], [0.5, 0.5, 0.5])
    let sum = run(
      VectorAddLayer(count: 3, activation: .relu), vectors: [a, b], outputCount: 3, as: Float.self)
    #expect(sum.elements == [1.5, 0, 3.5] && sum.isExact)
    let active = run(
      VectorActivationLayer(count: 3, activation: .relu, kernels: .scalar), vectors: [a], outputCount: 3,
      as: Float.self)
    #expect(active.elements == [1, 0, 3] && active.isExact)
    let joined = run(
      VectorConcatenateLayer(parts: [3, 2]), vectors: [a, [7, 8]], outputCount: 5, as: Float.self)
    #expect(joined.elements == [1, -2, 3, 7, 8] && joined.isExact)
  }
}
