import Quant

/// What some of the calibration photos show of every map of a float network.
struct ActivationSurvey: Sendable {
  /// One map over all photos of the survey.
  struct Map: Sendable {
    let name: String
    /// Of each channel.
    let ranges: ChannelRanges
    /// The largest magnitude in each photo.
    let peaks: [Float]
    /// Channels that have one value everywhere.
    let constantChannels: Int
    /// What the values may be, whatever the photos.
    let form: Form
  }

  /// What bounds a map's values.
  enum Form: Sendable {
    /// Nothing: a sum as it is.
    case linear
    /// A function without a largest value, a gate, a pooling.
    case unbounded
    /// The activation's largest value, or the input's.
    case bounded
  }

  let maps: [Map]
  /// Of each of the survey's photos, its number among all.
  let photos: [Int]

  /// Evenly spread among more: dead channels and outliers show in a few.
  private static let photoLimit = 24

  /// - Throws: `InputError` when a photo cannot be read or a value is not finite.
  init(_ network: FloatNetwork, photos: Photos, pool: WorkerPool) throws {
    let graph = network.graph
    let sessions = FloatSessions(try FloatInterpreter(graph: graph), count: pool.threads)
    let input = try NetworkInput(network.recipe)
    let count = min(photos.count, Self.photoLimit)
    let numbers = (0..<count).map { $0 * photos.count / max(count, 1) }
    let results = pool.mapInParallel(count) { index, worker in
      Result { () throws -> [ChannelExtremes?] in
        var extremes = [ChannelExtremes?](repeating: nil, count: graph.shapes.count)
        try sessions[worker].run(input.map(photos.pixels(numbers[index]))) { value, elements in
          guard graph.shapes[value].isMap else { return }
          var found = ChannelExtremes(channels: graph.shapes[value].channels)
          found.add(elements)
          extremes[value] = found
        }
        return extremes
      }
    }
    let observed = try results.map { try $0.get() }
    maps = graph.shapes.indices.compactMap { value in
      Map(graph.name(of: value), graph.form(of: value), observed.compactMap { $0[value] })
    }
    self.photos = numbers
  }
}

extension ActivationSurvey.Map {
  /// nil without photos: a vector.
  fileprivate init?(_ name: String, _ form: ActivationSurvey.Form, _ photos: [ChannelExtremes]) {
    guard let first = photos.first else { return nil }
    let all = photos.dropFirst().reduce(into: first) { $0.add($1) }
    self.name = name
    self.form = form
    ranges = ChannelRanges(lower: all.lower.map { min($0, 0) }, upper: all.upper.map { max($0, 0) })
    peaks = photos.map { photo in
      zip(photo.lower, photo.upper).reduce(0) { max($0, max(abs($1.0), abs($1.1))) }
    }
    constantChannels = zip(all.lower, all.upper).count { $0 == $1 }
  }
}

extension Graph {
  fileprivate func form(of value: ValueID) -> ActivationSurvey.Form {
    guard value > 0 else { return .bounded }
    let activation: Activation
    switch nodes[value - 1].operation {
    case .convolution(let convolution): activation = convolution.activation
    case .add(let own), .activation(let own): activation = own
    default: return .unbounded
    }
    if activation == .identity { return .linear }
    return activation.bounds.upperBound.isFinite ? .bounded : .unbounded
  }
}
