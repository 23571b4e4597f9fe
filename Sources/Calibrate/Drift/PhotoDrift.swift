import Quant

/// One photo's comparison.
struct PhotoDrift: Sendable {
  var vector: [Float] = []
  private(set) var floatVector: [Float] = []
  var logits: [Float] = []
  private(set) var floatLogits: [Float] = []
  /// By pair of layers: Σ x² and Σ (x − x̂)².
  private(set) var energies: [Double]
  private(set) var errors: [Double]
  /// nil where the layer was not run by itself.
  private(set) var isolatedErrors: [Double?]

  init(pairs: LayerPairs) {
    energies = .init(repeating: 0, count: pairs.pairs.count)
    errors = energies
    isolatedErrors = .init(repeating: nil, count: pairs.pairs.count)
  }

  /// Keeps a float value that is a result of the network.
  mutating func keepOutput(
    _ value: ValueID, _ elements: UnsafeBufferPointer<Float>, of meter: DriftMeter
  ) {
    if meter.network.graph.output(named: meter.output) == value { floatVector = Array(elements) }
    if meter.network.graph.output(named: "logits") == value { floatLogits = Array(elements) }
  }

  mutating func set(_ found: (model: SquaredError, alone: SquaredError?), at index: Int) {
    energies[index] = found.model.energy
    errors[index] = found.model.error
    isolatedErrors[index] = found.alone?.error
  }
}
