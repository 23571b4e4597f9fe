/// Sizes of a convolution, all checked by the graph before they come here.
package struct ConvolutionGeometry: Hashable, Sendable {
  package var inputHeight: Int
  package var inputWidth: Int
  package var inputChannels: Int
  package var outputHeight: Int
  package var outputWidth: Int
  package var outputChannels: Int
  package var kernelHeight: Int
  package var kernelWidth: Int
  package var strideHeight: Int
  package var strideWidth: Int
  package var dilationHeight: Int
  package var dilationWidth: Int
  package var paddingTop: Int
  package var paddingLeft: Int
  package var groups: Int

  package init(
    inputHeight: Int, inputWidth: Int, inputChannels: Int, outputHeight: Int, outputWidth: Int,
    outputChannels: Int,
    kernelHeight: Int, kernelWidth: Int, strideHeight: Int, strideWidth: Int, dilationHeight: Int = 1,
    dilationWidth: Int = 1, paddingTop: Int, paddingLeft: Int, groups: Int = 1
  ) {
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.inputChannels = inputChannels
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.outputChannels = outputChannels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.dilationHeight = dilationHeight
    self.dilationWidth = dilationWidth
    self.paddingTop = paddingTop
    self.paddingLeft = paddingLeft
    self.groups = groups
  }

  package var isDepthwise: Bool { groups > 1 && groups == inputChannels && groups == outputChannels }
}

/// The numbers of a quantized convolution: `acc[o] = bias[o] + Σ (q − inputZeroPoints[c]) · weights[o, …,
/// c]`, then `epilogue`.
package struct ConvolutionParameters: Sendable {
  /// OHWI, −127…127.
  package var weights: Int8Weights
  /// One an output channel; input zero points are not yet in it.
  package var bias: [Int32]
  /// One an input channel; padding reads them.
  package var inputZeroPoints: [Int8]
  package var epilogue: Epilogue

  package init(weights: Int8Weights, bias: [Int32], inputZeroPoints: [Int8], epilogue: Epilogue) {
    self.weights = weights
    self.bias = bias
    self.inputZeroPoints = inputZeroPoints
    self.epilogue = epilogue
  }

  package init(weights: [Int8], bias: [Int32], inputZeroPoints: [Int8], epilogue: Epilogue) {
    self.init(
      weights: Int8Weights(weights), bias: bias, inputZeroPoints: inputZeroPoints, epilogue: epilogue)
  }
}

package enum Epilogue: Sendable {
  case q8(Requantization)
  case q16(ActivationStrip)
}

/// q8: `y = clamp(rne(f32(acc) · m[o] (+ f32(r − residual zero point) · residual multiplier)) +
/// zeroPoints[o], minimum[o], maximum[o])`.
package struct Requantization: Sendable {
  package var multipliers: [Float]
  /// Used where acc < 0 (LeakyReLU, PReLU); nil where `multipliers` serve both signs.
  package var negativeMultipliers: [Float]?
  package var zeroPoints: [Int8]
  package var minimum: [Int8]
  package var maximum: [Int8]
  package var residual: ResidualOperand?

  package init(
    multipliers: [Float], negativeMultipliers: [Float]? = nil, zeroPoints: [Int8], minimum: [Int8],
    maximum: [Int8],
    residual: ResidualOperand? = nil
  ) {
    self.multipliers = multipliers
    self.negativeMultipliers = negativeMultipliers
    self.zeroPoints = zeroPoints
    self.minimum = minimum
    self.maximum = maximum
    self.residual = residual
  }
}

/// The layer's second input: a map of the output's shape.
package struct ResidualOperand: Sendable {
  package var multipliers: [Float]
  package var zeroPoints: [Int8]

  package init(multipliers: [Float], zeroPoints: [Int8]) {
    self.multipliers = multipliers
    self.zeroPoints = zeroPoints
  }
}

/// q16 and the activation over it: `t = clamp(rne(f32(acc) · m[o]), −32768, 32767)` at scale 2^−shifts[o],
/// then `y = clamp(zeroPoints[o] + mulr(v(t), gains[o]))`, v by `table`.
package struct ActivationStrip: Sendable {
  /// f32(weight scale · 2^shift)
  package var multipliers: [Float]
  /// k, 1…12; 12 for the odd form.
  package var shifts: [UInt8]
  /// M, 1…32767; the output's scale is 2^(15 − k) / M (rectified) or 1 / M (odd).
  package var gains: [Int16]
  package var zeroPoints: [Int8]
  package var table: ActivationTable

  package init(
    multipliers: [Float], shifts: [UInt8], gains: [Int16], zeroPoints: [Int8], table: ActivationTable
  ) {
    self.multipliers = multipliers
    self.shifts = shifts
    self.gains = gains
    self.zeroPoints = zeroPoints
    self.table = table
  }
}

/// A function on |x| in 16 segments of ½, each a quadratic in Int16.
///
/// With `u = min(|t|, 8·2ᵏ − 1) << (12 − k)`, `i = u >> 11`, `x = (u & 2047) << 4`,
/// `r = mulr(mulr(a2[i], x) + a1[i], x) + a0[i]`:
/// - rectified: `v = max(t, 0) − mulr(r, 2ᵏ⁻¹)`, r at scale 2⁻¹⁶, v at 2⁻ᵏ (SiLU, hard-swish, GELU);
/// - odd: `v = offset + (t < 0 ? −r : r)`, all at scale 2⁻¹⁵ (sigmoid, hard-sigmoid: offset 16384; tanh: 0).
///
/// - Invariant: no intermediate leaves Int16 for any t; `isValid` checks it.
package struct ActivationTable: Hashable, Sendable {
  package enum Form: Hashable, Sendable {
    case rectified
    case odd(offset: Int16)
  }

  package var form: Form
  package var a0: [Int16]
  package var a1: [Int16]
  package var a2: [Int16]

  package init(form: Form, a0: [Int16], a1: [Int16], a2: [Int16]) {
    self.form = form
    self.a0 = a0
    self.a1 = a1
    self.a2 = a2
  }
}
