import Quant

/// What one photo shows of a network's maps: the extremes of each channel, and samples for each view.
struct PhotoObservation: Sendable {
  /// Extremes of judged maps; nil elsewhere.
  private(set) var ranges: [ChannelRanges?]
  /// The sum of each channel of every map, by value; empty for vectors.
  private(set) var sums: [[Double]]
  let samples: PhotoSamples
  private let seed: UInt64

  init(plan: SamplingPlan, values: Int, photo: Int, seed: UInt64) {
    ranges = Array(repeating: nil, count: values)
    sums = Array(repeating: [], count: values)
    samples = PhotoSamples(plan)
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
      var extremes = ChannelExtremes(zeroIn: shape.channels)
      extremes.add(map)
      ranges[value] = ChannelRanges(lower: extremes.lower, upper: extremes.upper)
    }
    for index in plan.viewsSampling[value] {
      let view = plan.views[index]
      var generator = SplitMix64(seed: seed ^ (UInt64(index) << 32))
      switch view.kind {
      case .direct:
        samplePixels(map, shape: shape, positions: view.positions, &generator, into: index)
      case .convolution(let node):
        guard case .convolution(let convolution) = graph.nodes[node].operation else { continue }
        samplePatches(
          map, shape: shape, convolution: convolution, output: graph.shapes[node + 1],
          positions: view.positions, &generator, into: index)
      }
    }
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

  private func samplePixels(
    _ map: UnsafeBufferPointer<Float>, shape: Shape, positions: Int, _ generator: inout SplitMix64,
    into view: Int
  ) {
    for position in Self.choose(positions, of: shape.height * shape.width, &generator) {
      samples.append(map[position * shape.channels..<(position + 1) * shape.channels], to: view)
    }
  }

  private func samplePatches(
    _ map: UnsafeBufferPointer<Float>, shape: Shape, convolution: Convolution, output: Shape, positions: Int,
    _ generator: inout SplitMix64, into view: Int
  ) {
    let windows = Windows(convolution: convolution, input: shape, output: output)
    for position in Self.choose(positions, of: windows.count, &generator) {
      for tap in 0..<windows.taps {
        if let pixel = windows.pixel(tap: tap, ofWindow: position) {
          samples.append(map[pixel * shape.channels..<(pixel + 1) * shape.channels], to: view)
        } else {
          samples.appendZeros(shape.channels, to: view)
        }
      }
    }
  }
}
