import Calibrate
import Quant
import TestSupport
import Testing

@Suite struct FloatConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var convolution: Convolution
    var height: Int
    var width: Int

    var shape: Shape { .map(height: height, width: width, channels: convolution.inputChannels) }
    var testDescription: String { "\(shape) \(convolution)" }
  }

  /// Every remainder of a tile's pixels and channels, then kernels, strides, dilations, groups and one-sided padding.
  static let cases: [Case] = {
    var cases: [Case] = []
    for pixels in 1...17 {
      let attributes = Convolution(inputChannels: 5, outputChannels: 2 * pixels + 1)
      cases.append(Case(convolution: attributes, height: 1, width: pixels))
    }
    for channels in [1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 67] {
      for groups in [1, channels] {
        cases.append(
          Case(
            convolution: Convolution(
              inputChannels: channels, outputChannels: channels, kernel: Size2D(3), padding: Padding(1),
              groups: groups, activation: .relu6), height: 5, width: 4))
      }
    }
    var generator = SeededGenerator(seed: 17)
    let activations: [Activation] = [
      .identity, .relu, .relu6, .leakyRelu(slope: 0.1), .prelu, .hardSwish, .hardSigmoid,
    ]
    for index in 0..<60 {
      let groups = generator.int(in: 1...3)
      var convolution = Convolution(
        inputChannels: groups * generator.int(in: 1...9), outputChannels: groups * generator.int(in: 1...19),
        kernel: Size2D(height: generator.int(in: 1...4), width: generator.int(in: 1...4)),
        stride: Size2D(height: generator.int(in: 1...3), width: generator.int(in: 1...3)),
        dilation: Size2D(height: generator.int(in: 1...2), width: generator.int(in: 1...2)),
        padding: Padding(
          top: generator.int(in: 0...2), left: generator.int(in: 0...2), bottom: generator.int(in: 0...2),
          right: generator.int(in: 0...2)),
        groups: groups, activation: activations[index % activations.count], hasResidual: index % 3 == 0)
      if index % 5 == 0 {
        convolution.groups = convolution.inputChannels
        convolution.outputChannels = convolution.inputChannels
      }
      cases.append(
        Case(convolution: convolution, height: generator.int(in: 7...12), width: generator.int(in: 7...12)))
    }
    // Sums longer than a block, along channels and along taps; more pixels than a tile.
    cases.append(Case(convolution: Convolution(inputChannels: 700, outputChannels: 40), height: 2, width: 4))
    cases.append(
      Case(
        convolution: Convolution(
          inputChannels: 130, outputChannels: 20, kernel: Size2D(3), padding: Padding(1)), height: 4, width: 3
      ))
    cases.append(Case(convolution: Convolution(inputChannels: 4, outputChannels: 300), height: 14, width: 15))
    return cases
  }()

  @Test(arguments: cases)
  func everySetHasTheBitsOfThePlainOrder(_ test: Case) throws {
    var generator = SeededGenerator(seed: UInt64(test.convolution.weightCount))
    let parameters = generator.parameters(test.convolution, hasBias: test.height % 2 == 1)
    let input = generator.floats(test.shape.elementCount)
    let output = try FloatReference.outputShape(test.convolution, test.shape)
    let residual = test.convolution.hasResidual ? generator.floats(output.elementCount) : nil
    let expected = try FloatReference.convolution(
      test.convolution, parameters, input, shape: test.shape, residual: residual)
    for kernels in FloatKernelSet.supported {
      let layer = try makeLayer(
        .convolution(test.convolution), parameters, inputs: [test.shape] + (residual == nil ? [] : [output]),
        kernels: kernels)
      let result = layer.run([input] + (residual.map { [$0] } ?? []))
      #expect(result.bits == expected.bits, "\(kernels)")
    }
  }

  @Test func isCloseToTheSumInDouble() throws {
    let convolution = Convolution(
      inputChannels: 64, outputChannels: 33, kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))
    let shape = Shape.map(height: 9, width: 9, channels: 64)
    var generator = SeededGenerator(seed: 3)
    let parameters = generator.parameters(convolution, hasBias: false)
    let input = generator.floats(shape.elementCount)
    let layer = try makeLayer(.convolution(convolution), parameters, inputs: [shape], kernels: .best)
    let sums = try FloatReference.doubleSums(convolution, parameters, input, shape: shape)
    for (value, expected) in zip(layer.run([input]), sums) {
      #expect((Double(value) - expected.sum).magnitude <= 1e-5 * expected.magnitude)
    }
  }

  @Test func fusedStepsDifferFromRoundedProducts() throws {
    // 1 + 2⁻¹² squared is 1 + 2⁻¹¹ + 2⁻²⁴: rounded, the last term is lost, and the sum is 0.
    let value: Float = 1 + 0x1p-12
    let rounded: Float = 1 + 0x1p-11
    let parameters = FloatParameters(weights: [-rounded, value])
    for kernels in FloatKernelSet.supported {
      let layer = try makeLayer(
        .dense(Dense(inputs: 2, outputs: 1)), parameters, inputs: [.vector(2)], kernels: kernels)
      #expect(layer.run([[1, value]]) == [0x1p-24 as Float], "\(kernels)")
    }
  }

  @Test func biasIsAddedAfterTheSum() throws {
    // Starting from the bias, the first product would vanish: 2²⁴ + 1 rounds to 2²⁴.
    let parameters = FloatParameters(weights: [1, 1], bias: [0x1p24])
    for kernels in FloatKernelSet.supported {
      let layer = try makeLayer(
        .dense(Dense(inputs: 2, outputs: 1)), parameters, inputs: [.vector(2)], kernels: kernels)
      #expect(layer.run([[1, 1]]) == [(0x1p24 + 2) as Float], "\(kernels)")
    }
  }

  @Test(arguments: [(1, 1), (3, 17), (48, 10), (257, 33), (1280, 1000)])
  func denseHasTheBitsOfThePlainOrder(_ inputs: Int, _ outputs: Int) throws {
    var generator = SeededGenerator(seed: UInt64(inputs))
    let parameters = FloatParameters(
      weights: generator.floats(inputs * outputs), bias: generator.floats(outputs))
    let input = generator.floats(inputs)
    let expected = (0..<outputs).map { output -> Float in
      var sum: Float = 0
      for index in 0..<inputs {
        sum.addProduct(input[index], parameters.weights[output * inputs + index])
      }
      return sum + parameters.bias[output]
    }
    for kernels in FloatKernelSet.supported {
      let layer = try makeLayer(
        .dense(Dense(inputs: inputs, outputs: outputs)), parameters, inputs: [.vector(inputs)],
        kernels: kernels)
      #expect(layer.run([input]).bits == expected.bits, "\(kernels)")
    }
  }

  @Test func refusesParametersThatDoNotFit() throws {
    let convolution = Convolution(inputChannels: 2, outputChannels: 2)
    for parameters in [
      FloatParameters(weights: [1, 2, 3]), FloatParameters(weights: [1, 2, 3, 4], bias: [1]),
      FloatParameters(weights: [1, 2, 3, .nan]),
    ] {
      #expect(throws: InputError.self) {
        try makeLayer(
          .convolution(convolution), parameters, inputs: [.map(height: 1, width: 1, channels: 2)],
          kernels: .scalar)
      }
    }
  }
}
