import Int8Kernels
import TestSupport

/// `rne(f32(a)·m + f32(r)·mR)` of one output, and the ways in which compilers and kernels get it wrong.
struct ScaledSum: CustomStringConvertible {
  var a: Int
  var multiplier: Float
  var r: Int
  var residualMultiplier: Float

  var description: String { "\(a) · \(multiplier) + \(r) · \(residualMultiplier)" }

  /// Numbers whose sum lies on or within a few ulp of halfway between two integers, often after cancellation.
  init(_ generator: inout SeededGenerator, aRange: ClosedRange<Int>) {
    repeat { a = generator.int(in: aRange) >> generator.int(in: 0...12) } while a == 0
    r = generator.int(in: -255...255)
    residualMultiplier = generator.choose([1, 0.5, generator.float(in: 0.2...2)])
    let target = Double(generator.int(in: -60...60)) + 0.5
    multiplier = Float(abs(target - Double(r) * Double(residualMultiplier)) / Double(abs(a)))
  }

  enum Slip: CaseIterable {
    case fusedAccumulator, fusedResidual, roundedOnlyAtTheEnd, inDouble, unroundedAccumulator
    case multiplierUp, multiplierDown, residualMultiplierUp, halfAwayFromZero, truncated
  }

  var value: Int { Dyadic(float).roundedToInt }

  private var float: Float {
    ExactFloat.sum(
      ExactFloat.product(ExactFloat.convert(a), multiplier),
      ExactFloat.product(ExactFloat.convert(r), residualMultiplier))
  }

  func value(with slip: Slip) -> Int {
    let accumulator = ExactFloat.convert(a)
    let residual = ExactFloat.product(ExactFloat.convert(r), residualMultiplier)
    var changed = self
    switch slip {
    case .fusedAccumulator:
      return Dyadic(ExactFloat.fusedMultiplyAdd(accumulator, multiplier, residual)).roundedToInt
    case .fusedResidual:
      let scaled = ExactFloat.product(accumulator, multiplier)
      let sum = ExactFloat.fusedMultiplyAdd(ExactFloat.convert(r), residualMultiplier, scaled)
      return Dyadic(sum).roundedToInt
    case .roundedOnlyAtTheEnd:
      return (Dyadic(a) * Dyadic(multiplier) + Dyadic(r) * Dyadic(residualMultiplier)).roundedToInt
    case .inDouble:
      let sum = Double(a) * Double(multiplier) + Double(r) * Double(residualMultiplier)
      return Int(sum.rounded(.toNearestOrEven))
    case .unroundedAccumulator:
      return Dyadic(ExactFloat.sum((Dyadic(a) * Dyadic(multiplier)).float, residual)).roundedToInt
    case .multiplierUp: changed.multiplier = multiplier.nextUp
    case .multiplierDown: changed.multiplier = multiplier.nextDown
    case .residualMultiplierUp: changed.residualMultiplier = residualMultiplier.nextUp
    case .halfAwayFromZero: return Int(float.rounded(.toNearestOrAwayFromZero))
    case .truncated: return Int(float.rounded(.towardZero))
    }
    return changed.value
  }

  /// Sums for which this slip gives another byte than the definition.
  static func noticing(_ slip: Slip, count: Int, aRange: ClosedRange<Int>) -> [ScaledSum] {
    var generator = SeededGenerator(seed: 0x511b)
    var found: [ScaledSum] = []
    for _ in 0..<200_000 where found.count < count {
      let sum = ScaledSum(&generator, aRange: aRange)
      let bytes = [sum.value, sum.value(with: slip)].map(ExactEpilogue.int8)
      if sum.multiplier >= 0x1p-40, bytes[0] != bytes[1] { found.append(sum) }
    }
    return found
  }
}
