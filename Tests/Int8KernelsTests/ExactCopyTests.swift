import Int8Kernels
import TestSupport
import Testing

/// Layers that move elements, and the conversions at both ends of a network, equal the exact reference.
@Suite struct ExactCopyTests {
  private func check(_ seed: UInt64, _ inputs: [[Int8]], _ layer: any LayerKernel, _ expected: [Int8]) {
    let buffers = inputs.map { ExactLayerRun.buffer($0, seed: seed) }
    let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Int8.self, seed: seed)
    ExactLayerRun.expectEqual(actual, expected, "seed \(seed) \(layer.kernelName)")
  }

  @Test func concatenationAndPaddingEqualReference() {
    for seed in UInt64(8_000)..<8_050 {
      var generator = SeededGenerator(seed: seed)
      let (height, width) = (generator.int(in: 1...40), generator.int(in: 1...20))
      let parts = (0..<generator.int(in: 1...4)).map { _ in generator.int(in: 1...67) }
      let maps = parts.map { Fill.random.quantized($0 * height * width, &generator) }
      check(
        seed, maps, ConcatenateLayer(height: height, width: width, parts: parts),
        ExactElementwise.concatenate(maps, channels: parts, pixels: height * width))

      let extent = MapExtent(height: height, width: width, channels: parts[0])
      let sides = (0..<4).map { _ in generator.int(in: 0...3) }
      let zeroPoints = generator.zeroPoints(parts[0])
      let layer = PadLayer(
        extent: extent, top: sides[0], left: sides[1], bottom: sides[2], right: sides[3],
        zeroPoints: zeroPoints)
      let expected = ExactElementwise.pad(
        maps[0], extent, top: sides[0], left: sides[1], bottom: sides[2], right: sides[3],
        zeroPoints: zeroPoints)
      check(seed, [maps[0]], layer, expected)
    }
  }

  @Test func inputEqualsReference() {
    for seed in UInt64(9_000)..<9_020 {
      var generator = SeededGenerator(seed: seed)
      let extent = MapExtent(
        height: generator.int(in: 1...40), width: generator.int(in: 1...70),
        channels: generator.int(in: 1...5))
      let pixels = (0..<extent.elementCount).map { $0 < 256 ? UInt8($0) : UInt8(generator.int(in: 0...255)) }
      let layer = InputLayer(extent: extent)
      let expected = ExactElementwise.input(pixels)
      let buffers = [ExactLayerRun.buffer(pixels, seed: seed)]
      let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Int8.self, seed: seed)
      ExactLayerRun.expectEqual(actual, expected, "seed \(seed) \(extent)")
    }
  }

  @Test func flattenEqualsReference() {
    for seed in UInt64(9_100)..<9_120 {
      var generator = SeededGenerator(seed: seed)
      let extent = MapExtent(
        height: generator.int(in: 1...20), width: generator.int(in: 1...20),
        channels: generator.int(in: 1...67))
      let input = generator.choose(Fill.allCases).quantized(extent.elementCount, &generator)
      let (scales, zeroPoints) = (generator.scales(extent.channels), generator.zeroPoints(extent.channels))
      let layer = FlattenLayer(extent: extent, scales: scales, zeroPoints: zeroPoints)
      let expected = ExactElementwise.flatten(input, scales: scales, zeroPoints: zeroPoints)
      let buffers = [ExactLayerRun.buffer(input, seed: seed)]
      let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Float.self, seed: seed)
      ExactLayerRun.expectSameBits(actual, expected, "seed \(seed) \(extent)")
    }
  }
}
