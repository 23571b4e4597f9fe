import Quant

/// What one photo shows of a network's maps: the extremes of each channel, and samples for each view.
struct PhotoObservation: Sendable {
  /// Extremes of judged maps; nil elsewhere.
  private(set) var ranges: [ChannelRanges?]
  /// The sum of each channel of every map, by value; empty for vectors.
  private(set) var sums: [[Double]]
  /// Samples by view: `positions × width` floats.
  private(set) var samples: [[Float]]
  private let seed: UInt64

  init(plan: SamplingPlan, values: Int, photo: Int, seed: UInt64) {
    ranges = Array(repeating: nil, count: values)
    sums = Array(repeating: [], count: values)
    samples = Array(repeating: [], count: plan.views.count)
    self.seed = seed &* 0x9e37_79b9 &+ UInt64(photo)
  }

  /// Takes in a map, NHWC.
  mutating func observe(
    _ value: ValueID, _ map: UnsafeBufferPointer<Float>, plan: SamplingPlan, graph: FloatGraph
  ) {
    let shape = graph.shapes[value]
    guard shape.isMap else { return }
    sums[value] = Self.sums(map, channels: shape.channels)
    if !plan.viewsJudging[value].isEmpty || plan.judged.contains(value) {
      ranges[value] = Self.extremes(map, channels: shape.channels)
    }
    for index in plan.viewsSampling[value] {
      let view = plan.views[index]
      var generator = SplitMix64(seed: seed ^ (UInt64(index) << 32))
      switch view.kind {
      case .direct:
        samples[index] = Self.pixels(map, shape: shape, positions: view.positions, &generator)
      case .convolution(let node):
        guard case .convolution(let convolution) = graph.nodes[node].operation else { continue }
        samples[index] = Self.patches(
          map, shape: shape, convolution: convolution, output: graph.shapes[node + 1],
          positions: view.positions,
          &generator)
      }
    }
  }

  private static func extremes(_ map: UnsafeBufferPointer<Float>, channels: Int) -> ChannelRanges {
    var result = ChannelRanges(channels: channels)
    result.lower.withUnsafeMutableBufferPointer { lower in
      result.upper.withUnsafeMutableBufferPointer { upper in
        for pixel in stride(from: 0, to: map.count, by: channels) {
          for channel in 0..<channels {
            let value = map[pixel + channel]
            lower[channel] = value < lower[channel] ? value : lower[channel]
            upper[channel] = value > upper[channel] ? value : upper[channel]
          }
        }
      }
    }
    return result
  }

  private static func sums(_ map: UnsafeBufferPointer<Float>, channels: Int) -> [Double] {
    var result = [Double](repeating: 0, count: channels)
    result.withUnsafeMutableBufferPointer { sums in
      for pixel in stride(from: 0, to: map.count, by: channels) {
        for channel in 0..<channels { sums[channel] += Double(map[pixel + channel]) }
      }
    }
    return result
  }

  /// `positions` different positions of `count`, ascending.
  private static func choose(_ positions: Int, of count: Int, _ generator: inout SplitMix64) -> [Int] {
    guard positions < count else { return Array(0..<count) }
    // One position from each of equal stretches: spread over the map, none twice.
    return (0..<positions).map { index in
      let start = index * count / positions
      return start + generator.below((index + 1) * count / positions - start)
    }
  }

  private static func pixels(
    _ map: UnsafeBufferPointer<Float>, shape: Shape, positions: Int, _ generator: inout SplitMix64
  ) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(positions * shape.channels)
    for position in choose(positions, of: shape.height * shape.width, &generator) {
      result.append(contentsOf: map[position * shape.channels..<(position + 1) * shape.channels])
    }
    return result
  }

  private static func patches(
    _ map: UnsafeBufferPointer<Float>, shape: Shape, convolution: Convolution, output: Shape, positions: Int,
    _ generator: inout SplitMix64
  ) -> [Float] {
    let channels = shape.channels
    var result: [Float] = []
    result.reserveCapacity(positions * convolution.kernel.height * convolution.kernel.width * channels)
    for position in choose(positions, of: output.height * output.width, &generator) {
      let (y, x) = position.quotientAndRemainder(dividingBy: output.width)
      for ky in 0..<convolution.kernel.height {
        for kx in 0..<convolution.kernel.width {
          let row = y * convolution.stride.height + ky * convolution.dilation.height - convolution.padding.top
          let column =
            x * convolution.stride.width + kx * convolution.dilation.width - convolution.padding.left
          if (0..<shape.height).contains(row), (0..<shape.width).contains(column) {
            let start = (row * shape.width + column) * channels
            result.append(contentsOf: map[start..<start + channels])
          } else {
            result.append(contentsOf: repeatElement(0, count: channels))
          }
        }
      }
    }
    return result
  }
}
