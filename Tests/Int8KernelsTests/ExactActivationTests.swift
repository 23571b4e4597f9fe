import Int8Kernels
import TestSupport
import Testing

/// The activation over a strip, for every t that q16 can give.
@Suite struct ExactActivationTests {
  /// A 1×1 convolution of one zero pixel: each of its 65 536 output channels has a t of its own as its bias.
  private struct EveryT {
    let geometry = ConvolutionGeometry(
      inputHeight: 1, inputWidth: 1, inputChannels: 1, outputHeight: 1, outputWidth: 1,
      outputChannels: 65_536,
      kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1, paddingTop: 0, paddingLeft: 0)
    let strip: ActivationStrip

    init(_ table: ActivationTable, shift: Int, gain: Int16) {
      strip = ActivationStrip(
        multipliers: [Float](repeating: 1, count: 65_536),
        shifts: [UInt8](repeating: UInt8(shift), count: 65_536),
        gains: [Int16](repeating: gain, count: 65_536), zeroPoints: [Int8](repeating: -100, count: 65_536),
        table: table)
    }

    func output(_ set: KernelSet) -> [Int8] {
      let parameters = ConvolutionParameters(
        weights: [Int8](repeating: 1, count: 65_536), bias: (-32_768...32_767).map { Int32($0) },
        inputZeroPoints: [0], epilogue: .q16(strip))
      let layer = ConvolutionLayer(geometry: geometry, parameters: parameters, kernels: set)
      let input = [ExactLayerRun.buffer([Int8(0)], seed: 0)]
      return ExactLayerRun.output(layer, input, count: 65_536, as: Int8.self, seed: 0)
    }
  }

  @Test func everyTOfEveryTableEqualsReference() {
    var generator = SeededGenerator(seed: 1)
    let arbitrary = [false, true].map { ExactTables.arbitrary(isOdd: $0, &generator) }
    for (index, table) in (ExactTables.real + arbitrary).enumerated() {
      for shift in table.form == .rectified ? [1, 4, 9, 12] : [12] {
        let gain = Int16(generator.int(in: 60...700))
        let all = EveryT(table, shift: shift, gain: gain)
        let expected = (-32_768...32_767).map { ExactEpilogue.q16($0, channel: 0, all.strip) }
        for set in KernelSet.tested {
          ExactLayerRun.expectEqual(all.output(set), expected, "\(set) table \(index) k \(shift) M \(gain)")
        }
      }
    }
  }

  /// `isValid` admits what stays in Int16, by trying every t and shift, and refuses what a step more takes out of it.
  @Test func validityEqualsReference() {
    var generator = SeededGenerator(seed: 2)
    for table in ExactTables.real { #expect(table.isValid && ExactEpilogue.staysInInt16(table)) }
    var refused = 0
    for index in 0..<12 {
      var table = ExactTables.arbitrary(isOdd: index % 2 == 0, &generator)
      #expect(table.isValid)
      let segment = generator.int(in: 0...15)
      table.a0[segment] = generator.choose([Int16.max, .min, table.a0[segment] / 2])
      #expect(table.isValid == ExactEpilogue.staysInInt16(table), "\(table)")
      refused += table.isValid ? 0 : 1
    }
    #expect(refused > 0)
  }

  /// Slips that would be easy to make in a kernel, each seen by the comparison above.
  @Test func comparisonNoticesSlips() {
    let strip = EveryT(ExactTables.silu, shift: 9, gain: 397).strip
    let layer = EveryT(ExactTables.silu, shift: 9, gain: 397).output(.scalar)
    func value(_ t: Int, limit: Int, step: Int, mulr: (Int, Int) -> Int) -> Int8 {
      let u = min(abs(t), limit) << 3
      let (i, x) = (u >> 11, (u & 2_047) << 4)
      let table = strip.table
      let slope = mulr(Int(table.a2[i]), x) + Int(table.a1[i])
      let r = mulr(slope, x) + Int(table.a0[i])
      return ExactEpilogue.int8(-100 + mulr(max(t, 0) - mulr(r, 1 << 8), 397 + step))
    }
    func output(limit: Int = 8 << 9 - 1, step: Int = 0, mulr: (Int, Int) -> Int) -> [Int8] {
      (-32_768...32_767).map { value($0, limit: limit, step: step, mulr: mulr) }
    }
    let inner = (8 << 9) - 1
    #expect(layer == output(limit: inner, mulr: ExactEpilogue.mulr))
    #expect(layer != output(limit: inner, step: 1, mulr: ExactEpilogue.mulr))
    #expect(layer != output(limit: inner - 2_048, mulr: ExactEpilogue.mulr))
    #expect(layer != output(limit: inner) { ($0 * $1) >> 15 })
    #expect(layer != output(limit: inner) { ($0 * $1 + 0x3fff) >> 15 })
    #expect(layer != output(limit: inner) { ($0 * $1 + ($0 * $1 < 0 ? 0x3fff : 0x4000)) / 0x8000 })
  }
}
