import Quant

/// What a file's own graph does to its input before anything else: part of the preprocessing, whatever people feed it.
package struct GraphPreprocessing: Hashable, Sendable {
  /// First the channels are reversed, or not …
  package var reversesChannels: Bool
  /// … then this is applied to each.
  package var affine: ChannelAffine

  package init(reversesChannels: Bool = false, affine: ChannelAffine = .identity) {
    self.reversesChannels = reversesChannels
    self.affine = affine
  }
}

extension Recipe {
  /// This preprocessing followed by the graph's own.
  ///
  /// - Throws: `InputError` when a factor is zero or negative, or each picture has its own mean and deviation.
  package func followed(by graph: GraphPreprocessing) throws -> Recipe {
    var result = self
    if graph.reversesChannels {
      result.channelOrder = channelOrder == .rgb ? .bgr : .rgb
      result.mean.reverse()
      result.deviation.reverse()
    }
    if !graph.affine.isIdentity { try result.absorb(graph.affine) }
    if result != self { result.name = "custom" }
    try result.validate()
    return result
  }

  private mutating func absorb(_ affine: ChannelAffine) throws {
    let (factors, offsets) = (affine.factors(channels: 3), affine.offsets(channels: 3))
    for channel in 0..<3 {
      guard abs(factors[channel]) > 1e-12 else {
        throw InputError(.unsupported, "preprocessing", "the network multiplies its input by zero")
      }
      let quotient = Double(deviation[channel]) / factors[channel]
      mean[channel] = Float(Double(mean[channel]) - offsets[channel] * quotient)
      deviation[channel] = Float(quotient)
    }
  }
}
