import Quant

/// Symmetric Int8 weights with one scale an output channel (Docs/numerics.md).
enum WeightQuantizer {
  /// What a convolution's weights, rounded to nearest, stand for, per unit of the *quantized* input: `qW · sW`, OHWI; for
  /// judging ranges.
  static func roundTrip(_ convolution: Convolution, weights: [Float], inputScales: [Float]) -> [Float] {
    let bias = [Double](repeating: 0, count: convolution.outputChannels)
    let rounded = ScaledConvolution(
      convolution, weights: weights, bias: bias, inputScales: inputScales, outputScales: nil
    ).nearest()
    return rounded.elements.enumerated().map { index, element in
      Float(Double(element) * Double(rounded.scales[index / convolution.products]))
    }
  }

  /// A dense layer's weights: one scale an output.
  static func quantize(_ dense: Dense, weights: [Float], bias: [Float]) -> Int8Dense {
    var result = Int8Dense(
      weights: [], weightScales: [], bias: bias.isEmpty ? .init(repeating: 0, count: dense.outputs) : bias)
    result.weights.reserveCapacity(weights.count)
    for output in 0..<dense.outputs {
      let row = weights[output * dense.inputs..<(output + 1) * dense.inputs].map(Double.init)
      let largest = row.reduce(0) { max($0, abs($1)) }
      let scale = Float(max(largest / 127, 0x1p-90))
      result.weights.append(contentsOf: row.map { ScaledConvolution.rounded($0 / Double(scale)) })
      result.weightScales.append(scale)
    }
    return result
  }
}
