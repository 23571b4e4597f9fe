import Int8Kernels
import TestSupport
import Testing

/// Pooling, by windows and of whole maps, equals the exact reference on every kernel set.
@Suite struct ExactPoolingTests {
  /// Windows that cover at least one element each, as the graph checks.
  private func geometry(_ g: inout SeededGenerator) -> PoolingGeometry {
    func extent() -> (input: Int, kernel: Int, stride: Int, before: Int, output: Int) {
      let kernel = g.int(in: 1...7)
      let before = g.chance(2) ? g.int(in: 0...kernel - 1) : 0
      let after = g.chance(2) ? g.int(in: 0...kernel - 1) : 0
      let input = max(1, kernel - before - after) + g.int(in: 0...9)
      let stride = g.int(in: 1...3)
      return (input, kernel, stride, before, (input + before + after - kernel) / stride + 1)
    }
    let (rows, columns) = (extent(), extent())
    return PoolingGeometry(
      input: MapExtent(height: rows.input, width: columns.input, channels: g.int(in: 1...67)),
      outputHeight: rows.output, outputWidth: columns.output, kernelHeight: rows.kernel,
      kernelWidth: columns.kernel, strideHeight: rows.stride, strideWidth: columns.stride,
      paddingTop: rows.before, paddingLeft: columns.before)
  }

  @Test func maximumEqualsReference() {
    for seed in UInt64(3_000)..<3_060 {
      var generator = SeededGenerator(seed: seed)
      let geometry = geometry(&generator)
      let fill = generator.choose(Fill.allCases)
      let input = fill.quantized(geometry.input.elementCount, &generator)
      let expected = ExactPooling.maximum(geometry, input)
      let buffers = [ExactLayerRun.buffer(input, seed: seed)]
      for set in KernelSet.tested {
        let layer = MaxPoolLayer(geometry: geometry, kernels: set)
        let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Int8.self, seed: seed)
        ExactLayerRun.expectEqual(actual, expected, "\(set) seed \(seed) \(geometry) \(fill)")
      }
    }
  }

  /// Both ways to count; a third of the cases with scales whose quotients are powers of two, so that means tie.
  @Test(arguments: [false, true]) func averageEqualsReference(countsPadding: Bool) {
    for seed in UInt64(4_000)..<4_060 {
      var generator = SeededGenerator(seed: seed)
      let geometry = geometry(&generator)
      let channels = geometry.input.channels
      let fill = generator.choose(Fill.allCases)
      let input = fill.quantized(geometry.input.elementCount, &generator)
      let ties = generator.chance(3)
      let inputScales = ties ? [Float](repeating: 0.5, count: channels) : generator.scales(channels)
      let outputScales = ties ? [Float](repeating: 1, count: channels) : generator.scales(channels)
      let (inputZeroPoints, outputZeroPoints) =
        (generator.zeroPoints(channels), generator.zeroPoints(channels))
      let expected = ExactPooling.average(
        geometry, input, inputScales: inputScales, inputZeroPoints: inputZeroPoints,
        outputScales: outputScales, outputZeroPoints: outputZeroPoints, countsPadding: countsPadding)
      let buffers = [ExactLayerRun.buffer(input, seed: seed)]
      for set in KernelSet.tested {
        let layer = AveragePoolLayer(
          geometry: geometry, inputScales: inputScales, inputZeroPoints: inputZeroPoints,
          outputScales: outputScales, outputZeroPoints: outputZeroPoints, countsPadding: countsPadding,
          kernels: set)
        let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Int8.self, seed: seed)
        ExactLayerRun.expectEqual(actual, expected, "\(set) seed \(seed) \(geometry) \(fill) ties \(ties)")
      }
    }
  }

  @Test(arguments: [
    GlobalPoolKind.average, .maximum, .generalizedMean(power: 2), .generalizedMean(power: 3),
    .generalizedMean(power: 4),
  ])
  func globalEqualsReference(kind: GlobalPoolKind) {
    for seed in UInt64(5_000)..<5_040 {
      var generator = SeededGenerator(seed: seed)
      let extent = MapExtent(
        height: generator.int(in: 1...9), width: generator.int(in: 1...9),
        channels: generator.chance(4) ? generator.int(in: 120...135) : generator.int(in: 1...67))
      let fill = generator.choose(Fill.allCases)
      let input = fill.quantized(extent.elementCount, &generator)
      let scales = generator.scales(extent.channels)
      let zeroPoints = generator.zeroPoints(extent.channels)
      let expected = ExactPooling.global(extent, kind, input, scales: scales, zeroPoints: zeroPoints)
      let buffers = [ExactLayerRun.buffer(input, seed: seed)]
      for set in KernelSet.tested {
        let layer = GlobalPoolLayer(
          extent: extent, kind: kind, scales: scales, zeroPoints: zeroPoints, kernels: set)
        let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Float.self, seed: seed)
        ExactLayerRun.expectSameBits(actual, expected, "\(set) \(kind) seed \(seed) \(extent) \(fill)")
      }
    }
  }

  /// A map of 300 × 300, all −128 below a zero point of 127: the sum needs more than 24 bits.
  @Test func globalAverageRoundsLargeSumsOnce() {
    let extent = MapExtent(height: 300, width: 301, channels: 3)
    var input = [Int8](repeating: -128, count: extent.elementCount)
    for index in stride(from: 0, to: input.count, by: 7) { input[index] = -127 }
    let (scales, zeroPoints): ([Float], [Int8]) = ([0.7, 1, 0.001], [127, 126, 127])
    let expected = ExactPooling.global(extent, .average, input, scales: scales, zeroPoints: zeroPoints)
    for set in KernelSet.tested {
      let layer = GlobalPoolLayer(
        extent: extent, kind: .average, scales: scales, zeroPoints: zeroPoints, kernels: set)
      let buffers = [ExactLayerRun.buffer(input, seed: 0)]
      let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Float.self, seed: 0)
      ExactLayerRun.expectSameBits(actual, expected, "\(set)")
    }
  }

  @Test func cubeRootIsTheNearestFloat() {
    var generator = SeededGenerator(seed: 6)
    for _ in 0..<3_000 {
      let value = Float(bitPattern: UInt32(generator.int(in: 0...0x7f7f_ffff)))
      if cubeRoot(value) != ExactFloat.cubeRoot(value) { Issue.record("\(value)") }
    }
    for value: Float in [
      0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1, 8, 27, .greatestFiniteMagnitude,
    ] {
      #expect(cubeRoot(value) == ExactFloat.cubeRoot(value), "\(value)")
    }
  }
}
