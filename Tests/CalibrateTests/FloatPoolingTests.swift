import Calibrate
import Quant
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite struct FloatPoolingTests {
  private let shape = Shape.map(height: 7, width: 6, channels: 37)
  private let pooling = Pooling(
    kernel: Size2D(3), stride: Size2D(2), padding: Padding(top: 1, left: 0, bottom: 1, right: 2))

  /// The values under each window, without padding, in (kh, kw) order.
  private func windows(_ input: [Float]) throws -> [[Float]] {
    let output = try Operation.maxPool(pooling).resultShape(of: [shape])
    var result: [[Float]] = []
    for y in 0..<output.height {
      for x in 0..<output.width {
        for c in 0..<shape.channels {
          var values: [Float] = []
          for kh in 0..<3 {
            for kw in 0..<3 {
              let (row, column) = (y * 2 + kh - 1, x * 2 + kw)
              guard row >= 0, row < shape.height, column < shape.width else { continue }
              values.append(input[(row * shape.width + column) * shape.channels + c])
            }
          }
          result.append(values)
        }
      }
    }
    return result
  }

  private func expectAll(_ operation: Operation, _ expected: ([Float]) -> Float) throws {
    var generator = SeededGenerator(seed: 21)
    // All negative: padding that counted as zero would win.
    let input = generator.floats(shape.elementCount, in: -2 ... -1)
    let wanted = try windows(input).map(expected)
    for kernels in FloatKernelSet.supported {
      let layer = try makeLayer(operation, .none, inputs: [shape], kernels: kernels)
      #expect(layer.run([input]).bits == wanted.bits, "\(kernels)")
    }
  }

  @Test func maximumIgnoresPadding() throws {
    try expectAll(.maxPool(pooling)) { $0.max() ?? .nan }
  }

  @Test func averageDividesByWhatItCounts() throws {
    try expectAll(.averagePool(pooling, countsPadding: false)) { $0.reduce(0, +) / Float($0.count) }
    try expectAll(.averagePool(pooling, countsPadding: true)) { $0.reduce(0, +) / 9 }
  }

  /// Pixels alike: one sum in order would be off by 1.3 · 10⁻⁴.
  @Test func averagesALargeMapInParts() throws {
    let large = Shape.map(height: 112, width: 112, channels: 9)
    let input = [Float](repeating: 2.832504, count: large.elementCount)
    var expected: [UInt32]?
    for kernels in FloatKernelSet.supported {
      let average = try makeLayer(.globalPool(.average), .none, inputs: [large], kernels: kernels)
      let result = average.run([input])
      for value in result { #expect(abs(value / 2.832504 - 1) < 1e-5, "\(kernels)") }
      #expect(result.bits == expected ?? result.bits, "\(kernels)")
      expected = result.bits
    }
  }

  @Test func globalPoolsGoOverAllPixelsInOrder() throws {
    var generator = SeededGenerator(seed: 22)
    let input = generator.floats(shape.elementCount)
    let channels = (0..<shape.channels).map { c in stride(from: c, to: input.count, by: 37).map { input[$0] }
    }
    for kernels in FloatKernelSet.supported {
      let average = try makeLayer(.globalPool(.average), .none, inputs: [shape], kernels: kernels)
      #expect(average.run([input]).bits == channels.map { $0.reduce(0, +) / 42 }.bits, "\(kernels)")
      let maximum = try makeLayer(.globalPool(.maximum), .none, inputs: [shape], kernels: kernels)
      #expect(maximum.run([input]).bits == channels.map { $0.max() ?? .nan }.bits, "\(kernels)")
    }
    for power in 2...4 {
      let layer = try makeLayer(
        .globalPool(.generalizedMean(power)), .none, inputs: [shape], kernels: .best)
      for (value, channel) in zip(layer.run([input]), channels) {
        let mean = channel.map { pow(max(Double($0), 0), Double(power)) }.reduce(0, +) / 42
        #expect((Double(value) / pow(mean, 1 / Double(power)) - 1).magnitude < 1e-6)
      }
    }
  }

  @Test func cubeRootCoversFloatsRange() throws {
    let layer = try makeLayer(
      .globalPool(.generalizedMean(3)), .none, inputs: [.map(height: 1, width: 1, channels: 5)],
      kernels: .best)
    let result = layer.run([[1e-12, 1e-3, 1, 7, 1e12]])
    for (value, expected) in zip(result, [1e-12, 1e-3, 1, 7, 1e12] as [Float]) {
      #expect((value / expected - 1).magnitude < 1e-6)
    }
    #expect(layer.run([[0, -1, -2, 0, 0]]) == [0, 0, 0, 0, 0])
  }

  @Test func channelwiseOperationsEqualTheirFormulas() throws {
    var generator = SeededGenerator(seed: 23)
    let (a, b) = (
      generator.floats(shape.elementCount, in: -9...9), generator.floats(shape.elementCount, in: -9...9)
    )
    let gate = generator.floats(37)
    let statistics = BatchStatistics(
      mean: generator.floats(37), variance: generator.floats(37, in: 0...2), gamma: generator.floats(37),
      beta: generator.floats(37))
    let parameters = FloatParameters(normalization: statistics)
    let epsilon: Float = 1e-3
    for kernels in FloatKernelSet.supported {
      func run(_ operation: Quant.Operation, _ inputs: [[Float]], _ shapes: [Shape]) throws -> [UInt32] {
        try makeLayer(operation, parameters, inputs: shapes, kernels: kernels).run(inputs).bits
      }
      let sums = zip(a, b).map { FloatReference.activated($0 + $1, .relu6) }
      #expect(try run(.add(.relu6), [a, b], [shape, shape]) == sums.bits)
      let gated = a.indices.map { a[$0] * gate[$0 % 37] }
      #expect(try run(.gate, [a, gate], [shape, .vector(37)]) == gated.bits)
      let normalized = a.indices.map { index -> Float in
        let c = index % 37
        let deviation = (statistics.variance[c] + epsilon).squareRoot()
        return (a[index] - statistics.mean[c]) / deviation * statistics.gamma[c] + statistics.beta[c]
      }
      #expect(try run(.batchNormalization(epsilon: epsilon), [a], [shape]) == normalized.bits)
    }
  }

  @Test func arrangementsMoveValues() throws {
    let shapes = [Shape.map(height: 1, width: 2, channels: 2), .map(height: 1, width: 2, channels: 1)]
    let joined = try makeLayer(.concatenate, .none, inputs: shapes, kernels: .best)
    #expect(joined.run([[1, 2, 3, 4], [5, 6]]) == [1, 2, 5, 3, 4, 6])
    let padding = Padding(top: 1, left: 0, bottom: 0, right: 1)
    let padded = try makeLayer(.pad(padding), .none, inputs: [shapes[1]], kernels: .best)
    #expect(padded.run([[5, 6]]) == [0, 0, 0, 5, 6, 0])
    let flat = try makeLayer(.flatten, .none, inputs: [shapes[0]], kernels: .best)
    #expect(flat.run([[1, 2, 3, 4]]) == [1, 2, 3, 4])
  }
}
