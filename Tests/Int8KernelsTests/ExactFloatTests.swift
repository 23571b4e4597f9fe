import TestSupport
import Testing

/// The exact arithmetic that the reference operators stand on agrees with the hardware's IEEE arithmetic.
@Suite struct ExactFloatTests {
  /// Zeros, subnormals, both ends, powers of two and their neighbours.
  static let corners: [Float] = {
    let positive: [Float] = [
      0, .leastNonzeroMagnitude, 3 * .leastNonzeroMagnitude, .leastNormalMagnitude.nextDown,
      .leastNormalMagnitude, 0x1p-64, 0x1.000002p-24, 0x1p-24, 0x0.ffffffp-1, 0.5, Float(0.5).nextUp, 1, 1.5,
      3,
      0x1.fffffep0, 0x1p23, 0x1p23 + 1, 0x1.fffffep23, 0x1p24, 0x1p24 + 2, 0x1p31, 0x1p64,
      .greatestFiniteMagnitude.nextDown, .greatestFiniteMagnitude,
    ]
    return positive + positive.map { -$0 }
  }()

  private func isSame(_ a: Float, _ b: Float) -> Bool { a.bitPattern == b.bitPattern }

  private func check(_ a: Float, _ b: Float, _ c: Float) -> Bool {
    isSame(ExactFloat.product(a, b), a * b) && isSame(ExactFloat.sum(a, b), a + b)
      && isSame(ExactFloat.difference(a, b), a - b)
      && isSame(ExactFloat.fusedMultiplyAdd(a, b, c), c.addingProduct(a, b))
      && (b == 0 || isSame(ExactFloat.quotient(a, b), a / b))
      && isSame(ExactFloat.squareRoot(a.magnitude), a.magnitude.squareRoot())
  }

  @Test func agreesWithHardwareOnCorners() {
    for a in Self.corners {
      for b in Self.corners {
        for c in Self.corners where !check(a, b, c) { Issue.record("\(a) \(b) \(c)") }
      }
    }
  }

  @Test func agreesWithHardwareOnRandomBitPatterns() {
    var generator = SeededGenerator(seed: 1)
    for _ in 0..<20_000 {
      let values = (0..<3).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: generator.next())) }
      guard values.allSatisfy(\.isFinite), !check(values[0], values[1], values[2]) else { continue }
      Issue.record("\(values)")
    }
  }

  /// `a·b + c` near nothing and near ties: where a product that was rounded first would show.
  @Test func agreesWithHardwareWhereFusingMatters() {
    var generator = SeededGenerator(seed: 2)
    var differences = 0
    for _ in 0..<20_000 {
      let a = generator.float(in: -2...2)
      let b = generator.float(in: -2...2)
      let c = (generator.int(in: 0...1) == 0 ? -(a * b) : 0.25) + generator.float(in: -1...1) * 0x1p-20
      if !check(a, b, c) { Issue.record("\(a) \(b) \(c)") }
      if ExactFloat.fusedMultiplyAdd(a, b, c) != a * b + c { differences += 1 }
    }
    #expect(differences > 500)
  }

  @Test func convertsIntegersAsHardwareDoes() {
    var generator = SeededGenerator(seed: 3)
    for bits in 1...40 {
      for _ in 0..<500 {
        let value = generator.int(in: -(1 << bits)...(1 << bits))
        if ExactFloat.convert(value) != Float(value) { Issue.record("\(value)") }
      }
    }
    for tie in [1 << 24 | 1, 1 << 24 | 3, 1 << 25 | 2, 1 << 25 | 6, Int(Int32.max), Int(Int32.min)] {
      #expect(ExactFloat.convert(tie) == Float(tie), "\(tie)")
    }
  }

  @Test func roundsToTheNearestIntegerTiesToEven() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<5_000 {
      let halves = Float(generator.int(in: -300...300)) * 0.5
      for value in [halves, halves.nextUp, halves.nextDown, generator.float(in: -70_000...70_000)] {
        if Dyadic(value).roundedToInt != Int(value.rounded(.toNearestOrEven)) { Issue.record("\(value)") }
      }
    }
    #expect(Dyadic(Float.greatestFiniteMagnitude).roundedToInt == 1 << 62)
    #expect(Dyadic(-Float.greatestFiniteMagnitude).roundedToInt == -(1 << 62))
  }

  /// A root is nearest when the halves of the gaps beside it, cubed, enclose the radicand.
  @Test func cubeRootIsTheNearestFloat() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<2_000 {
      let value = Float(bitPattern: UInt32(generator.int(in: 1...0x7f7f_ffff)))
      let root = ExactFloat.cubeRoot(value)
      func cubeOfMiddle(_ neighbour: Float) -> Dyadic {
        let twice = Dyadic(root) + Dyadic(neighbour)
        return twice * twice * twice
      }
      let radicand = Dyadic(value) * Dyadic(8)
      let isNearest = cubeOfMiddle(root.nextDown) < radicand && radicand < cubeOfMiddle(root.nextUp)
      if !isNearest { Issue.record("\(value)") }
    }
  }
}
