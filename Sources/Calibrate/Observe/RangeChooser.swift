import Quant

/// Chooses the shape of one map's ranges among a few candidates.
struct RangeChooser {
  struct Choice {
    var ranges: ChannelRanges
    var shape: RangeShape
  }

  let judge: RangeJudge
  let observer: Observer

  /// Each candidate's ranges are set by one half of the photos and judged on the other, and the reverse; the best is set
  /// anew by all. Ties go to the first candidate.
  func choose(_ value: ValueID) throws -> Choice {
    let photos = Array(judge.observations.indices)
    let even = photos.filter { $0 % 2 == 0 }
    let odd = photos.filter { $0 % 2 == 1 }
    let folds = odd.isEmpty ? [(even, even)] : [(even, odd), (odd, even)]
    let observed = folds.map { observedRanges(of: value, photos: $0.0) }
    var best: (shape: RangeShape, error: Double)?
    for shape in candidates {
      var error = 0.0
      for (fold, observed) in zip(folds, observed) {
        let ranges = shape.ranges(of: observed, within: bounds(of: value))
        error += try judge.error(of: value, quantization: ranges.quantization, photos: fold.1)
      }
      if error < best?.error ?? .infinity { best = (shape, error) }
    }
    let shape = best?.shape ?? RangeShape(quarters: 3, ratio: 1)
    let ranges = shape.ranges(of: observedRanges(of: value, photos: photos), within: bounds(of: value))
    return Choice(ranges: ranges, shape: shape)
  }

  /// Least squared error also chooses headroom; the other observers are taken at their word.
  private var candidates: [RangeShape] {
    let headrooms = observer == .leastSquaredError ? RangeShape.headrooms : [1]
    return RangeShape.exponents.flatMap { quarters in
      headrooms.map { RangeShape(quarters: quarters, ratio: $0) }
    }
  }

  private func bounds(of value: ValueID) -> ClosedRange<Float> {
    switch judge.graph.nodes[value - 1].operation {
    case .convolution(let convolution): convolution.activation.bounds
    case .add(let activation), .activation(let activation): activation.bounds
    default: -.infinity ... .infinity
    }
  }

  private func observedRanges(of value: ValueID, photos: [Int]) -> ChannelRanges {
    let channels = judge.graph.shapes[value].channels
    let extremes = photos.reduce(ChannelRanges(channels: channels)) { result, photo in
      judge.observations[photo].ranges[value].map(result.union) ?? result
    }
    guard case .percentile(let tail) = observer, let view = judge.plan.viewsJudging[value].first else {
      return extremes
    }
    return percentiles(tail: tail, view: view, channels: channels, photos: photos)
  }

  /// The interval that leaves `tail` percent of a channel's sampled values out at each end, widened to contain 0.
  private func percentiles(tail: Float, view: Int, channels: Int, photos: [Int]) -> ChannelRanges {
    var result = ChannelRanges(channels: channels)
    for channel in 0..<channels {
      var values: [Float] = []
      for photo in photos {
        let samples = judge.observations[photo].samples[view]
        for index in stride(from: channel, to: samples.count, by: channels) { values.append(samples[index]) }
      }
      values.sort()
      result.lower[channel] = min(0, Float(values.percentile(Double(tail))))
      result.upper[channel] = max(0, Float(values.percentile(100 - Double(tail))))
    }
    return result
  }
}
