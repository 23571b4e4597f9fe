import Quant

/// How far one layer's result is from the float network's, over all photos.
public struct LayerDrift: Hashable, Sendable {
  public var name: String
  /// In the model as it is: the layer's own error and what earlier layers hand on. Signal-to-quantization-noise ratio,
  /// 10 · log₁₀(Σ x² / Σ (x − x̂)²), in dB; infinite when equal.
  public var sqnrDecibels: Double
  /// nil unless asked for.
  public var detail: LayerDetail?

  package init(name: String, sqnrDecibels: Double, detail: LayerDetail? = nil) {
    self.name = name
    self.sqnrDecibels = sqnrDecibels
    self.detail = detail
  }
}

/// What there is to know of one layer beyond its error in the model.
public struct LayerDetail: Hashable, Sendable {
  public var operation: Operation
  /// Of the result.
  public var shape: Shape
  /// With this layer alone quantized: its Int8 form on the float network's own inputs, each rounded to what the model
  /// stores it as, against the float result. As `LayerDrift.sqnrDecibels`; nil where the two graphs feed it differently.
  public var isolatedSQNRDecibels: Double?
  /// Of the result, over all photos.
  public var elementCount: Int
  /// Elements whose float value lies outside what their channel can represent, by more than half a step; nil for vectors,
  /// which are Float.
  public var saturatedCount: Int?
  /// Elements of the model's own result at 127, or at −128 where that stands for less than zero; nil for vectors.
  public var limitCount: Int?
  /// What each channel's float values were, least to largest. A vector has a channel an element.
  public var observed: [ClosedRange<Float>]
  /// What −128 and 127 stand for in each channel; nil for vectors.
  public var representable: [ClosedRange<Float>]?
  /// The largest magnitude of each output channel's weights as the model has them, the input's scales divided out; nil
  /// for layers without weights.
  public var largestWeights: [Float]?

  package init(
    operation: Operation, shape: Shape, isolatedSQNRDecibels: Double? = nil, elementCount: Int,
    saturatedCount: Int? = nil, limitCount: Int? = nil, observed: [ClosedRange<Float>],
    representable: [ClosedRange<Float>]? = nil, largestWeights: [Float]? = nil
  ) {
    self.operation = operation
    self.shape = shape
    self.isolatedSQNRDecibels = isolatedSQNRDecibels
    self.elementCount = elementCount
    self.saturatedCount = saturatedCount
    self.limitCount = limitCount
    self.observed = observed
    self.representable = representable
    self.largestWeights = largestWeights
  }
}

extension LayerDetail {
  /// 0…1; nil for vectors.
  public var saturatedShare: Double? { saturatedCount.map { Double($0) / Double(max(elementCount, 1)) } }

  /// 0…1; nil for vectors.
  public var limitShare: Double? { limitCount.map { Double($0) / Double(max(elementCount, 1)) } }

  /// Channels that were zero everywhere, on every photo.
  public var deadChannels: Int { observed.count { $0.lowerBound == 0 && $0.upperBound == 0 } }
}
