import Int8Kernels

/// Operators on maps that look at one pixel at a time.
package enum ExactElementwise {
  /// `clamp(rne(f32(a − zA)·mA + f32(b − zB)·mB) + zOut, minimum, maximum)`
  package static func add(
    _ inputs: ([Int8], [Int8]), _ operands: (AddOperand, AddOperand), zeroPoints: [Int8], minimum: [Int8],
    maximum: [Int8]
  ) -> [Int8] {
    let channels = zeroPoints.count
    func scaled(_ q: Int8, _ operand: AddOperand, _ c: Int) -> Float {
      let difference = ExactFloat.convert(Int(q) - Int(operand.zeroPoints[c]))
      return ExactFloat.product(difference, operand.multipliers[c])
    }
    return inputs.0.indices.map { index in
      let c = index % channels
      let sum = ExactFloat.sum(
        scaled(inputs.0[index], operands.0, c), scaled(inputs.1[index], operands.1, c))
      let shifted = Dyadic(sum).roundedToInt + Int(zeroPoints[c])
      return Int8(ExactEpilogue.clamp(shifted, Int(minimum[c]), Int(maximum[c])))
    }
  }

  /// `G[c] = clamp(rne(g[c] · factors[c]), 0, 32767)`
  package static func integerGates(_ gates: [Float], _ factors: [Float]) -> [Int] {
    zip(gates, factors).map { gate, factor in
      ExactEpilogue.clamp(Dyadic(ExactFloat.product(gate, factor)).roundedToInt, 0, 32_767)
    }
  }

  /// `y = clamp(zOut[c] + mulr((q − z[c]) << shift, G[c]))`
  package static func gate(_ input: [Int8], gates: [Float], _ numbers: GateParameters) -> [Int8] {
    let integers = integerGates(gates, numbers.factors)
    return input.indices.map { index in
      let c = index % integers.count
      let difference = Int(input[index]) - Int(numbers.inputZeroPoints[c])
      let product = ExactEpilogue.mulr(difference * (1 << numbers.shift), integers[c])
      return ExactEpilogue.int8(Int(numbers.outputZeroPoints[c]) + product)
    }
  }

  package static func concatenate(_ inputs: [[Int8]], channels: [Int], pixels: Int) -> [Int8] {
    (0..<pixels).flatMap { pixel in
      zip(inputs, channels).flatMap { input, count in (0..<count).map { input[pixel * count + $0] } }
    }
  }

  package static func pad(
    _ input: [Int8], _ extent: MapExtent, top: Int, left: Int, bottom: Int, right: Int, zeroPoints: [Int8]
  ) -> [Int8] {
    var result: [Int8] = []
    for y in -top..<extent.height + bottom {
      for x in -left..<extent.width + right {
        let isOnMap = y >= 0 && y < extent.height && x >= 0 && x < extent.width
        for c in 0..<extent.channels {
          result.append(isOnMap ? input[(y * extent.width + x) * extent.channels + c] : zeroPoints[c])
        }
      }
    }
    return result
  }

  /// `s[c] · f32(q − z[c])`
  package static func flatten(_ input: [Int8], scales: [Float], zeroPoints: [Int8]) -> [Float] {
    input.indices.map { index in
      let c = index % scales.count
      return ExactFloat.product(scales[c], ExactFloat.convert(Int(input[index]) - Int(zeroPoints[c])))
    }
  }

  /// `u8 − 128`
  package static func input(_ pixels: [UInt8]) -> [Int8] { pixels.map { Int8(Int($0) - 128) } }
}
