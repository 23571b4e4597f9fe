import Quant

/// Runs a model and its float network over the same photos and compares them, layer by layer and at the end.
public struct DriftMeter: Sendable {
  public let network: FloatNetwork
  public let engine: Engine

  public struct Result: Sendable {
    public var embedding: EmbeddingDrift
    /// In the graph's order, for the values that both networks name alike.
    public var layers: [LayerDrift]
  }

  /// How far one layer's result is from the float network's.
  public struct LayerDrift: Hashable, Sendable {
    public var name: String
    /// Signal-to-quantization-noise ratio, 10 · log₁₀(Σ x² / Σ (x − x̂)²), in dB; infinite when equal.
    public var sqnrDecibels: Double
  }

  /// - Parameters:
  ///   - network: prepared as for calibration, so that its layers are the model's.
  ///   - engine: made with `retainingValues: true`.
  public init(network: FloatNetwork, engine: Engine) {
    self.network = network
    self.engine = engine
  }

  /// - Throws: `InputError` when a photo cannot be read or the two networks do not fit each other.
  public func measure(
    photos: Photos, pool: WorkerPool, progress: @Sendable (Double, String) -> Void = { _, _ in }
  ) throws -> Result {
    let pairs = LayerPairs(float: network.graph, int8: engine.graph)
    let sessions = WorkerSessions(
      try FloatInterpreter(graph: network.graph), engine, count: pool.threads)
    let input = try NetworkInput(network.recipe)
    let done = Counter()
    var measured = [PhotoDrift?](repeating: nil, count: photos.count)
    try measured.withUnsafeMutableBufferPointer { measured in
      let measured = SendableBuffer(measured)
      try pool.parallelFor(photos.count) { index, worker in
        let pixels = try photos.pixels(index)
        let session = sessions.int8[worker]
        var photo = PhotoDrift(pairs: pairs)
        photo.embedding = try session.run(pixels)
        photo.logits = engine.outputCount("logits") == nil ? [] : try session.output("logits")
        try sessions.float[worker].run(input.map(pixels)) { value, elements in
          photo.compare(value, elements, pairs: pairs, network: network, session: session)
        }
        measured.buffer[index] = photo
        progress(Double(done.increment()) / Double(photos.count), "comparing")
      }
    }
    return try summarize(measured.compactMap(\.self), pairs: pairs)
  }

  private func summarize(_ photos: [PhotoDrift], pairs: LayerPairs) throws -> Result {
    let hasLogits = photos.allSatisfy { !$0.logits.isEmpty && !$0.floatLogits.isEmpty }
    let embedding = try EmbeddingDrift(
      photos.map(\.embedding), against: photos.map(\.floatEmbedding),
      logits: hasLogits ? photos.map(\.logits) : nil,
      referenceLogits: hasLogits ? photos.map(\.floatLogits) : nil)
    let layers = pairs.pairs.indices.map { index in
      let energy = photos.reduce(0) { $0 + $1.energies[index] }
      let error = photos.reduce(0) { $0 + $1.errors[index] }
      return LayerDrift(
        name: network.graph.name(of: pairs.pairs[index].float), sqnrDecibels: Decibels.ratio(energy, error))
    }
    return Result(embedding: embedding, layers: layers)
  }
}

/// A session of each network for each worker of a pool; a worker uses its own only.
private struct WorkerSessions: @unchecked Sendable {
  let float: FloatSessions
  let int8: [Session]

  init(_ interpreter: FloatInterpreter, _ engine: Engine, count: Int) {
    float = FloatSessions(interpreter, count: count)
    int8 = (0..<count).map { _ in engine.makeSession() }
  }
}

/// The values that a float and an Int8 graph name alike.
struct LayerPairs: Sendable {
  let pairs: [(float: ValueID, int8: ValueID)]
  /// The index in `pairs` by float value.
  let byFloatValue: [Int?]

  init(float: FloatGraph, int8: Graph<NoParameters>) {
    var values: [String: ValueID] = [:]
    for (index, node) in int8.nodes.enumerated() { values[node.name] = index + 1 }
    var pairs: [(float: ValueID, int8: ValueID)] = []
    var byFloatValue = [Int?](repeating: nil, count: float.shapes.count)
    for (index, node) in float.nodes.enumerated() {
      guard let value = values[node.name], int8.shapes[value] == float.shapes[index + 1] else { continue }
      byFloatValue[index + 1] = pairs.count
      pairs.append((index + 1, value))
    }
    self.pairs = pairs
    self.byFloatValue = byFloatValue
  }
}

/// One photo's comparison.
private struct PhotoDrift: Sendable {
  var embedding: [Float] = []
  var floatEmbedding: [Float] = []
  var logits: [Float] = []
  var floatLogits: [Float] = []
  var energies: [Double]
  var errors: [Double]

  init(pairs: LayerPairs) {
    energies = .init(repeating: 0, count: pairs.pairs.count)
    errors = energies
  }

  mutating func compare(
    _ value: ValueID, _ elements: UnsafeBufferPointer<Float>, pairs: LayerPairs, network: FloatNetwork,
    session: Session
  ) {
    if network.graph.output(named: "embedding") == value { floatEmbedding = Array(elements) }
    if network.graph.output(named: "logits") == value { floatLogits = Array(elements) }
    guard let index = pairs.byFloatValue[value] else { return }
    let other = session.retainedValue(pairs.pairs[index].int8)
    for (exact, quantized) in zip(elements, other) {
      let difference = Double(exact) - Double(quantized)
      energies[index] += Double(exact) * Double(exact)
      errors[index] += difference * difference
    }
  }
}

enum Decibels {
  /// 10 · log₁₀(signal / noise); infinite without noise, 0 without signal.
  static func ratio(_ signal: Double, _ noise: Double) -> Double {
    guard noise > 0 else { return .infinity }
    guard signal > 0 else { return 0 }
    return 10 * ElementaryFunctions.log2(signal / noise) * 0.30102999566398120
  }
}
