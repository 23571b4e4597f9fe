import CInt8Kernels
import Int8Kernels
import TestSupport
import Testing

/// The kernels of `operation` that this CPU runs, taken from the registry.
func kernels(of operations: i8k_operation...) -> [MicroKernel] {
  MicroKernel.all.filter { KernelSet.tested.contains($0.set) && operations.contains($0.operation) }
}

/// Elements a channel, followed by the idle ones that a kernel may read.
private func perChannel(_ values: [Int], padding: Int = 32) -> [Int16] {
  values.map { Int16($0) } + [Int16](repeating: 0, count: padding)
}

@Suite struct ElementwiseKernelTests {
  @Test(arguments: kernels(of: i8k_operation_activation).map(\.name), [ActivationTable.sample, .oddSample])
  func activationMatchesThePlainFormula(_ name: String, _ table: ActivationTable) throws {
    let kernel = try #require(MicroKernel.all.first { $0.name == name })
    var generator = SeededGenerator(seed: 5)
    for channels in 1...67 {
      let strip = ActivationStrip(
        multipliers: [], shifts: (0..<channels).map { UInt8($0 % 12 + 1) },
        gains: (0..<channels).map { _ in Int16([1, 300, 32767][generator.int(in: 0...2)]) },
        zeroPoints: Fill.mixed.quantized(channels, &generator), table: table)
      let rows = channels == 1 ? 65_536 : 3
      let t: [Int16] =
        channels == 1
        ? (-32768...32767).map { Int16($0) }
        : (0..<rows * channels).map { index in
          index % 3 == 0
            ? Int16([-32768, -1, 0, 32767][index / 3 % 4]) : Int16(generator.int(in: -9000...9000))
        }
      let (elements, isExact) = activate(kernel, strip, t, rows: rows)
      #expect(
        elements == t.enumerated().map { strip.plainValue(Int($1), channel: $0 % channels) }, "\(channels)")
      #expect(isExact)
    }
  }

  private func activate(_ kernel: MicroKernel, _ numbers: ActivationStrip, _ t: [Int16], rows: Int) -> (
    [Int8], Bool
  ) {
    let channels = numbers.shifts.count
    let slack = (channels + 31) / 32 * 32 - channels
    let strip = GuardedBuffer(t, slack: 2 * slack)
    let output = GuardedBuffer(byteCount: t.count)
    let shifts = numbers.shifts.map { Int($0) }
    let arrays = [
      perChannel(shifts.map { (8 << $0) - 1 }), perChannel(shifts.map { 1 << (12 - $0) }),
      perChannel(shifts.map { 1 << ($0 - 1) }), numbers.gains + [Int16](repeating: 0, count: 32),
      perChannel(numbers.zeroPoints.map { Int($0) }), numbers.table.a0, numbers.table.a1, numbers.table.a2,
    ].map { AlignedArray($0) }
    var isOdd = false
    var offset: Int16 = 0
    if case .odd(let value) = numbers.table.form { (isOdd, offset) = (true, value) }
    var arguments = i8k_activation_arguments(
      strip: UnsafePointer(strip.bound(to: Int16.self)), stripStrideBytes: 2 * channels,
      output: output.bound(to: Int8.self), outputStrideBytes: channels, rows: rows, channels: channels,
      limits: arrays[0].base, scales: arrays[1].base, halves: arrays[2].base, gains: arrays[3].base,
      zeroPoints: arrays[4].base, a0: arrays[5].base, a1: arrays[6].base, a2: arrays[7].base, isOdd: isOdd,
      offset: offset)
    withExtendedLifetime((arrays, strip)) { kernel.entry.pointee.run.activation(&arguments) }
    return (output.elements(of: Int8.self, count: t.count), output.surroundingsAreIntact)
  }

  @Test(arguments: KernelSet.tested, Fill.allCases)
  func additionMatchesThePlainFormula(_ set: KernelSet, _ fill: Fill) {
    var generator = SeededGenerator(seed: 6)
    for channels in 1...67 {
      let extent = MapExtent(height: 3, width: channels % 3 + 1, channels: channels)
      func operand() -> AddOperand {
        AddOperand(
          multipliers: (0..<channels).map { _ in [0.5, 0.25, 1.3, 0.007][generator.int(in: 0...3)] },
          zeroPoints: fill.quantized(channels, &generator))
      }
      let (first, second) = (operand(), operand())
      let zeroPoints = fill.quantized(channels, &generator)
      let minimum = zeroPoints.map { $0 > 10 ? $0 : -128 }
      let maximum = zeroPoints.map { $0 < 0 ? Int8(90) : 127 }
      let a = Fill.random.quantized(extent.elementCount, &generator)
      let b = fill.quantized(extent.elementCount, &generator)
      let layer = AddLayer(
        extent: extent, first, second, zeroPoints: zeroPoints, minimum: minimum, maximum: maximum,
        kernels: set)
      let (elements, isExact) = run(layer, maps: [a, b], outputCount: a.count, as: Int8.self)
      let expected = a.indices.map { index in
        let c = index % channels
        let left = Float(Int(a[index]) - Int(first.zeroPoints[c])) * first.multipliers[c]
        let right = Float(Int(b[index]) - Int(second.zeroPoints[c])) * second.multipliers[c]
        let value = Int((left + right).rounded(.toNearestOrEven)) + Int(zeroPoints[c])
        return Int8(min(max(value, Int(minimum[c])), Int(maximum[c])))
      }
      #expect(elements == expected, "\(layer.kernelName), \(channels) channels")
      #expect(isExact)
    }
  }

  @Test(arguments: KernelSet.tested, Fill.allCases)
  func gateMatchesThePlainFormula(_ set: KernelSet, _ fill: Fill) throws {
    var generator = SeededGenerator(seed: 7)
    for channels in 1...67 {
      let extent = MapExtent(height: 2, width: channels % 3 + 1, channels: channels)
      let largest: Float = channels % 8 == 0 ? 1 : Float(1 << (channels % 8)) - 0.5
      let inputScales = (0..<channels).map { _ in generator.float(in: 0.1 * largest...largest) }
      let zeroPoints = fill.quantized(channels, &generator)
      let outputZeroPoints = fill.quantized(channels, &generator)
      let parameters = try #require(
        GateParameters(
          inputScales: inputScales, inputZeroPoints: zeroPoints,
          outputScales: [Float](repeating: 1, count: channels), outputZeroPoints: outputZeroPoints))
      let gates = (0..<channels).map { _ in [0, 1, generator.unit()][generator.int(in: 0...2)] }
      let map = fill.quantized(extent.elementCount, &generator)
      let layer = GateLayer(extent: extent, parameters: parameters, kernels: set)
      let (elements, isExact) = run(
        layer, maps: [map], vectors: [gates], outputCount: map.count, as: Int8.self)
      let expected = map.indices.map { index in
        let c = index % channels
        let gate = min(max((gates[c] * parameters.factors[c]).rounded(.toNearestOrEven), 0), 32767)
        let shifted = (Int(map[index]) - Int(zeroPoints[c])) << parameters.shift
        return Int8(min(max(Int(outputZeroPoints[c]) + mulr(shifted, Int(gate)), -128), 127))
      }
      #expect(elements == expected, "\(layer.kernelName), \(channels) channels")
      #expect(isExact)
      #expect(parameters.shift == (0...7).first { largestRatio(inputScales) < Float(1 << $0) })
    }
  }

  private func largestRatio(_ scales: [Float]) -> Float { scales.max() ?? 0 }

  @Test func tablesThatLeaveInt16AreNotValid() {
    #expect(ActivationTable.sample.isValid && ActivationTable.oddSample.isValid)
    var table = ActivationTable.sample
    table.a0[15] = -20_000
    #expect(!table.isValid)
    table = .oddSample
    table.a0[3] = 16_384
    #expect(!table.isValid)
    table = .sample
    table.a1[0] = 32_767
    #expect(!table.isValid)
    table.a1.removeLast()
    #expect(!table.isValid)
  }

  @Test func aGateWithoutRoomIsRefused() {
    #expect(
      GateParameters(inputScales: [128], inputZeroPoints: [0], outputScales: [1], outputZeroPoints: [0])
        == nil)
  }
}
