import Int8Kernels

/// Pooling over maps, and over a whole map to a vector.
package enum ExactPooling {
  /// The q of channel `c` on the map under the window of output (y, x), row by row.
  private static func window(_ g: PoolingGeometry, _ input: [Int8], _ y: Int, _ x: Int, _ c: Int) -> [Int] {
    var values: [Int] = []
    for i in 0..<g.kernelHeight {
      for j in 0..<g.kernelWidth {
        let row = y * g.strideHeight + i - g.paddingTop
        let column = x * g.strideWidth + j - g.paddingLeft
        guard row >= 0, row < g.input.height, column >= 0, column < g.input.width else { continue }
        values.append(Int(input[(row * g.input.width + column) * g.input.channels + c]))
      }
    }
    return values
  }

  private static func outputs(_ g: PoolingGeometry, _ value: (Int, Int, Int) -> Int8) -> [Int8] {
    var result: [Int8] = []
    for y in 0..<g.outputHeight {
      for x in 0..<g.outputWidth {
        for c in 0..<g.input.channels { result.append(value(y, x, c)) }
      }
    }
    return result
  }

  package static func maximum(_ g: PoolingGeometry, _ input: [Int8]) -> [Int8] {
    outputs(g) { y, x, c in Int8(window(g, input, y, x, c).reduce(-128) { max($0, $1) }) }
  }

  /// `clamp(rne(f32(Σ(q − z[c])) · m_n[c]) + zOut[c])`
  package static func average(
    _ g: PoolingGeometry, _ input: [Int8], inputScales: [Float], inputZeroPoints: [Int8],
    outputScales: [Float], outputZeroPoints: [Int8], countsPadding: Bool
  ) -> [Int8] {
    outputs(g) { y, x, c in
      let values = window(g, input, y, x, c)
      let count = countsPadding ? g.kernelHeight * g.kernelWidth : values.count
      let sum = values.reduce(0) { $0 + $1 - Int(inputZeroPoints[c]) }
      let multiplier = Float(Double(inputScales[c]) / (Double(outputScales[c]) * Double(count)))
      let mean = ExactFloat.product(ExactFloat.convert(sum), multiplier)
      return ExactEpilogue.int8(Dyadic(mean).roundedToInt + Int(outputZeroPoints[c]))
    }
  }

  package static func global(
    _ extent: MapExtent, _ kind: GlobalPoolKind, _ input: [Int8], scales: [Float], zeroPoints: [Int8]
  ) -> [Float] {
    (0..<extent.channels).map { c in
      let values = (0..<extent.pixels).map { Int(input[$0 * extent.channels + c]) - Int(zeroPoints[c]) }
      switch kind {
      case .average:
        let sum = ExactFloat.convert(values.reduce(0, +))
        return ExactFloat.product(sum, Float(Double(scales[c]) / Double(extent.pixels)))
      case .maximum: return ExactFloat.product(scales[c], ExactFloat.convert(values.max() ?? 0))
      case .generalizedMean(let power): return generalizedMean(values, scale: scales[c], power: power)
      }
    }
  }

  /// `(Σ max(x, 0)ᵖ / n)^(1/p)`, x³ = x²·x, x⁴ = x²·x², the fourth root by two square roots.
  private static func generalizedMean(_ values: [Int], scale: Float, power: Int) -> Float {
    var sum: Float = 0
    for value in values {
      let x = ExactFloat.product(scale, ExactFloat.convert(max(value, 0)))
      let square = ExactFloat.product(x, x)
      let last = power == 2 ? 1 : power == 3 ? x : square
      sum = ExactFloat.sum(sum, ExactFloat.product(square, last))
    }
    let mean = ExactFloat.quotient(sum, ExactFloat.convert(values.count))
    switch power {
    case 2: return ExactFloat.squareRoot(mean)
    case 3: return ExactFloat.cubeRoot(mean)
    default: return ExactFloat.squareRoot(ExactFloat.squareRoot(mean))
    }
  }
}
