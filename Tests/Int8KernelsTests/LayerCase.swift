import Int8Kernels
import TestSupport

/// A convolution layer with data, and its result by loops in plain Swift straight from Docs/numerics.md.
struct LayerCase {
  let geometry: ConvolutionGeometry
  let input: [Int8]
  let residual: [Int8]
  let parametersQ8: ConvolutionParameters
  let parametersQ16: ConvolutionParameters
  private(set) var sums: [Int32] = []

  var outputCount: Int { geometry.outputHeight * geometry.outputWidth * geometry.outputChannels }

  init(_ geometry: ConvolutionGeometry, fill: Fill, seed: UInt64, computesExpected: Bool = true) {
    var generator = SeededGenerator(seed: seed)
    self.geometry = geometry
    let outputs = geometry.outputChannels
    let products =
      geometry.kernelHeight * geometry.kernelWidth * geometry.inputChannels / geometry.groups
    input = fill.quantized(geometry.inputHeight * geometry.inputWidth * geometry.inputChannels, &generator)
    residual = fill.quantized(geometry.outputHeight * geometry.outputWidth * outputs, &generator)
    let weights = fill.weights(outputs * products, &generator)
    let bias = Fill.random.elements(outputs, -9_000...9_000, &generator).map { Int32($0) }
    let inputZeroPoints = fill.quantized(geometry.inputChannels, &generator)
    let zeroPoints = fill.quantized(outputs, &generator)
    let gain = 1 / Float(products).squareRoot()
    func multipliers(_ scale: Float) -> [Float] {
      (0..<outputs).map { _ in generator.float(in: 0.5 * scale...scale) }
    }
    let requantization = Requantization(
      multipliers: multipliers(0.02 * gain), negativeMultipliers: multipliers(0.005 * gain),
      zeroPoints: zeroPoints, minimum: zeroPoints.map { $0 < 0 ? $0 : -128 },
      maximum: zeroPoints.map { $0 < 0 ? 100 : 127 },
      residual: ResidualOperand(
        multipliers: multipliers(1), zeroPoints: fill.quantized(outputs, &generator)))
    let strip = ActivationStrip(
      multipliers: multipliers(2 * gain),
      shifts: (0..<outputs).map { _ in UInt8(generator.int(in: 1...12)) },
      gains: (0..<outputs).map { _ in Int16(generator.int(in: 1...700)) }, zeroPoints: zeroPoints,
      table: .sample)
    parametersQ8 = ConvolutionParameters(
      weights: weights, bias: bias, inputZeroPoints: inputZeroPoints, epilogue: .q8(requantization))
    parametersQ16 = ConvolutionParameters(
      weights: weights, bias: bias, inputZeroPoints: inputZeroPoints, epilogue: .q16(strip))
    if computesExpected { sums = plainSums() }
  }

  private func plainSums() -> [Int32] {
    let inputsPerGroup = geometry.inputChannels / geometry.groups
    let outputsPerGroup = geometry.outputChannels / geometry.groups
    var result: [Int32] = []
    for y in 0..<geometry.outputHeight {
      for x in 0..<geometry.outputWidth {
        for output in 0..<geometry.outputChannels {
          var sum = Int(parametersQ8.bias[output])
          for (ky, kx) in windowElements {
            let row = y * geometry.strideHeight - geometry.paddingTop + ky * geometry.dilationHeight
            let column = x * geometry.strideWidth - geometry.paddingLeft + kx * geometry.dilationWidth
            guard (0..<geometry.inputHeight).contains(row), (0..<geometry.inputWidth).contains(column) else {
              continue
            }
            let first = output / outputsPerGroup * inputsPerGroup
            let pixel = (row * geometry.inputWidth + column) * geometry.inputChannels + first
            let weight =
              ((output * geometry.kernelHeight + ky) * geometry.kernelWidth + kx) * inputsPerGroup
            for channel in 0..<inputsPerGroup {
              let centred =
                Int(input[pixel + channel]) - Int(parametersQ8.inputZeroPoints[first + channel])
              sum += centred * Int(parametersQ8.weights[weight + channel])
            }
          }
          result.append(Int32(sum))
        }
      }
    }
    return result
  }

  private var windowElements: [(Int, Int)] {
    (0..<geometry.kernelHeight).flatMap { ky in (0..<geometry.kernelWidth).map { (ky, $0) } }
  }

  var expectedQ8: [Int8] {
    guard case .q8(let numbers) = parametersQ8.epilogue, let operand = numbers.residual,
      let negative = numbers.negativeMultipliers
    else { return [] }
    return sums.enumerated().map { index, sum in
      let o = index % geometry.outputChannels
      let product = Float(sum) * (sum < 0 ? negative[o] : numbers.multipliers[o])
      let other = Float(Int(residual[index]) - Int(operand.zeroPoints[o])) * operand.multipliers[o]
      let rounded = Int((product + other).rounded(.toNearestOrEven)) + Int(numbers.zeroPoints[o])
      return Int8(min(max(rounded, Int(numbers.minimum[o])), Int(numbers.maximum[o])))
    }
  }

  var expectedQ16: [Int8] {
    guard case .q16(let strip) = parametersQ16.epilogue else { return [] }
    return sums.enumerated().map { index, sum in
      let o = index % geometry.outputChannels
      let t = min(max((Float(sum) * strip.multipliers[o]).rounded(.toNearestOrEven), -32768), 32767)
      return strip.plainValue(Int(t), channel: o)
    }
  }
}

func mulr(_ a: Int, _ b: Int) -> Int { (a * b + (1 << 14)) >> 15 }

extension ActivationTable {
  /// A table of the rectified form whose intermediates fit Int16: a falling d(|x|).
  static let sample = ActivationTable(
    form: .rectified, a0: (0..<16).map { Int16(9000 - 500 * $0) }, a1: (0..<16).map { Int16(-600 + 30 * $0) },
    a2: (0..<16).map { Int16(90 - 5 * $0) })
  static let oddSample = ActivationTable(
    form: .odd(offset: 16384), a0: (0..<16).map { Int16(1000 * $0) },
    a1: (0..<16).map { Int16(900 - 40 * $0) },
    a2: (0..<16).map { Int16(-90 + 5 * $0) })
}

extension ActivationStrip {
  /// The activation of one element of the strip, in unbounded integers.
  func plainValue(_ t: Int, channel o: Int) -> Int8 {
    let k = Int(shifts[o])
    let u = min(abs(t), (8 << k) - 1) << (12 - k)
    let (i, x) = (u >> 11, (u & 2047) << 4)
    let r = mulr(mulr(Int(table.a2[i]), x) + Int(table.a1[i]), x) + Int(table.a0[i])
    let v =
      switch table.form {
      case .rectified: max(t, 0) - mulr(r, 1 << (k - 1))
      case .odd(let offset): Int(offset) + (t < 0 ? -r : r)
      }
    return Int8(min(max(Int(zeroPoints[o]) + mulr(v, Int(gains[o])), -128), 127))
  }
}
