import Int8Kernels

/// Operators on Float vectors, every operation rounded once in the order written.
package enum ExactVectors {
  /// `acc = fma(x[i], f32(w[o][i]), acc)` from 0 in index order, then `fma(acc, sW[o], b[o])` and the activation.
  package static func dense(_ x: [Float], _ numbers: DenseParameters) -> [Float] {
    numbers.bias.indices.map { o in
      var sum: Float = 0
      for i in x.indices {
        let weight = ExactFloat.convert(Int(numbers.weights[o * x.count + i]))
        sum = ExactFloat.fusedMultiplyAdd(x[i], weight, sum)
      }
      let value = ExactFloat.fusedMultiplyAdd(sum, numbers.weightScales[o], numbers.bias[o])
      return activation(numbers.activation, value, at: o)
    }
  }

  /// `n = rne(x·log₂e)`, `r = x − n·ln 2` in two fused steps, the exponential's series to the sixth power by Horner's rule,
  /// the exponent raised by n; x in [−87, 88] or taken there.
  package static func exponential(_ x: Float) -> Float {
    let x = min(max(x, -87), 88)
    let n = Dyadic(ExactFloat.product(x, 0x1.715476p+0)).roundedToInt
    let count = ExactFloat.convert(-n)
    // ln 2 in two parts; the first has 15 bits, so that n times it is exact.
    var r = ExactFloat.fusedMultiplyAdd(count, 0x1.62e4p-1, x)
    r = ExactFloat.fusedMultiplyAdd(count, 0x1.7f7d1cp-20, r)
    let coefficients: [Float] = [1 / 720, 1 / 120, 1 / 24, 1 / 6, 0.5, 1, 1]
    let series = coefficients.dropFirst().reduce(coefficients[0]) { sum, coefficient in
      ExactFloat.fusedMultiplyAdd(sum, r, coefficient)
    }
    return (Dyadic(series) * Dyadic.powerOfTwo(n)).float
  }

  package static func sigmoid(_ x: Float) -> Float {
    ExactFloat.quotient(1, ExactFloat.sum(1, exponential(-x)))
  }

  static func hardSigmoid(_ x: Float) -> Float {
    ExactFloat.quotient(min(max(ExactFloat.sum(x, 3), 0), 6), 6)
  }

  /// `±(1 − 2 / (e(2·|x|) + 1))`
  static func hyperbolicTangent(_ x: Float) -> Float {
    let power = exponential(ExactFloat.product(2, abs(x)))
    let value = ExactFloat.difference(1, ExactFloat.quotient(2, ExactFloat.sum(power, 1)))
    return x < 0 ? -value : value
  }

  /// Φ(x): `h = ½·(((…(a₅t + a₄)t + …)t + a₁)t · e^(−z²))` for x < 0, 1 − h from 0 on; z = |x|·(1/√2), t = 1 / (1 + p·z).
  /// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
  static func normal(_ x: Float) -> Float {
    let z = ExactFloat.product(abs(x), 0.70710678)
    let t = ExactFloat.quotient(1, ExactFloat.sum(1, ExactFloat.product(0.3275911, z)))
    let coefficients: [Float] = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592]
    let inner = coefficients.dropFirst().reduce(coefficients[0]) { sum, coefficient in
      ExactFloat.sum(ExactFloat.product(sum, t), coefficient)
    }
    let power = exponential(-ExactFloat.product(z, z))
    let half = ExactFloat.product(0.5, ExactFloat.product(ExactFloat.product(inner, t), power))
    return x < 0 ? half : ExactFloat.difference(1, half)
  }

  package static func activation(_ kind: VectorActivation, _ x: Float, at index: Int) -> Float {
    switch kind {
    case .identity: x
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .leakyRelu(let slope): x < 0 ? ExactFloat.product(x, slope) : x
    case .prelu(let slopes): x < 0 ? ExactFloat.product(x, slopes[index]) : x
    case .silu: ExactFloat.product(x, sigmoid(x))
    case .hardSwish: ExactFloat.product(x, hardSigmoid(x))
    case .gelu: ExactFloat.product(x, normal(x))
    case .sigmoid: sigmoid(x)
    case .hardSigmoid: hardSigmoid(x)
    case .tanh: hyperbolicTangent(x)
    }
  }

  package static func affine(_ x: [Float], factor: [Float], offset: [Float]) -> [Float] {
    x.indices.map { ExactFloat.sum(ExactFloat.product(x[$0], factor[$0]), offset[$0]) }
  }

  package static func add(_ a: [Float], _ b: [Float], _ kind: VectorActivation) -> [Float] {
    a.indices.map { activation(kind, ExactFloat.sum(a[$0], b[$0]), at: $0) }
  }

  /// `e[i] = exponential(x[i] − max x)`, `y[i] = e[i] / Σ e`
  package static func softmax(_ x: [Float]) -> [Float] {
    let largest = x.reduce(-Float.greatestFiniteMagnitude) { max($0, $1) }
    let powers = x.map { exponential(ExactFloat.difference($0, largest)) }
    let sum = powers.reduce(0) { ExactFloat.sum($0, $1) }
    return powers.map { ExactFloat.quotient($0, sum) }
  }

  /// In Double, whose products of two Floats are exact, and whose sums and quotient IEEE defines.
  package static func normalize(_ x: [Float]) -> [Float] {
    var sum = 0.0
    for value in x { sum += Double(value) * Double(value) }
    guard sum > 0 else { return x.map { _ in 0 } }
    let length = sum.squareRoot()
    return x.map { Float(Double($0) / length) }
  }
}
