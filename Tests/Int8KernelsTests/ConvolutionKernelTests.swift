import CInt8Kernels
import Int8Kernels
import TestSupport
import Testing

/// Every convolution and depthwise kernel that this CPU runs, taken from the registry.
let convolutionKernels = MicroKernel.all.filter { kernel in
  KernelSet.tested.contains(kernel.set)
    && [
      i8k_operation_conv_q8, i8k_operation_conv_q16, i8k_operation_dw_q8, i8k_operation_dw_q16,
    ].contains(kernel.operation)
}

@Suite struct ConvolutionKernelTests {
  private func isDepthwise(_ kernel: MicroKernel) -> Bool {
    kernel.operation == i8k_operation_dw_q8 || kernel.operation == i8k_operation_dw_q16
  }

  /// Compares with the scalar kernel and, at the q8 epilogue, with plain Swift.
  private func check(_ kernel: MicroKernel, _ problem: TileProblem) {
    let data = TileData(problem)
    let scalar = MicroKernel.kernel(for: kernel.operation, in: .scalar)
    let (expected, scalarIsExact) = data.result(of: scalar)
    let (elements, isExact) = data.result(of: kernel)
    #expect(elements == expected, "\(kernel.name): \(problem)")
    #expect(isExact && scalarIsExact, "\(kernel.name) writes outside: \(problem)")
  }

  @Test(arguments: convolutionKernels.map(\.name))
  func matchesScalarDefinitionForEveryRemainder(_ name: String) throws {
    let kernel = try #require(convolutionKernels.first { $0.name == name })
    for pixels in 1...2 * max(kernel.mr, 2) + 1 {
      for outputs in [1, 3, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33] + [2 * kernel.nr - 1, kernel.nr] {
        for (taps, depth) in isDepthwise(kernel) ? [(1, 1), (9, 1), (10, 1)] : [(1, 5), (3, 17)] {
          check(
            kernel,
            TileProblem(
              pixels: pixels, outputs: outputs, taps: taps, depth: depth, isDepthwise: isDepthwise(kernel),
              hasResidual: pixels % 2 == 0, hasNegativeMultipliers: outputs % 2 == 0,
              seed: UInt64(pixels * 1000 + outputs)))
        }
      }
    }
  }

  @Test(arguments: convolutionKernels.map(\.name))
  func matchesScalarDefinitionForEveryDepth(_ name: String) throws {
    let kernel = try #require(convolutionKernels.first { $0.name == name })
    for depth in 1...67 {
      for taps in [1, 2, 9] {
        let depthwise = isDepthwise(kernel)
        check(
          kernel,
          TileProblem(
            pixels: kernel.mr + 1, outputs: kernel.nr + 3, taps: depthwise ? depth : taps,
            depth: depthwise ? 1 : depth, isDepthwise: depthwise, seed: UInt64(depth)))
      }
    }
  }

  @Test(arguments: convolutionKernels.map(\.name))
  func matchesScalarDefinitionAtExtremes(_ name: String) throws {
    let kernel = try #require(convolutionKernels.first { $0.name == name })
    for fill in Fill.allCases {
      for bits in 0..<8 {
        check(
          kernel,
          TileProblem(
            pixels: kernel.mr + 1, outputs: kernel.nr + 1, taps: 3, depth: isDepthwise(kernel) ? 1 : 67,
            isDepthwise: isDepthwise(kernel), fill: fill, hasResidual: bits & 1 != 0,
            hasNegativeMultipliers: bits & 2 != 0, ties: bits & 4 != 0, seed: UInt64(bits)))
      }
    }
  }

  /// Kernels may add more products in Int16 where weights are small: 4·63·128 fits, 4·64·128 does not.
  @Test(arguments: convolutionKernels.map(\.name))
  func matchesScalarDefinitionWithSmallWeights(_ name: String) throws {
    let kernel = try #require(convolutionKernels.first { $0.name == name })
    guard !isDepthwise(kernel) else { return }
    for largestWeight in [40, 63, 64, 75] {
      for fill in Fill.allCases {
        for (taps, depth) in [(1, 64), (1, 100), (2, 88), (3, 41)] {
          check(
            kernel,
            TileProblem(
              pixels: 19, outputs: kernel.nr + 1, taps: taps, depth: depth, fill: fill,
              largestWeight: largestWeight, seed: UInt64(largestWeight + depth)))
        }
      }
    }
  }

  /// Kernels keep what neighbouring windows share.
  @Test(arguments: convolutionKernels.map(\.name))
  func matchesScalarDefinitionOnNeighbouringWindows(_ name: String) throws {
    let kernel = try #require(convolutionKernels.first { $0.name == name })
    guard isDepthwise(kernel) else { return }
    for size in [1, 3, 5, 7] {
      for stride in 1...3 {
        for width in [1, 2, 3, 4, 5, 6, 7, 14, 33, 70] {
          let isPartial = width % 2 == 1
          check(
            kernel,
            TileProblem(
              pixels: 2 * width + (width > 3 ? width - 2 : 0), outputs: kernel.nr + (isPartial ? 5 : 0),
              taps: size * size, depth: 1, isDepthwise: true,
              windows: Windows(width: width, size: size, stride: stride),
              fill: width == 14 ? .mixed : .random, hasResidual: width == 6,
              hasNegativeMultipliers: width == 5, seed: UInt64(width)))
        }
      }
    }
  }

  @Test(arguments: convolutionKernels.map(\.name))
  func ordersTiesToEven(_ name: String) throws {
    let kernel = try #require(convolutionKernels.first { $0.name == name })
    for seed in 1...20 {
      check(
        kernel,
        TileProblem(
          pixels: 9, outputs: 40, taps: 1, depth: 1, isDepthwise: isDepthwise(kernel), hasResidual: true,
          ties: true, seed: UInt64(seed)))
    }
  }

  /// Products and sums of a residual epilogue that a fused multiply-add would round to another integer.
  @Test(arguments: convolutionKernels.map(\.name))
  func roundsProductAndSumSeparately(_ name: String) throws {
    let kernel = try #require(convolutionKernels.first { $0.name == name })
    guard kernel.operation == i8k_operation_conv_q8 || kernel.operation == i8k_operation_dw_q8 else { return }
    let cases = fusionCases()
    #expect(cases.count >= 8)
    for (acc, m, r, mR) in cases {
      let data = TileData(acc: acc, multiplier: m, residual: r, residualMultiplier: mR, kernel: kernel)
      let expected = (Float(acc) * m + Float(r) * mR).rounded(.toNearestOrEven)
      #expect(data.result(of: kernel).elements == [Int(min(max(expected, -128), 127))], "\(kernel.name)")
    }
  }
}

/// (acc, multiplier, residual, its multiplier) whose fused and separate results differ.
private func fusionCases() -> [(Int32, Float, Int8, Float)] {
  var generator = SeededGenerator(seed: 77)
  var cases: [(Int32, Float, Int8, Float)] = []
  while cases.count < 8 {
    // The exact sum lies within a few ulps of a tie.
    let acc = Int32(generator.int(in: 1_000...60_000))
    let m = generator.float(in: 0.0002...0.001)
    let r = Int8(generator.int(in: 1...100))
    let target = Float(generator.int(in: 20...100)) + 0.5
    let mR = (target - Float(acc) * m) / Float(r)
    let separate = (Float(acc) * m + Float(r) * mR).rounded(.toNearestOrEven)
    let fused = (Float(acc) * m).addingProduct(Float(r), mR).rounded(.toNearestOrEven)
    let otherwise = (Float(r) * mR).addingProduct(Float(acc), m).rounded(.toNearestOrEven)
    if separate != fused || separate != otherwise { cases.append((acc, m, r, mR)) }
  }
  return cases
}

extension TileData {
  /// One pixel, one channel, whose accumulator is `acc`.
  fileprivate init(
    acc: Int32, multiplier: Float, residual: Int8, residualMultiplier: Float, kernel: MicroKernel
  ) {
    problem = TileProblem(
      pixels: 1, outputs: 1, taps: 1, depth: 1, isDepthwise: kernel.operation == i8k_operation_dw_q8,
      hasResidual: true)
    rows = [0]
    weights = [0]
    bias = [acc]
    numbers = Requantization(
      multipliers: [multiplier], zeroPoints: [0], minimum: [-128], maximum: [127],
      residual: ResidualOperand(multipliers: [residualMultiplier], zeroPoints: [0]))
    self.residual = [residual]
  }
}
