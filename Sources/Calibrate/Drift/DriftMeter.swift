import Quant

/// Runs a model and its float network over the same photos and compares them, layer by layer and at the end.
public struct DriftMeter: Sendable {
  public let network: FloatNetwork
  public let engine: Engine
  /// The vector that is compared at the end.
  public let output: String

  public struct Result: Sendable {
    public var embedding: EmbeddingDrift
    /// In the graph's order, for the values that both networks name alike.
    public var layers: [LayerDrift]
  }

  /// - Parameters:
  ///   - network: prepared as for calibration, so that its layers are the model's.
  ///   - engine: made with `retainingValues: true`.
  public init(network: FloatNetwork, engine: Engine, output: String = "embedding") {
    self.network = network
    self.engine = engine
    self.output = output
  }

  /// - Parameter model: the engine's, to measure the layers in detail too, at a price: every layer runs a second time.
  /// - Throws: `InputError` when a photo cannot be read or the two networks do not fit each other.
  public func measure(
    photos: Photos, pool: WorkerPool, inDetailOf model: QuantizedModel? = nil,
    progress: @Sendable (Double, String) -> Void = { _, _ in }
  ) throws -> Result {
    let pairs = LayerPairs(float: network.graph, int8: engine.graph)
    let workers = DriftWorkers(self, pairs, count: pool.threads, inDetail: model != nil)
    let interpreter = FloatSessions(try FloatInterpreter(graph: network.graph), count: pool.threads)
    let input = try NetworkInput(network.recipe)
    let done = Counter()
    var measured = [PhotoDrift?](repeating: nil, count: photos.count)
    try measured.withUnsafeMutableBufferPointer { measured in
      let measured = SendableBuffer(measured)
      try pool.parallelFor(photos.count) { index, worker in
        let pixels = try photos.pixels(index)
        let (session, inspector) = (workers.sessions[worker], workers.inspectors[worker])
        var photo = PhotoDrift(pairs: pairs)
        photo.vector = try session.run(pixels, output: output)
        photo.logits = engine.outputCount("logits") == nil ? [] : try session.output("logits")
        inspector.begin(session)
        try interpreter[worker].run(input.map(pixels)) { value, elements in
          photo.keepOutput(value, elements, of: self)
          guard let index = pairs.byFloatValue[value] else { return }
          photo.set(inspector.inspect(index, elements, session), at: index)
        }
        measured.buffer[index] = photo
        progress(Double(done.increment()) / Double(photos.count), "comparing")
      }
    }
    let drifts = measured.compactMap(\.self)
    return Result(
      embedding: try embeddingDrift(drifts, pool: pool),
      layers: layers(drifts, pairs, model.map { workers.details(of: $0, self, pairs) }))
  }

  private func embeddingDrift(_ photos: [PhotoDrift], pool: WorkerPool) throws -> EmbeddingDrift {
    let hasLogits = photos.allSatisfy { !$0.logits.isEmpty && !$0.floatLogits.isEmpty }
    return try EmbeddingDrift(
      photos.map(\.vector), against: photos.map(\.floatVector),
      logits: hasLogits ? photos.map(\.logits) : nil,
      referenceLogits: hasLogits ? photos.map(\.floatLogits) : nil, pool: pool)
  }

  /// Sums of the photos' sums, in the photos' order.
  private func layers(_ photos: [PhotoDrift], _ pairs: LayerPairs, _ details: [LayerDetail]?) -> [LayerDrift]
  {
    pairs.pairs.indices.map { index in
      let energy = photos.reduce(0) { $0 + $1.energies[index] }
      let error = photos.reduce(0) { $0 + $1.errors[index] }
      var detail = details?[index]
      if photos.allSatisfy({ $0.isolatedErrors[index] != nil }) {
        let alone = photos.reduce(0) { $0 + ($1.isolatedErrors[index] ?? 0) }
        detail?.isolatedSQNRDecibels = Decibels.ratio(energy, alone)
      }
      return LayerDrift(
        name: network.graph.name(of: pairs.pairs[index].float), sqnrDecibels: Decibels.ratio(energy, error),
        detail: detail)
    }
  }
}

/// A session and an inspector for each worker of a pool; a worker uses its own only.
private struct DriftWorkers: @unchecked Sendable {
  let sessions: [Session]
  let inspectors: [LayerInspector]

  init(_ meter: DriftMeter, _ pairs: LayerPairs, count: Int, inDetail: Bool) {
    sessions = (0..<count).map { _ in meter.engine.makeSession() }
    inspectors = (0..<count).map { _ in
      LayerInspector(pairs, network: meter.network, engine: meter.engine, inDetail: inDetail)
    }
  }

  /// What all workers saw, without the isolated errors.
  func details(of model: QuantizedModel, _ meter: DriftMeter, _ pairs: LayerPairs) -> [LayerDetail] {
    let weights = model.largestWeights
    return pairs.pairs.enumerated().map { index, pair in
      let value = pair.int8
      var tally = ChannelTally(channels: meter.engine.graph.shapes[value].channels)
      for inspector in inspectors { tally.add(inspector.tallies[index]) }
      let quantization = meter.engine.quantization[value]
      return LayerDetail(
        operation: meter.engine.graph.nodes[value - 1].operation, shape: meter.engine.graph.shapes[value],
        elementCount: tally.elements,
        saturatedCount: quantization == nil ? nil : tally.saturated,
        limitCount: quantization == nil ? nil : tally.limits, observed: tally.ranges,
        representable: quantization?.ranges, largestWeights: weights[value - 1])
    }
  }
}

extension ChannelQuantization {
  /// What −128 and 127 stand for in each channel.
  fileprivate var ranges: [ClosedRange<Float>] {
    zip(scales, zeroPoints).map { scale, zeroPoint in
      scale * Float(-128 - Int(zeroPoint))...scale * Float(127 - Int(zeroPoint))
    }
  }
}
