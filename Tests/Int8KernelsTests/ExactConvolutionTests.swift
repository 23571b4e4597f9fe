import Int8Kernels
import TestSupport
import Testing

/// Every convolution driver with every epilogue equals the exact reference on every kernel set.
@Suite struct ExactConvolutionTests {
  private func check(_ seeds: Range<UInt64>, _ kind: ExactConvolutionCase.Kind, isStrip: Bool) {
    for seed in seeds {
      let drawn = ExactConvolutionCase(seed: seed, kind: kind, isStrip: isStrip)
      let reference = ExactConvolution(drawn.geometry, drawn.parameters, input: drawn.input)
      guard reference.sumsFitInt32 else {
        Issue.record("a case outside the contract: \(drawn)")
        continue
      }
      let expected = reference.output(residual: drawn.residual)
      let inputs = ([drawn.input] + [drawn.residual].compactMap { $0 }).map {
        ExactLayerRun.buffer($0, seed: seed)
      }
      for set in KernelSet.tested {
        for kernel in Self.kernels(drawn, set) {
          let layer = ConvolutionLayer(
            geometry: drawn.geometry, parameters: drawn.parameters, kernels: set, kernel: kernel)
          let actual = ExactLayerRun.output(layer, inputs, count: expected.count, as: Int8.self, seed: seed)
          ExactLayerRun.expectEqual(actual, expected, "\(set) \(layer.kernelName) \(drawn)")
        }
      }
    }
  }

  /// The set's own choice, and each kernel that could be: its own ones, and Winograd's wherever it takes them from.
  private static func kernels(_ drawn: ExactConvolutionCase, _ set: KernelSet) -> [MicroKernel?] {
    let candidates = ConvolutionLayer.candidates(drawn.geometry, drawn.parameters, in: set)
    let forced = candidates.filter { $0.set == set || $0.isWinograd }
    return forced.map(Optional.some) + [nil]
  }

  @Test(arguments: ExactConvolutionCase.Kind.allCases)
  func requantizedEqualsReference(_ kind: ExactConvolutionCase.Kind) {
    check(1_000..<1_100, kind, isStrip: false)
  }

  @Test(arguments: ExactConvolutionCase.Kind.allCases)
  func activatedEqualsReference(_ kind: ExactConvolutionCase.Kind) {
    check(2_000..<2_100, kind, isStrip: true)
  }
}
