import Calibrate
import Quant
import TestSupport
import Testing

@Suite struct WeightRoundingTests {
  /// Inputs that vary together: mixtures of a few sources, with a little noise of their own.
  private static func samples(inputs: Int, count: Int, seed: UInt64) -> SampleRows {
    var generator = SeededGenerator(seed: seed)
    let sources = max(2, inputs / 4)
    let mixture = (0..<inputs * sources).map { _ in generator.float(in: -1...1) }
    let rows = SampleRows(inputs: inputs, samples: count)
    for sample in 0..<count {
      let values = (0..<sources).map { _ in generator.float(in: -40...40) }
      for input in 0..<inputs {
        var sum = generator.float(in: -6...6) + 20
        for source in 0..<sources { sum += mixture[input * sources + source] * values[source] }
        rows.row(input)[sample] = Int16(min(max(sum.rounded(), -255), 255))
      }
    }
    return rows
  }

  @Test(arguments: [(1, 7), (9, 300), (18, 1), (40, 3013)])
  func secondMomentsAreThoseOfTheSamples(inputs: Int, count: Int) {
    let rows = Self.samples(inputs: inputs, count: count, seed: 1)
    let covariance = SecondMoments(rows, size: inputs, pool: WorkerPool(threads: 2)).covariance
    for kernels in FloatKernelSet.supported {
      #expect(SecondMoments(rows, size: inputs, pool: nil, kernels: kernels).covariance == covariance)
    }
    for i in 0..<inputs {
      for j in 0..<inputs {
        var (products, first, second) = (0, 0, 0)
        for sample in 0..<count {
          products += Int(rows.row(i)[sample]) * Int(rows.row(j)[sample])
          first += Int(rows.row(i)[sample])
          second += Int(rows.row(j)[sample])
        }
        let expected = Double(count * products - first * second) / (Double(count) * Double(count))
        #expect(covariance[i * inputs + j] == expected)
      }
    }
  }

  /// Σ over samples of (Σ error · (input − mean))², over the count.
  private static func loss(_ errors: [Double], _ covariance: [Double]) -> Double {
    var total = 0.0
    for (i, a) in errors.enumerated() {
      for (j, b) in errors.enumerated() { total += a * covariance[i * errors.count + j] * b }
    }
    return total
  }

  @Test func losesLessThanRoundingToNearest() {
    let inputs = 48
    var (together, apart) = (0.0, 0.0)
    for seed in 0..<12 {
      let moments = SecondMoments(
        Self.samples(inputs: inputs, count: 2000, seed: UInt64(seed)), size: inputs, pool: nil)
      let rounding = WeightRounding(moments, pool: nil)
      var generator = SeededGenerator(seed: 50 + UInt64(seed))
      let exact = (0..<inputs).map { _ in Double(generator.float(in: -1...1)) }
      let scale = 1.0 / 100
      let elements = rounding.round(exact[...], scales: [scale])
      for (weight, element) in zip(exact, elements) {
        #expect(abs(Double(element) - weight / scale) <= 1)
      }
      let covariance = moments.covariance
      together += Self.loss(zip(exact, elements).map { Double($1) * scale - $0 }, covariance)
      apart += Self.loss(
        exact.map { ($0 / scale).rounded(.toNearestOrEven) * scale - $0 }, covariance)
    }
    #expect(together < 0.5 * apart)
  }

  /// Several outputs at once and in blocks give each what it gets by itself, one input after another.
  @Test(arguments: [1, 63, 64, 65, 150])
  func equalsThePlainDefinition(inputs: Int) throws {
    let moments = SecondMoments(
      Self.samples(inputs: inputs, count: 900, seed: 9), size: inputs, pool: nil)
    let plain = try #require(PlainRounding(moments.covariance, size: inputs))
    var generator = SeededGenerator(seed: 77)
    let outputs = 6
    let exact = (0..<outputs * inputs).map { _ in Double(generator.float(in: -1...1)) }
    let scales = (0..<outputs).map { 1 / Double(60 + 10 * $0) }
    var expected: [Int8] = []
    for (output, scale) in scales.enumerated() {
      expected += plain.round(Array(exact[output * inputs..<(output + 1) * inputs]), scale: scale)
    }
    for kernels in FloatKernelSet.supported {
      let rounding = WeightRounding(moments, pool: nil, kernels: kernels)
      #expect(rounding.round(exact[...], scales: scales) == expected, "\(kernels)")
    }
  }

  @Test func weightsOfInputsThatNeverVaryAreRoundedToNearest() {
    let rows = SampleRows(inputs: 3, samples: 100)
    for input in 0..<3 {
      for sample in 0..<100 { rows.row(input)[sample] = 9 }
    }
    let rounding = WeightRounding(SecondMoments(rows, size: 3, pool: nil), pool: nil)
    #expect(rounding.round([0.26, -0.24, 3], scales: [0.1]) == [3, -2, 30])
  }

  @Test func staysWithinInt8() {
    let moments = SecondMoments(Self.samples(inputs: 8, count: 100, seed: 3), size: 8, pool: nil)
    let rounding = WeightRounding(moments, pool: nil)
    let elements = rounding.round([127.4, -127.4, 126.6, -126.6, 127, -127, 0, 0.5], scales: [1])
    #expect(elements.allSatisfy { $0 >= -127 })
  }
}
