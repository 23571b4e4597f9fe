import Quant

/// What decides the range of each activation.
public enum Observer: Hashable, Sendable {
  /// The smallest and largest value seen.
  case minMax
  /// The interval that leaves out this percentage of values at each end, such as 0.01.
  case percentile(Float)
  /// The range whose error on the consumers' output is least, judged on photos that did not set it.
  case leastSquaredError

  public var name: String {
    switch self {
    case .minMax: "min-max"
    case .percentile(let tail): "percentile:\(tail)"
    case .leastSquaredError: "least-squared-error"
    }
  }
}

public struct CalibrationSettings: Hashable, Sendable {
  public var observer: Observer
  /// Bytes that sampled activations may take; fewer positions are sampled when there are many photos.
  public var sampleByteLimit: Int
  /// Positions of one map sampled a photo, at most.
  public var positionsPerPhoto: Int
  public var seed: UInt64

  public init(
    observer: Observer = .leastSquaredError, sampleByteLimit: Int = 768 << 20, positionsPerPhoto: Int = 48,
    seed: UInt64 = 7
  ) {
    self.observer = observer
    self.sampleByteLimit = sampleByteLimit
    self.positionsPerPhoto = positionsPerPhoto
    self.seed = seed
  }

  var json: JSON {
    [
      "observer": .string(observer.name), "positions_per_photo": .integer(positionsPerPhoto),
      "seed": .integer(Int(seed & 0xffff_ffff)),
    ]
  }
}
