import Int8Kernels

extension LayerJob {
  func makeConvolution(_ convolution: Convolution) throws -> any LayerKernel {
    ConvolutionLayer(
      geometry: geometry(of: convolution), parameters: try parameters(of: convolution), kernels: kernels,
      workers: workers)
  }

  /// This 1×1 convolution and the depthwise one of `next` as one layer, or nil when they are not that.
  func makeExpandDepthwise(_ next: LayerJob) throws -> (any LayerKernel)? {
    guard next.node.inputs.count == 1,
      case .convolution(let expansion) = node.operation, !expansion.hasResidual,
      case .convolution(let depthwise) = next.node.operation, !depthwise.hasResidual
    else { return nil }
    let (first, second) = (geometry(of: expansion), next.geometry(of: depthwise))
    guard ExpandDepthwise.serves(first, second) else { return nil }
    return ExpandDepthwise(
      expansion: first, try parameters(of: expansion), depthwise: second, try next.parameters(of: depthwise),
      kernels: kernels, workers: workers)
  }

  /// This 1×1 convolution and the gate product that it alone reads as one layer, or nil when it is not that.
  func makeGatedConvolution(_ gate: GateParameters) throws -> (any LayerKernel)? {
    guard case .convolution(let convolution) = node.operation else { return nil }
    let geometry = geometry(of: convolution)
    guard PointwiseConvolution.serves(geometry) else { return nil }
    return PointwiseConvolution(
      geometry, try parameters(of: convolution), gate: gate, kernels: kernels, workers: workers)
  }

  /// The convolution's epilogue follows from scales: `m[o] = f32(sW[o] / sOut[o])`, or `f32(sW[o] · 2ᵏ)` before a table.
  private func parameters(of convolution: Convolution) throws -> ConvolutionParameters {
    guard case .convolution(let parameters) = node.parameters else { throw notQuantized }
    let (input, output) = (try input(0), try output())
    let epilogue: Epilogue =
      if let activation = parameters.activation {
        .q16(try strip(activation, parameters, output: output))
      } else {
        .q8(try requantization(convolution, parameters, output: output))
      }
    return ConvolutionParameters(
      weights: parameters.weights, bias: parameters.bias, inputZeroPoints: input.zeroPoints,
      epilogue: epilogue)
  }

  private func requantization(
    _ convolution: Convolution, _ parameters: Int8Convolution, output: ChannelQuantization
  ) throws -> Requantization {
    let limits = try convolution.activation.limits(of: output)
    var result = Requantization(
      multipliers: try multipliers(parameters.weightScales, over: output.scales),
      zeroPoints: output.zeroPoints,
      minimum: limits.minimum, maximum: limits.maximum)
    if let slopes = parameters.negativeSlopes {
      result.negativeMultipliers = zip(zip(parameters.weightScales, slopes), output.scales).map {
        Float(Double($0.0) * Double($0.1) / Double($1))
      }
    }
    if convolution.hasResidual {
      let residual = try input(1)
      result.residual = ResidualOperand(
        multipliers: try multipliers(residual.scales, over: output.scales), zeroPoints: residual.zeroPoints)
    }
    return result
  }

  private func strip(
    _ activation: Int8Activation, _ parameters: Int8Convolution, output: ChannelQuantization
  ) throws -> ActivationStrip {
    let scales = activation.shifts.map { 1 / Float(1 << Int($0)) }
    return ActivationStrip(
      multipliers: try multipliers(parameters.weightScales, over: scales), shifts: activation.shifts,
      gains: activation.gains, zeroPoints: output.zeroPoints, table: activation.table)
  }

  /// `f32(numerator / denominator)`, the quotient in Double, rounded once.
  ///
  /// - Throws: `InputError` when one is outside 2⁻⁴⁰…2²⁰.
  func multipliers(_ numerators: [Float], over denominators: [Float]) throws -> [Float] {
    try zip(numerators, denominators).enumerated().map { channel, scales in
      let multiplier = Float(Double(scales.0) / Double(scales.1))
      guard (0x1p-40...0x1p20).contains(multiplier) else {
        throw InputError(
          .malformed, "", "the multiplier of channel \(channel) is \(multiplier), outside 2⁻⁴⁰…2²⁰")
      }
      return multiplier
    }
  }

  func geometry(of convolution: Convolution) -> ConvolutionGeometry {
    ConvolutionGeometry(
      inputHeight: inputShapes[0].height, inputWidth: inputShapes[0].width,
      inputChannels: convolution.inputChannels,
      outputHeight: outputShape.height, outputWidth: outputShape.width,
      outputChannels: convolution.outputChannels,
      kernelHeight: convolution.kernel.height, kernelWidth: convolution.kernel.width,
      strideHeight: convolution.stride.height, strideWidth: convolution.stride.width,
      dilationHeight: convolution.dilation.height, dilationWidth: convolution.dilation.width,
      paddingTop: convolution.padding.top, paddingLeft: convolution.padding.left, groups: convolution.groups)
  }
}

extension Activation {
  /// The elements that the activated results may take: ReLU begins at the zero point, ReLU6 ends at
  /// `zeroPoint + rne(6 / scale)`.
  func limits(of output: ChannelQuantization) throws -> (minimum: [Int8], maximum: [Int8]) {
    var minimum = [Int8](repeating: -128, count: output.channels)
    var maximum = [Int8](repeating: 127, count: output.channels)
    switch self {
    case .identity, .leakyRelu, .prelu: break
    case .relu: minimum = output.zeroPoints
    case .relu6:
      minimum = output.zeroPoints
      maximum = zip(output.scales, output.zeroPoints).map { scale, zeroPoint in
        let six = (6 / Double(scale)).rounded(.toNearestOrEven) + Double(zeroPoint)
        return Int8(Swift.min(Swift.max(six, -128), 127))
      }
    default: throw InputError(.malformed, "", "the activation needs a table")
    }
    return (minimum, maximum)
  }
}
