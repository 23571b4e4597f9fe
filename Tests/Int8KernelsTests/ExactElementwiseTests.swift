import Int8Kernels
import TestSupport
import Testing

/// Addition and gates equal the exact reference on every kernel set.
@Suite struct ExactElementwiseTests {
  private func extent(_ generator: inout SeededGenerator) -> MapExtent {
    MapExtent(
      height: generator.int(in: 1...13), width: generator.int(in: 1...13),
      channels: generator.chance(5) ? generator.int(in: 100...700) : generator.int(in: 1...67))
  }

  private func operand(_ channels: Int, _ generator: inout SeededGenerator) -> AddOperand {
    AddOperand(
      multipliers: generator.multipliers(
        for: [Int](repeating: generator.int(in: 1...255), count: channels), steps: 100),
      zeroPoints: generator.zeroPoints(channels))
  }

  @Test func additionEqualsReference() {
    for seed in UInt64(6_000)..<6_060 {
      var generator = SeededGenerator(seed: seed)
      let extent = extent(&generator)
      let fill = generator.choose(Fill.allCases)
      let maps = (0..<2).map { _ in fill.quantized(extent.elementCount, &generator) }
      let operands = (operand(extent.channels, &generator), operand(extent.channels, &generator))
      let zeroPoints = generator.zeroPoints(extent.channels)
      let limits = generator.limits(zeroPoints)
      let expected = ExactElementwise.add(
        (maps[0], maps[1]), operands, zeroPoints: zeroPoints, minimum: limits.minimum, maximum: limits.maximum
      )
      let buffers = maps.map { ExactLayerRun.buffer($0, seed: seed) }
      for set in KernelSet.tested {
        let layer = AddLayer(
          extent: extent, operands.0, operands.1, zeroPoints: zeroPoints, minimum: limits.minimum,
          maximum: limits.maximum, kernels: set)
        let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Int8.self, seed: seed)
        ExactLayerRun.expectEqual(actual, expected, "\(set) seed \(seed) \(extent) \(fill)")
      }
    }
  }

  /// Every shift, gates below 0, above 1, far out and between.
  @Test func gateEqualsReference() {
    for seed in UInt64(7_000)..<7_064 {
      var generator = SeededGenerator(seed: seed)
      let extent = extent(&generator)
      let fill = generator.choose(Fill.allCases)
      let input = fill.quantized(extent.elementCount, &generator)
      let shift = Int(seed % 8)
      let gates = (0..<extent.channels).map { _ in
        generator.choose([0, 1, 0.5, -0.25, 1e30, -1e30, generator.unit(), generator.float(in: -1...2)])
      }
      let factors = (0..<extent.channels).map { _ in
        generator.choose([32_768, 16_384, 1, 0x1p-20, generator.float(in: 100...32_768)])
      }
      let numbers = GateParameters(
        inputZeroPoints: generator.zeroPoints(extent.channels),
        outputZeroPoints: generator.zeroPoints(extent.channels), factors: factors, shift: shift)
      let expected = ExactElementwise.gate(input, gates: gates, numbers)
      let buffers = [ExactLayerRun.buffer(input, seed: seed), ExactLayerRun.buffer(gates, seed: seed)]
      for set in KernelSet.tested {
        let layer = GateLayer(extent: extent, parameters: numbers, kernels: set)
        let actual = ExactLayerRun.output(layer, buffers, count: expected.count, as: Int8.self, seed: seed)
        ExactLayerRun.expectEqual(actual, expected, "\(set) seed \(seed) \(extent) \(fill) shift \(shift)")
      }
    }
  }

  /// `s` is the layer's smallest with sx/sOut < 2ˢ, and the factors are quotients in Double, rounded once.
  @Test func gateParametersFollowTheScales() throws {
    var generator = SeededGenerator(seed: 8)
    for _ in 0..<300 {
      let channels = generator.int(in: 1...5)
      let inputScales = generator.scales(channels)
      let outputScales = generator.scales(channels)
      let zeroPoints = generator.zeroPoints(channels)
      let parameters = GateParameters(
        inputScales: inputScales, inputZeroPoints: zeroPoints, outputScales: outputScales,
        outputZeroPoints: zeroPoints)
      let ratios = zip(inputScales, outputScales).map { Double($0) / Double($1) }
      let shift = (0...7).first { shift in ratios.allSatisfy { $0 < Double(1 << shift) } }
      #expect(parameters?.shift == shift, "\(ratios)")
      guard let parameters, let shift else { continue }
      #expect(parameters.factors == ratios.map { Float($0 * Double(1 << (15 - shift))) }, "\(ratios)")
    }
    for (ratio, shift) in [(1, 1), (Float(1).nextDown, 0), (2, 2), (64, 7), (Float(128).nextDown, 7)] {
      let parameters = GateParameters(
        inputScales: [ratio], inputZeroPoints: [0], outputScales: [1], outputZeroPoints: [0])
      #expect(parameters?.shift == shift)
    }
    let tooLarge = GateParameters(
      inputScales: [128], inputZeroPoints: [0], outputScales: [1], outputZeroPoints: [0])
    #expect(tooLarge == nil)
  }
}
