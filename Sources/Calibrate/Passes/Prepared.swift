extension FloatNetwork {
  /// The network as it is calibrated, quantized and compared: batch normalizations folded, layers fused, dead nodes
  /// removed, in the operations that have an Int8 definition.
  public func prepared() throws -> FloatNetwork {
    var result = self
    result.firstNormalization = firstNormalization ?? FirstNormalization(graph)
    result.graph = try prepare(graph).int8Form()
    return result
  }
}
