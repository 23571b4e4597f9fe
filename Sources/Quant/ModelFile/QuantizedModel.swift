/// A quantized network with all that is needed to run it and to say where it came from.
public struct QuantizedModel: Sendable {
  public var graph: Int8Graph
  /// How each map's elements stand for real numbers, by value; nil for vectors, which are Float.
  public var quantization: [ChannelQuantization?]
  public var recipe: Recipe
  public var provenance: Provenance

  /// - Throws: `InputError` naming the first node or value whose numbers do not fit the graph.
  public init(
    graph: Int8Graph, quantization: [ChannelQuantization?], recipe: Recipe, provenance: Provenance
  ) throws {
    self.graph = graph
    self.quantization = quantization
    self.recipe = recipe
    self.provenance = provenance
    try checkInvariants()
  }

  /// Class names by index of the logits; empty when unknown.
  public var labels: [String] { provenance.labels }
}

/// Where a model came from: nothing in it depends on the machine or the time of quantization.
public struct Provenance: Hashable, Sendable {
  /// Such as `torchvision/resnet50`.
  public var architecture: String
  /// The float weights' file name, without its folder.
  public var sourceName: String
  /// SHA-256 of the float weights' file, in hexadecimal.
  public var sourceSHA256: String
  /// Of the weights, as whoever quantized them named it; empty when they did not.
  public var licence: String
  public var assumptions: [String]
  public var labels: [String]
  /// Calibration settings and, once measured, the drift: free for tools to read.
  public var calibration: JSON
  public var drift: JSON
  /// What may be wrong, where the quantization is poor; null where nothing was said.
  public var advice: JSON

  public init(
    architecture: String, sourceName: String, sourceSHA256: String, licence: String = "",
    assumptions: [String] = [], labels: [String] = [],
    calibration: JSON = .null, drift: JSON = .null, advice: JSON = .null
  ) {
    self.architecture = architecture
    self.sourceName = sourceName
    self.sourceSHA256 = sourceSHA256
    self.licence = licence
    self.assumptions = assumptions
    self.labels = labels
    self.calibration = calibration
    self.drift = drift
    self.advice = advice
  }
}
