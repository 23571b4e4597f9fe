import Int8Kernels
import Quant

/// A convolution whose ranges are settled and whose weights are still to be rounded.
struct ConvolutionTask: Sendable {
  let problem: ScaledConvolution
  let input: ChannelQuantization
  /// Of the float input, one an input channel, or nil where they are not known.
  let inputMeans: [Float]?
  /// Of the result.
  let quantization: ChannelQuantization
  let activation: Int8Activation?
  let negativeSlopes: [Float]?

  /// - Parameter shifts: what is taken from each output's bias, in real units.
  /// - Throws: `InputError` when a channel's sum could leave Int32.
  func int8(_ rounded: RoundedWeights, shifts: [Double]?) throws -> Int8Convolution {
    var result = try problem.int8(rounded, shifts: shifts)
    result.activation = activation
    result.negativeSlopes = negativeSlopes
    return result
  }

  /// The means of `Σ (rounded weight − weight) · input`, one an output; nil where the input's are not known.
  ///
  /// ReLU and its kin leave inputs far from zero on average, so that the rounding errors of an output's weights do not
  /// cancel.
  func meanShifts(_ rounded: RoundedWeights) -> [Double]? {
    guard let inputMeans else { return nil }
    let channels = problem.convolution.inputChannelsPerGroup
    return (0..<problem.convolution.outputChannels).map { output in
      let first = problem.firstInput(of: output)
      let scale = Double(rounded.scales[output])
      var shift = 0.0
      for (index, exact) in problem.row(output).enumerated() {
        let channel = first + index % channels
        shift +=
          (Double(rounded.elements[output * problem.products + index]) * scale - exact)
          * (Double(inputMeans[channel]) / Double(input.scales[channel]))
      }
      return shift
    }
  }
}
