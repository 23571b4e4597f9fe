import Calibrate
import Quant
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FloatFunctionTests {
  static let functions: [Activation] = [
    .relu, .relu6, .leakyRelu(slope: 0.01), .silu, .hardSwish, .gelu, .sigmoid, .hardSigmoid, .tanh,
  ]

  /// The whole range densely, and what is special: zeros of both signs, subnormals, limits, huge values.
  static let inputs: [Float] = {
    var values: [Float] = [
      0, -0.0, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 3, -3, 6, -6, 0.625,
      -0.625,
      -87, 88, -88, 89, -104, 1e9, -1e9, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    ]
    for step in -40_000...40_000 { values.append(Float(step) * 0.0025) }
    var generator = SeededGenerator(seed: 5)
    values += generator.floats(20_000, in: -2...2)
    return values
  }()

  private func results(
    _ activation: Activation, _ inputs: [Float] = inputs, _ kernels: FloatKernelSet = .best
  ) throws -> [Float] {
    try makeLayer(
      .activation(activation), .none, inputs: [.vector(inputs.count)], kernels: kernels
    ).run([inputs])
  }

  @Test(arguments: functions)
  func everySetEqualsScalar(_ activation: Activation) throws {
    let expected = try results(activation, Self.inputs, .scalar)
    for kernels in FloatKernelSet.supported {
      #expect(try results(activation, Self.inputs, kernels).bits == expected.bits, "\(kernels)")
      for count in 1...40 {
        let part = Array(Self.inputs.prefix(count))
        #expect(
          try results(activation, part, kernels).bits == Array(expected.prefix(count)).bits, "\(kernels)")
      }
    }
  }

  @Test func piecewiseLinearFunctionsAreExact() throws {
    for activation: Activation in [.relu, .relu6, .leakyRelu(slope: 0.01), .hardSwish, .hardSigmoid] {
      let expected = Self.inputs.map { FloatReference.activated($0, activation) }
      #expect(try results(activation).bits == expected.bits)
    }
  }

  /// Relative error where the function is not tiny, else the error over `floor`.
  private func worst(
    _ activation: Activation, floor: Double, in range: ClosedRange<Float>, _ exact: (Double) -> Double
  ) throws -> Double {
    let inputs = Self.inputs.filter(range.contains)
    return zip(inputs, try results(activation, inputs)).map { input, result in
      let expected = exact(Double(input))
      return (Double(result) - expected).magnitude / max(expected.magnitude, floor)
    }.max() ?? 0
  }

  // The bounds are what was measured, rounded up; a unit in the last place is 6.0 · 10⁻⁸ to 1.2 · 10⁻⁷.
  @Test func sigmoidIsWithinTwoUnits() throws {
    #expect(try worst(.sigmoid, floor: 1e-35, in: -80...88) { 1 / (1 + exp(-$0)) } < 1.5e-7)
  }

  @Test func siluIsWithinTwoUnits() throws {
    #expect(try worst(.silu, floor: 1e-35, in: -80...100) { $0 / (1 + exp(-$0)) } < 1.6e-7)
  }

  @Test func tanhIsWithinTwoUnits() throws {
    #expect(try worst(.tanh, floor: 1e-30, in: -100...100) { tanh($0) } < 1.3e-7)
  }

  @Test func geluIsWithinThreeTenMillionths() throws {
    #expect(try worst(.gelu, floor: 1, in: -100...100) { $0 * 0.5 * erfc(-$0 * 0.5.squareRoot()) } < 3e-7)
  }

  @Test func exponentialIsWithinTwoUnits() throws {
    // Softmax of (x, 0), x ≤ 0, holds e^x / (1 + e^x): the ratio of its two results is e^x.
    var largest = 0.0
    for x in Self.inputs where x <= 0 && x >= -80 {
      let layer = try makeLayer(.softmax, .none, inputs: [.vector(2)], kernels: .best)
      let result = layer.run([[x, 0]])
      let ratio = Double(result[0]) / Double(result[1])
      largest = max(largest, (ratio / exp(Double(x)) - 1).magnitude)
    }
    #expect(largest < 1.6e-7)
  }

  @Test func softmaxSumsToOne() throws {
    var generator = SeededGenerator(seed: 9)
    let input = generator.floats(1000, in: -20...60)
    let layer = try makeLayer(.softmax, .none, inputs: [.vector(1000)], kernels: .best)
    let result = layer.run([input])
    #expect((result.reduce(0, +) - 1).magnitude < 1e-5)
    // The difference from the largest is rounded to Float: that is the function's definition, not its error.
    let largest = input.max() ?? 0
    let powers = input.map { exp(Double($0 - largest)) }
    let total = powers.reduce(0, +)
    for (value, power) in zip(result, powers) {
      #expect((Double(value) * total / power - 1).magnitude < 1e-6)
    }
  }

  @Test func normalizesToLengthOneAndKeepsZero() throws {
    let layer = try makeLayer(.normalize, .none, inputs: [.vector(4)], kernels: .best)
    #expect(layer.run([[3, 0, -4, 0]]) == [0.6, 0, -0.8, 0])
    #expect(layer.run([[0, 0, 0, 0]]) == [0, 0, 0, 0])
    // Squares that leave Float's range in both directions.
    #expect(layer.run([[1e30, 0, 0, 0]]) == [1, 0, 0, 0])
    #expect(layer.run([[0, 1e-30, 0, 0]]) == [0, 1, 0, 0])
  }
}
