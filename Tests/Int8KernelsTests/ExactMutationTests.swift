import Int8Kernels
import TestSupport
import Testing

/// The comparison with the exact reference would notice a kernel that is off by the least there is: the layers equal the
/// definition on inputs chosen so that the slip under test gives another byte for every one of them.
@Suite struct ExactMutationTests {
  private static let count = 67
  /// Not in the macro's arguments: Swift 6.0 crashes on a closure there.
  private static let smallSlips = ScaledSum.Slip.allCases.filter { $0 != .unroundedAccumulator }

  /// Zero points for which q − zero point can be each of `differences`, −255…255.
  private static func zeroPoints(for differences: [Int]) -> [Int8] {
    differences.map { Int8($0 > 0 ? -($0 + 1) / 2 : -$0 / 2) }
  }

  /// One pixel, one output channel a sum: the accumulator comes from the bias, r from the residual map.
  @Test(arguments: ScaledSum.Slip.allCases) func convolutionWithResidual(slip: ScaledSum.Slip) {
    let sums = ScaledSum.noticing(slip, count: Self.count, aRange: -(1 << 31) + 1...(1 << 31) - 1)
    #expect(sums.count == Self.count)
    let zeroPoints = Self.zeroPoints(for: sums.map(\.r))
    let residual = zip(sums, zeroPoints).map { Int8($0.r + Int($1)) }
    let numbers = Requantization(
      multipliers: sums.map(\.multiplier), zeroPoints: sums.map { _ in 0 }, minimum: sums.map { _ in -128 },
      maximum: sums.map { _ in 127 },
      residual: ResidualOperand(multipliers: sums.map(\.residualMultiplier), zeroPoints: zeroPoints))
    let parameters = ConvolutionParameters(
      weights: sums.map { _ in 127 }, bias: sums.map { Int32($0.a) }, inputZeroPoints: [-128],
      epilogue: .q8(numbers))
    let geometry = ConvolutionGeometry(
      inputHeight: 1, inputWidth: 1, inputChannels: 1, outputHeight: 1, outputWidth: 1,
      outputChannels: sums.count, kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1,
      paddingTop: 0, paddingLeft: 0)
    let expected = sums.map { ExactEpilogue.int8($0.value) }
    let inputs = [[Int8(-128)], residual].map { ExactLayerRun.buffer($0, seed: 1) }
    for set in KernelSet.tested {
      let layer = ConvolutionLayer(geometry: geometry, parameters: parameters, kernels: set)
      let actual = ExactLayerRun.output(layer, inputs, count: sums.count, as: Int8.self, seed: 1)
      ExactLayerRun.expectEqual(actual, expected, "\(set) \(slip) \(sums[0])")
      for (sum, byte) in zip(sums, actual) {
        #expect(byte != ExactEpilogue.int8(sum.value(with: slip)), "\(set) \(slip) \(sum)")
      }
    }
  }

  /// As above for the addition of two maps, whose accumulators are small, so that the conversion is exact.
  @Test(arguments: smallSlips) func addition(slip: ScaledSum.Slip) {
    let sums = ScaledSum.noticing(slip, count: Self.count, aRange: -255...255)
    #expect(sums.count == Self.count)
    func operand(_ differences: [Int], _ multipliers: [Float]) -> (map: [Int8], numbers: AddOperand) {
      let zeroPoints = Self.zeroPoints(for: differences)
      let map = zip(differences, zeroPoints).map { Int8($0 + Int($1)) }
      return (map, AddOperand(multipliers: multipliers, zeroPoints: zeroPoints))
    }
    let first = operand(sums.map(\.a), sums.map(\.multiplier))
    let second = operand(sums.map(\.r), sums.map(\.residualMultiplier))
    let expected = sums.map { ExactEpilogue.int8($0.value) }
    let inputs = [first.map, second.map].map { ExactLayerRun.buffer($0, seed: 2) }
    for set in KernelSet.tested {
      let layer = AddLayer(
        extent: MapExtent(height: 1, width: 1, channels: sums.count), first.numbers, second.numbers,
        zeroPoints: sums.map { _ in 0 }, minimum: sums.map { _ in -128 }, maximum: sums.map { _ in 127 },
        kernels: set)
      let actual = ExactLayerRun.output(layer, inputs, count: sums.count, as: Int8.self, seed: 2)
      ExactLayerRun.expectEqual(actual, expected, "\(set) \(slip) \(sums[0])")
      for (sum, byte) in zip(sums, actual) {
        #expect(byte != ExactEpilogue.int8(sum.value(with: slip)), "\(set) \(slip) \(sum)")
      }
    }
  }

  /// The sweep itself, not only chosen inputs, tells a multiplier from its neighbours.
  @Test func convolutionSweepNoticesOneUlp() {
    var noticed = 0
    for seed in UInt64(1_000)..<1_100 {
      let drawn = ExactConvolutionCase(seed: seed, kind: .pointwise, isStrip: false)
      guard case .q8(var numbers) = drawn.parameters.epilogue else { continue }
      let right = ExactConvolution(drawn.geometry, drawn.parameters, input: drawn.input)
      numbers.multipliers = numbers.multipliers.map(\.nextUp)
      var parameters = drawn.parameters
      parameters.epilogue = .q8(numbers)
      let wrong = ExactConvolution(drawn.geometry, parameters, input: drawn.input)
      if right.output(residual: drawn.residual) != wrong.output(residual: drawn.residual) { noticed += 1 }
    }
    #expect(noticed >= 20, "\(noticed) of 100")
  }

  /// Unfused steps, another order, a bias that comes first: each gives other bits of a dense layer's outputs.
  @Test func denseLayer() {
    var generator = SeededGenerator(seed: 4)
    let (inputs, outputs) = (64, 32)
    let x = (0..<inputs).map { _ in generator.float(in: -1...1) }
    let parameters = DenseParameters(
      weights: Fill.random.weights(inputs * outputs, &generator),
      weightScales: (0..<outputs).map { _ in generator.float(in: 0.001...0.01) },
      bias: (0..<outputs).map { _ in generator.float(in: -1...1) })
    let buffers = [ExactLayerRun.buffer(x, seed: 4)]
    func weight(_ o: Int, _ i: Int) -> Float { Float(parameters.weights[o * inputs + i]) }
    func result(_ order: [Int], _ step: (Float, Float, Float) -> Float) -> [Float] {
      (0..<outputs).map { o in
        let sum = order.reduce(Float(0)) { step(x[$1], weight(o, $1), $0) }
        return step(sum, parameters.weightScales[o], parameters.bias[o])
      }
    }
    let fused: (Float, Float, Float) -> Float = { $2.addingProduct($0, $1) }
    for set in KernelSet.tested {
      let layer = DenseLayer(inputs: inputs, outputs: outputs, parameters: parameters, kernels: set)
      let actual = ExactLayerRun.output(layer, buffers, count: outputs, as: Float.self, seed: 4)
      #expect(actual == result(Array(0..<inputs), fused))
      #expect(actual != result(Array(0..<inputs)) { $0 * $1 + $2 })
      #expect(actual != result(Array(0..<inputs).reversed(), fused))
      let evenThenOdd = Array(stride(from: 0, to: inputs, by: 2)) + Array(stride(from: 1, to: inputs, by: 2))
      #expect(actual != result(evenThenOdd, fused))
    }
  }
}
