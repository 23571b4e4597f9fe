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
    return collect(chosen.compactMap(\.self), plan: plan, photos: photos.count)
  }

  private func observe(
    _ photos: Photos, plan: SamplingPlan, pool: WorkerPool, progress: @Sendable (Double) -> Void
  ) throws -> [PhotoObservation] {
    let graph = network.graph
    let input = try NetworkInput(network.recipe)
    let interpreter = try FloatInterpreter(graph: graph)
    let done = Counter()
    var observations = [PhotoObservation?](repeating: nil, count: photos.count)
    try observations.withUnsafeMutableBufferPointer { observations in
      let observations = SendableBuffer(observations)
      try pool.parallelFor(photos.count) { photo, _ in
        var observation = PhotoObservation(
          plan: plan, values: graph.shapes.count, photo: photo, seed: settings.seed)
        try interpreter.run(input.map(photos.pixels(photo))) { value, map in
          observation.observe(value, map, plan: plan, graph: graph)
        }
        observations.buffer[photo] = observation
        progress(Double(done.increment()) / Double(photos.count))
      }
    }
    return observations.compactMap(\.self)
  }

  private func collect(_ choices: [RangeChooser.Choice], plan: SamplingPlan, photos: Int) -> ActivationRanges
  {
    var settings = self.settings.json.object ?? [:]
    settings["photos"] = .integer(photos)
    var result = ActivationRanges(ranges: [:], shapes: [:], settings: .object(settings))
    for (value, choice) in zip(plan.judged, choices) {
      let name = network.graph.name(of: value)
      result.ranges[name] = choice.ranges
      result.shapes[name] = choice.shape
    }
    return result
  }
}
