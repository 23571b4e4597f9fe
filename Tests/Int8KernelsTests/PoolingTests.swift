import Int8Kernels
import TestSupport
import Testing

private func geometry(
  _ extent: MapExtent, kernel: Int, stride: Int, top: Int, left: Int, bottom: Int, right: Int
) -> PoolingGeometry {
  PoolingGeometry(
    input: extent, outputHeight: (extent.height + top + bottom - kernel) / stride + 1,
    outputWidth: (extent.width + left + right - kernel) / stride + 1, kernelHeight: kernel,
    kernelWidth: kernel,
    strideHeight: stride, strideWidth: stride, paddingTop: top, paddingLeft: left)
}

@Suite struct PoolingTests {
  private func cases(_ channels: Int) -> [PoolingGeometry] {
    let extent = MapExtent(height: 9, width: 7, channels: channels)
    return [
      geometry(extent, kernel: 3, stride: 2, top: 1, left: 1, bottom: 1, right: 1),
      geometry(extent, kernel: 2, stride: 2, top: 0, left: 0, bottom: 1, right: 1),
      geometry(extent, kernel: 3, stride: 1, top: 1, left: 1, bottom: 1, right: 1),
      geometry(extent, kernel: 5, stride: 3, top: 4, left: 0, bottom: 0, right: 4),
    ]
  }

  /// The elements of the map under a window, by walking over all its places.
  private func window(_ geometry: PoolingGeometry, _ map: [Int8], _ index: Int) -> [Int] {
    let channels = geometry.input.channels
    let (pixel, channel) = (index / channels, index % channels)
    let (outputY, outputX) = (pixel / geometry.outputWidth, pixel % geometry.outputWidth)
    var result: [Int] = []
    for ky in 0..<geometry.kernelHeight {
      for kx in 0..<geometry.kernelWidth {
        let y = outputY * geometry.strideHeight - geometry.paddingTop + ky
        let x = outputX * geometry.strideWidth - geometry.paddingLeft + kx
        guard (0..<geometry.input.height).contains(y), (0..<geometry.input.width).contains(x) else {
          continue
        }
        result.append(Int(map[(y * geometry.input.width + x) * channels + channel]))
      }
    }
    return result
  }

  @Test(arguments: KernelSet.tested, Fill.allCases)
  func maximumMatchesThePlainWindow(_ set: KernelSet, _ fill: Fill) {
    var generator = SeededGenerator(seed: 8)
    for channels in 1...67 {
      for geometry in cases(channels) {
        let map = fill.quantized(geometry.input.elementCount, &generator)
        let count = geometry.outputHeight * geometry.outputWidth * channels
        let layer = MaxPoolLayer(geometry: geometry, kernels: set)
        let (elements, isExact) = run(layer, maps: [map], outputCount: count, as: Int8.self)
        #expect(elements == (0..<count).map { Int8(window(geometry, map, $0).max() ?? -128) }, "\(channels)")
        #expect(isExact)
      }
    }
  }

  @Test(arguments: KernelSet.tested, [false, true])
  func averageMatchesThePlainWindow(_ set: KernelSet, _ countsPadding: Bool) {
    var generator = SeededGenerator(seed: 9)
    for channels in [1, 3, 16, 33, 67] {
      for geometry in cases(channels) {
        let map = Fill.random.quantized(geometry.input.elementCount, &generator)
        let scales = (0..<channels).map { _ in generator.float(in: 0.01...3) }
        let outputScales = (0..<channels).map { _ in generator.float(in: 0.01...3) }
        let zeroPoints = Fill.mixed.quantized(channels, &generator)
        let outputZeroPoints = Fill.random.quantized(channels, &generator)
        let layer = AveragePoolLayer(
          geometry: geometry, inputScales: scales, inputZeroPoints: zeroPoints, outputScales: outputScales,
          outputZeroPoints: outputZeroPoints, countsPadding: countsPadding, kernels: set)
        let count = geometry.outputHeight * geometry.outputWidth * channels
        let expected = (0..<count).map { index in
          let (c, elements) = (index % channels, window(geometry, map, index))
          let n = countsPadding ? geometry.kernelHeight * geometry.kernelWidth : elements.count
          let multiplier = Float(Double(scales[c]) / (Double(outputScales[c]) * Double(n)))
          let sum = elements.reduce(0) { $0 + $1 - Int(zeroPoints[c]) }
          let value = Int((Float(sum) * multiplier).rounded(.toNearestOrEven)) + Int(outputZeroPoints[c])
          return Int8(min(max(value, -128), 127))
        }
        let (elements, isExact) = run(layer, maps: [map], outputCount: count, as: Int8.self)
        #expect(elements == expected)
        #expect(isExact)
      }
    }
  }

  @Test(arguments: KernelSet.tested, Fill.allCases)
  func globalAverageIsTheExactSumTimesTheMeanScale(_ set: KernelSet, _ fill: Fill) {
    var generator = SeededGenerator(seed: 10)
    for channels in Array(1...67) + [130] {
      // More than 256 pixels, so that partial sums are widened more than once.
      let extent = MapExtent(height: 20, width: channels % 2 == 0 ? 7 : 27, channels: channels)
      let map = fill.quantized(extent.elementCount, &generator)
      let zeroPoints = Fill.mixed.quantized(channels, &generator)
      let scales = (0..<channels).map { _ in generator.float(in: 0.001...2) }
      let layer = GlobalPoolLayer(
        extent: extent, kind: .average, scales: scales, zeroPoints: zeroPoints, kernels: set)
      let (elements, isExact) = run(layer, maps: [map], outputCount: channels, as: Float.self)
      let expected = (0..<channels).map { c in
        let sum = (0..<extent.pixels).reduce(0) { $0 + Int(map[$1 * channels + c]) - Int(zeroPoints[c]) }
        return Float(sum) * Float(Double(scales[c]) / Double(extent.pixels))
      }
      #expect(elements == expected)
      #expect(isExact)
    }
  }

  @Test func globalMaximumAndGeneralizedMeanFollowTheirFormulas() {
    let extent = MapExtent(height: 1, width: 2, channels: 1)
    func pool(_ kind: GlobalPoolKind, _ map: [Int8]) -> Float? {
      let layer = GlobalPoolLayer(
        extent: extent, kind: kind, scales: [0.5], zeroPoints: [-10], kernels: .scalar)
      return run(layer, maps: [map], outputCount: 1, as: Float.self).elements.first
    }
    #expect(pool(.maximum, [-20, 30]) == 20)
    #expect(pool(.maximum, [-20, -30]) == -5)
    #expect(pool(.generalizedMean(power: 2), [-4, -4]) == 3)
    // 1³ and 3³: mean 14; negatives count as 0.
    #expect(pool(.generalizedMean(power: 3), [-8, -4]) == cubeRoot(14))
    #expect(pool(.generalizedMean(power: 4), [-2, -40]) == Float(128).squareRoot().squareRoot())
    #expect(pool(.generalizedMean(power: 3), [-40, -50]) == 0)
  }

  @Test func cubeRootIsCorrectlyRoundedOnCubes() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<2000 {
      let root = generator.float(in: 0.001...100)
      let cube = Double(root) * Double(root) * Double(root)
      #expect(abs(Double(cubeRoot(Float(cube))) - Double(root)) <= 1e-7 * Double(root))
    }
    #expect(cubeRoot(27) == 3 && cubeRoot(0) == 0 && cubeRoot(1) == 1)
    #expect(cubeRoot(.leastNonzeroMagnitude) > 1e-16)
  }
}
