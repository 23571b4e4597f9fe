import Int8Kernels
import TestSupport

/// A convolution drawn from a seed: shape, data and epilogue, all within the contract.
struct ExactConvolutionCase: CustomStringConvertible {
  enum Kind: CaseIterable {
    case pointwise, spatial, grouped, depthwise
    /// 3×3 of stride 1: what Winograd's form serves too.
    case three
  }

  let seed: UInt64
  let geometry: ConvolutionGeometry
  let fill: Fill
  private(set) var parameters: ConvolutionParameters
  let input: [Int8]
  private(set) var residual: [Int8]?
  private(set) var generator: SeededGenerator

  /// - Parameter isStrip: the q16 epilogue with an activation, else q8 in one of its forms.
  init(seed: UInt64, kind: Kind, isStrip: Bool) {
    var generator = SeededGenerator(seed: seed)
    let geometry = Self.geometry(kind, &generator)
    let products =
      geometry.kernelHeight * geometry.kernelWidth * geometry.inputChannels / geometry.groups
    self.seed = seed
    self.geometry = geometry
    fill = generator.choose(Fill.allCases)
    input = fill.quantized(geometry.inputHeight * geometry.inputWidth * geometry.inputChannels, &generator)
    let weightFill = generator.choose([fill, .random, .mixed])
    let outputs = geometry.outputChannels
    let unused = Requantization(multipliers: [], zeroPoints: [], minimum: [], maximum: [])
    parameters = ConvolutionParameters(
      weights: weightFill.weights(outputs * products, &generator),
      bias: [Int32](repeating: 0, count: outputs),
      inputZeroPoints: generator.zeroPoints(geometry.inputChannels),
      epilogue: .q8(unused))
    self.generator = generator
    let sums = chooseBias()
    if isStrip { chooseStrip(sums) } else { chooseRequantization(sums) }
  }

  var outputCount: Int { geometry.outputHeight * geometry.outputWidth * geometry.outputChannels }

  var description: String {
    "seed \(seed) \(geometry) fill \(fill) zeroPoints \(parameters.inputZeroPoints.prefix(2)) \(parameters.epilogue)"
  }

  private static func geometry(_ kind: Kind, _ g: inout SeededGenerator) -> ConvolutionGeometry {
    let isSpatial = kind != .pointwise
    let groups = kind == .depthwise ? g.int(in: 2...67) : kind == .grouped ? g.int(in: 2...5) : 1
    let perGroup = kind == .depthwise ? 1 : g.int(in: 1...67 / groups)
    let outputsPerGroup = kind == .depthwise ? 1 : g.int(in: 1...67 / groups)
    func window() -> (kernel: Int, stride: Int, dilation: Int) {
      if kind == .three { return (3, 1, 1) }
      return (
        isSpatial ? g.choose([1, 2, 3, 3, 4, 5, 7]) : 1, isSpatial ? g.int(in: 1...3) : 1,
        isSpatial ? g.int(in: 1...2) : 1
      )
    }
    let (high, wide) = (window(), window())
    func extent(_ w: (kernel: Int, stride: Int, dilation: Int)) -> (input: Int, before: Int, output: Int) {
      let reach = (w.kernel - 1) * w.dilation
      let before = isSpatial && g.chance(2) ? g.int(in: 0...reach) : 0
      let after = isSpatial && g.chance(2) ? g.int(in: 0...reach) : 0
      let input = max(1, reach + 1 - before - after) + g.int(in: 0...8)
      return (input, before, (input + before + after - reach - 1) / w.stride + 1)
    }
    let (rows, columns) = (extent(high), extent(wide))
    return ConvolutionGeometry(
      inputHeight: rows.input, inputWidth: columns.input, inputChannels: groups * perGroup,
      outputHeight: rows.output, outputWidth: columns.output, outputChannels: groups * outputsPerGroup,
      kernelHeight: high.kernel, kernelWidth: wide.kernel, strideHeight: high.stride,
      strideWidth: wide.stride, dilationHeight: high.dilation, dilationWidth: wide.dilation,
      paddingTop: rows.before, paddingLeft: columns.before, groups: groups)
  }

  /// Small biases, or ones as far out as the sums allow, so that what is summed on the way wraps.
  ///
  /// Returns a sum of each output channel, of a pixel that is drawn.
  private mutating func chooseBias() -> [Int] {
    let outputs = geometry.outputChannels
    let sums = ExactConvolution(geometry, parameters, input: input).sums
    let magnitude = sums.map(\.magnitude).max().map { Int($0) } ?? 0
    switch generator.int(in: 0...3) {
    case 0:
      let high = Int(Int32.max) - (sums.max() ?? 0)
      let low = Int(Int32.min) - (sums.min() ?? 0)
      parameters.bias = (0..<outputs).map { _ in Int32(clamping: generator.chance(2) ? high : low) }
    case 1: break
    default:
      let range = -max(magnitude, 300)...max(magnitude, 300)
      parameters.bias = (0..<outputs).map { _ in Int32(generator.int(in: range)) }
    }
    return (0..<outputs).map { o in
      Int(parameters.bias[o]) + sums[generator.int(in: 0...sums.count / outputs - 1) * outputs + o]
    }
  }

  private mutating func chooseRequantization(_ sums: [Int]) {
    let outputs = geometry.outputChannels
    let zeroPoints = generator.zeroPoints(outputs)
    let limits = generator.limits(zeroPoints)
    var numbers = Requantization(
      multipliers: generator.multipliers(for: sums, steps: 200), zeroPoints: zeroPoints,
      minimum: limits.minimum, maximum: limits.maximum)
    if generator.chance(3) {
      numbers.negativeMultipliers = generator.multipliers(for: sums, steps: 100)
    }
    if generator.chance(2) {
      numbers.residual = ResidualOperand(
        multipliers: generator.multipliers(for: [Int](repeating: 255, count: outputs), steps: 200),
        zeroPoints: generator.zeroPoints(outputs))
      residual = fill.quantized(outputCount, &generator)
    }
    parameters.epilogue = .q8(numbers)
  }

  private mutating func chooseStrip(_ sums: [Int]) {
    let outputs = geometry.outputChannels
    let isOdd = generator.chance(2)
    let tables = ExactTables.real.filter { ($0.form == .rectified) != isOdd }
    let table =
      generator.chance(2) ? generator.choose(tables) : ExactTables.arbitrary(isOdd: isOdd, &generator)
    parameters.epilogue = .q16(
      ActivationStrip(
        multipliers: generator.multipliers(for: sums, steps: 30_000),
        shifts: (0..<outputs).map { _ in isOdd ? 12 : UInt8(generator.int(in: 1...12)) },
        gains: (0..<outputs).map { _ in
          Int16(generator.chance(6) ? generator.choose([1, 32_767]) : generator.int(in: 1...600))
        },
        zeroPoints: generator.zeroPoints(outputs), table: table))
  }
}
