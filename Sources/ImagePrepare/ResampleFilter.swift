import Quant

/// The weights of Pillow's resampling filters, in Double and without libm.
extension Recipe.Filter {
  /// Half the filter's width at scale 1, in pixels; 0 for nearest, which has no weights.
  var support: Double {
    switch self {
    case .nearest: 0
    case .box: 0.5
    case .bilinear: 1
    case .bicubic: 2
    case .lanczos: 3
    }
  }

  /// The weight of a pixel whose centre is `x` away, in pixels at scale 1; not yet normalized.
  func weight(at x: Double) -> Double {
    let distance = abs(x)
    switch self {
    case .nearest: return x == 0 ? 1 : 0
    case .box: return x > -0.5 && x <= 0.5 ? 1 : 0
    case .bilinear: return distance < 1 ? 1 - distance : 0
    case .bicubic: return keysCubic(distance)
    case .lanczos: return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0
    }
  }
}

/// Keys' cubic with a = −½, in the order of operations that Pillow evaluates it in.
private func keysCubic(_ x: Double) -> Double {
  let a = -0.5
  if x < 1 { return ((a + 2) * x - (a + 3)) * x * x + 1 }
  if x < 2 { return (((x - 5) * x + 8) * x - 4) * a }
  return 0
}

/// sin(πx) / (πx).
private func sinc(_ x: Double) -> Double {
  if x == 0 { return 1 }
  let angle = x * Double.pi
  return sine(angle) / angle
}

/// The sine of an angle within ±4π, to one unit in the last place (2⁻⁸⁰ near multiples of π), by + − × ÷ alone: the
/// same bits on every CPU.
///
/// The angle is reduced to r within ±π/2 by multiples of π in two parts, the first of which has few enough bits for
/// an exact product, then sin r is its Taylor polynomial of degree 21 (next term below 2⁻⁵⁹).
package func sine(_ angle: Double) -> Double {
  let piHigh = 0x1.921f_b544p+1
  let piLow = 0x1.0b46_11a6_2633_1p-33
  let turns = (angle / Double.pi).rounded(.toNearestOrEven)
  let r = (angle - turns * piHigh) - turns * piLow
  let square = r * r
  var sum = 0.0
  // 1 − r²/(2·3)·(1 − r²/(4·5)·(…)): the factorials never grow large.
  for k in stride(from: 20.0, through: 2.0, by: -2.0) {
    sum = (1 + sum) * -square / (k * (k + 1))
  }
  let value = r + r * sum
  return turns.truncatingRemainder(dividingBy: 2) == 0 ? value : -value
}
