import Quant

/// Runs a float network over photos and chooses the range of every channel of every map.
///
/// Photos are run once, on all threads; the result is the same for any number of them.
public struct Calibrator: Sendable {
  public let network: FloatNetwork
  public let settings: CalibrationSettings

  /// - Parameter network: folded and fused, as `prepare` leaves it.
  public init(network: FloatNetwork, settings: CalibrationSettings = CalibrationSettings()) {
    self.network = network
    self.settings = settings
  }

  /// - Parameter progress: called from any thread with the part that is done, 0…1, and what is being done.
  /// - Throws: `InputError` when there is no photo, a photo cannot be read, or an activation is not finite.
  public func ranges(
    photos: Photos, pool: WorkerPool, progress: @Sendable (Double, String) -> Void = { _, _ in }
  ) throws -> ActivationRanges {
    guard photos.count > 0 else {
      throw InputError(
        .usage, "", "there are no photos to calibrate on", remedy: "name a folder that has some")
    }
    let plan = SamplingPlan(graph: network.graph, photos: photos.count, settings: settings)
    let observations = try observe(photos, plan: plan, pool: pool) { progress($0, "running photos") }
    let chooser = RangeChooser(
      judge: RangeJudge(graph: network.graph, plan: plan, observations: observations),
      observer: settings.observer)
    let done = Counter()
    var chosen = [RangeChooser.Choice?](repeating: nil, count: plan.judged.count)
    try chosen.withUnsafeMutableBufferPointer { chosen in
      let chosen = SendableBuffer(chosen)
      try pool.parallelFor(plan.judged.count) { index, _ in
        chosen.buffer[index] = try chooser.choose(plan.judged[index])
        progress(Double(done.increment()) / Double(plan.judged.count), "choosing ranges")
      }
    }
    return collect(chosen.compactMap(\.self), plan: plan, observations: observations)
  }

  private func observe(
    _ photos: Photos, plan: SamplingPlan, pool: WorkerPool, progress: @Sendable (Double) -> Void
  ) throws -> [PhotoObservation] {
    let graph = network.graph
    let input = try NetworkInput(network.recipe)
    let interpreter = try FloatInterpreter(graph: graph)
    let sessions = FloatSessions(interpreter, count: pool.threads)
    let done = Counter()
    var observations = [PhotoObservation?](repeating: nil, count: photos.count)
    try observations.withUnsafeMutableBufferPointer { observations in
      let observations = SendableBuffer(observations)
      try pool.parallelFor(photos.count) { photo, worker in
        var observation = PhotoObservation(
          plan: plan, values: graph.shapes.count, photo: photo, seed: settings.seed)
        let pixels = try input.map(photos.pixels(photo))
        pixels.withUnsafeBufferPointer { observation.observe(0, $0, plan: plan, graph: graph) }
        try sessions[worker].run(pixels) { value, map in
          observation.observe(value, map, plan: plan, graph: graph)
        }
        observations.buffer[photo] = observation
        progress(Double(done.increment()) / Double(photos.count))
      }
    }
    return observations.compactMap(\.self)
  }

  private func collect(
    _ choices: [RangeChooser.Choice], plan: SamplingPlan, observations: [PhotoObservation]
  ) -> ActivationRanges {
    var settings = self.settings.json.object ?? [:]
    settings["photos"] = .integer(observations.count)
    var result = ActivationRanges(settings: .object(settings))
    for (value, shape) in network.graph.shapes.enumerated() where shape.isMap {
      let count = Double(shape.height * shape.width * observations.count)
      // Per-photo sums, added in photo order.
      let sums = observations.dropFirst().reduce(observations[0].sums[value]) { sums, photo in
        zip(sums, photo.sums[value]).map { $0 + $1 }
      }
      result.means[network.graph.name(of: value)] = sums.map { Float($0 / count) }
    }
    for (value, choice) in zip(plan.judged, choices) {
      let name = network.graph.name(of: value)
      result.ranges[name] = choice.ranges
      result.shapes[name] = choice.shape
    }
    return result
  }
}
