import Quant

/// What may be wrong where a quantization is poor, with what tells it. Nothing where it is good.
public struct QuantizationAdvice: Sendable, Hashable {
  public enum Finding: Sendable, Hashable {
    /// Photos are prepared otherwise than those of training were.
    case preprocessing(PreprocessingAdvice)
    case tooFewPhotos(Int)
    /// Layers with ranges far wider than usual.
    case rangeOutliers([RangeOutlier])
    /// Layers of which many channels have one value everywhere.
    case deadChannels([DeadChannels])
    /// Embeddings are far from the float network's, and these layers add most of it.
    case noisyLayers([NoisyLayer], meanCosine: Double)
  }

  public struct DeadChannels: Sendable, Hashable {
    public var layer: String
    public var count: Int
    public var channels: Int
  }

  public struct NoisyLayer: Sendable, Hashable {
    public var layer: String
    /// Signal-to-noise ratios in dB: of the layer's noisiest input, and of its result.
    public var inputDecibels: Double
    public var decibels: Double
  }

  public var findings: [Finding]

  /// Fewer leave more of a network's range to chance: Docs/benchmarks.md, "Calibration".
  static let fewPhotos = 16
  /// Mean cosine below which layers are named.
  static let poorCosine = 0.99
  /// The part of a layer's channels.
  static let deadShare = 0.5
  private static let listed = 3

  /// - Parameters:
  ///   - network: as it was calibrated.
  ///   - ranges: what the model was quantized with.
  ///   - drift: of the model on `photos`.
  /// - Throws: `InputError` when a photo cannot be read.
  public init(
    network: FloatNetwork, ranges: ActivationRanges, drift: DriftMeter.Result, photos: Photos,
    pool: WorkerPool
  ) throws {
    var findings: [Finding] = []
    if let advice = try PreprocessingAdvice(network, photos: photos, pool: pool) {
      findings.append(.preprocessing(advice))
    }
    if photos.count < Self.fewPhotos { findings.append(.tooFewPhotos(photos.count)) }
    let survey = try ActivationSurvey(network, photos: photos, pool: pool)
    let isPoor = drift.embedding.meanCosine < Self.poorCosine
    let outliers = RangeOutlier.all(in: survey, ranges: ranges, includingActivated: isPoor)
    if !outliers.isEmpty { findings.append(.rangeOutliers(Array(outliers.prefix(Self.listed)))) }
    let dead = Self.deadChannels(in: survey)
    if !dead.isEmpty { findings.append(.deadChannels(Array(dead.prefix(Self.listed)))) }
    let noisy = Self.noisyLayers(network.graph, drift.layers)
    if isPoor, !noisy.isEmpty {
      findings.append(
        .noisyLayers(Array(noisy.prefix(Self.listed)), meanCosine: drift.embedding.meanCosine))
    }
    self.findings = findings
  }

  /// The largest share first.
  private static func deadChannels(in survey: ActivationSurvey) -> [DeadChannels] {
    let all = survey.maps.map {
      DeadChannels(layer: $0.name, count: $0.constantChannels, channels: $0.ranges.channels)
    }
    func share(_ layer: DeadChannels) -> Double { Double(layer.count) / Double(layer.channels) }
    let dead = all.enumerated().filter { share($0.element) >= deadShare }
    return dead.sorted { (-share($0.element), $0.offset) < (-share($1.element), $1.offset) }.map(\.element)
  }

  /// The largest loss first.
  static func noisyLayers(_ graph: FloatGraph, _ layers: [LayerDrift]) -> [NoisyLayer] {
    let known = Dictionary(layers.map { ($0.name, min($0.sqnrDecibels, exact)) }, uniquingKeysWith: { $1 })
    let all = graph.nodes.enumerated().compactMap { index, node -> (offset: Int, layer: NoisyLayer)? in
      guard let own = known[node.name] else { return nil }
      let inputs = node.inputs.map { known[graph.name(of: $0)] ?? exact }
      return (
        index, NoisyLayer(layer: node.name, inputDecibels: inputs.min() ?? exact, decibels: own)
      )
    }
    func loss(_ layer: NoisyLayer) -> Double { layer.inputDecibels - layer.decibels }
    return all.filter { loss($0.layer) > 0 }.sorted {
      (-loss($0.layer), $0.offset) < (-loss($1.layer), $1.offset)
    }.map(\.layer)
  }

  /// Decibels that stand for a value without noise, such as the network's input: what rounding to 8 bits leaves.
  private static let exact = 40.0
}
