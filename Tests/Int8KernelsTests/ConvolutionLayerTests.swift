import CInt8Kernels
import Int8Kernels
import TestSupport
import Testing

private func geometry(
  _ height: Int, _ width: Int, _ inputs: Int, _ outputs: Int, kernel: (Int, Int), stride: (Int, Int) = (1, 1),
  dilation: (Int, Int) = (1, 1), top: Int = 0, left: Int = 0, bottom: Int = 0, right: Int = 0, groups: Int = 1
) -> ConvolutionGeometry {
  ConvolutionGeometry(
    inputHeight: height, inputWidth: width, inputChannels: inputs,
    outputHeight: (height + top + bottom - (kernel.0 - 1) * dilation.0 - 1) / stride.0 + 1,
    outputWidth: (width + left + right - (kernel.1 - 1) * dilation.1 - 1) / stride.1 + 1,
    outputChannels: outputs, kernelHeight: kernel.0, kernelWidth: kernel.1, strideHeight: stride.0,
    strideWidth: stride.1, dilationHeight: dilation.0, dilationWidth: dilation.1, paddingTop: top,
    paddingLeft: left, groups: groups)
}

private let geometries: [ConvolutionGeometry] = [
  geometry(9, 7, 5, 19, kernel: (1, 1)),
  geometry(1, 1, 67, 33, kernel: (1, 1)),
  geometry(20, 20, 24, 40, kernel: (1, 1)),
  geometry(9, 8, 6, 10, kernel: (1, 1), stride: (2, 2)),
  geometry(15, 14, 3, 18, kernel: (3, 3), stride: (2, 2), top: 1, left: 1, bottom: 1, right: 1),
  geometry(14, 14, 3, 8, kernel: (3, 3), stride: (2, 2), bottom: 1, right: 1),
  geometry(23, 22, 3, 16, kernel: (7, 7), stride: (2, 2), top: 3, left: 3, bottom: 3, right: 3),
  geometry(8, 9, 16, 35, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1),
  geometry(8, 9, 4, 5, kernel: (3, 2), top: 2, left: 0, bottom: 0, right: 1),
  geometry(11, 12, 4, 17, kernel: (3, 3), dilation: (2, 3), top: 2, left: 3, bottom: 2, right: 3),
  geometry(7, 7, 12, 18, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1, groups: 3),
  geometry(7, 6, 4, 8, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1, groups: 4),
  geometry(5, 6, 1, 4, kernel: (3, 3)),
  geometry(5, 7, 8, 8, kernel: (1, 1), top: 1, left: 1, bottom: 1, right: 1),
  geometry(9, 10, 37, 37, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1, groups: 37),
  geometry(9, 10, 16, 16, kernel: (3, 3), stride: (2, 2), bottom: 1, right: 1, groups: 16),
  geometry(12, 12, 48, 48, kernel: (5, 5), stride: (2, 1), top: 2, left: 2, bottom: 2, right: 2, groups: 48),
  geometry(7, 7, 40, 40, kernel: (5, 5), top: 2, left: 2, bottom: 2, right: 2, groups: 40),
  geometry(11, 9, 24, 24, kernel: (5, 5), stride: (2, 2), top: 1, left: 2, bottom: 2, right: 1, groups: 24),
  geometry(5, 61, 33, 33, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1, groups: 33),
  geometry(6, 6, 9, 9, kernel: (1, 1), groups: 9),
  geometry(5, 6, 100, 11, kernel: (1, 1)),
  geometry(6, 7, 40, 13, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1),
  geometry(6, 7, 33, 9, kernel: (3, 3), stride: (2, 2), bottom: 1, right: 1),
  geometry(9, 9, 26, 8, kernel: (3, 3), dilation: (2, 2), top: 2, left: 2, bottom: 2, right: 2),
  geometry(6, 6, 68, 20, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1, groups: 2),
  geometry(15, 30, 36, 20, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1),
  geometry(27, 64, 70, 33, kernel: (3, 3), top: 0, left: 1, bottom: 2, right: 0),
]

@Suite struct ConvolutionLayerTests {
  @Test(arguments: KernelSet.tested, geometries.indices)
  func q8EqualsThePlainSum(_ set: KernelSet, _ index: Int) {
    for fill in [Fill.random, .mixed] {
      let layerCase = LayerCase(geometries[index], fill: fill, seed: UInt64(index + 1))
      let layer = ConvolutionLayer(
        geometry: geometries[index], parameters: layerCase.parametersQ8, kernels: set)
      let (elements, isExact) = run(
        layer, maps: [layerCase.input, layerCase.residual], outputCount: layerCase.outputCount, as: Int8.self)
      #expect(elements == layerCase.expectedQ8, "\(layer.kernelName)")
      #expect(isExact)
    }
  }

  @Test(arguments: KernelSet.tested, geometries.indices)
  func q16EqualsThePlainSum(_ set: KernelSet, _ index: Int) {
    let layerCase = LayerCase(geometries[index], fill: .random, seed: UInt64(index + 1))
    let layer = ConvolutionLayer(
      geometry: geometries[index], parameters: layerCase.parametersQ16, kernels: set)
    let (elements, isExact) = run(
      layer, maps: [layerCase.input], outputCount: layerCase.outputCount, as: Int8.self)
    #expect(elements == layerCase.expectedQ16, "\(layer.kernelName)")
    #expect(isExact)
  }

  /// Also where a kernel does not pay: what runs is the one asked for.
  @Test(arguments: KernelSet.tested, geometries.indices)
  func everyCandidateRunsAndGivesTheSameBytes(_ set: KernelSet, _ index: Int) {
    let layerCase = LayerCase(geometries[index], fill: .random, seed: UInt64(index + 1))
    let parameters = layerCase.parametersQ8
    let candidates = ConvolutionLayer.candidates(geometries[index], parameters, in: set)
    #expect(Set(candidates.map(\.name)).count == candidates.count)
    #expect(candidates.contains { $0.set == .scalar })
    for kernel in candidates {
      let layer = ConvolutionLayer(
        geometry: geometries[index], parameters: parameters, kernels: set, kernel: kernel)
      #expect(layer.kernelName == kernel.name)
      let (elements, isExact) = run(
        layer, maps: [layerCase.input, layerCase.residual], outputCount: layerCase.outputCount, as: Int8.self)
      #expect(elements == layerCase.expectedQ8, "\(kernel.name)")
      #expect(isExact)
    }
  }

  @Test(arguments: KernelSet.tested, geometries.indices)
  func theChoiceIsACandidateAndSaysWhy(_ set: KernelSet, _ index: Int) {
    let layerCase = LayerCase(geometries[index], fill: .random, seed: 1, computesExpected: false)
    for parameters in [layerCase.parametersQ8, layerCase.parametersQ16] {
      let layer = ConvolutionLayer(geometry: geometries[index], parameters: parameters, kernels: set)
      let candidates = ConvolutionLayer.candidates(geometries[index], parameters, in: set)
      let chosen = candidates.first { layer.kernelName.hasPrefix($0.name) }
      let reason = layer.kernelReason(in: set)
      #expect(chosen != nil && !reason.isEmpty)
      #expect(reason.hasPrefix("Winograd") == chosen?.isWinograd)
    }
  }

  @Test func aPlainerKernelIsChosenWhereTheBetterOneNeedsMoreProducts() throws {
    let least = MicroKernel.all.filter { $0.operation == i8k_operation_conv_q8 && $0.leastProducts > 1 }
    for kernel in least where kernel.set.isAvailable {
      for (depth, isLong) in [(kernel.leastProducts - 1, false), (kernel.leastProducts, true)] {
        let geometry = geometry(2, 2, depth, 3, kernel: (1, 1))
        let layerCase = LayerCase(geometry, fill: .random, seed: 1, computesExpected: false)
        let layer = ConvolutionLayer(
          geometry: geometry, parameters: layerCase.parametersQ8, kernels: kernel.set)
        #expect((layer.kernelName == kernel.name) == isLong)
        #expect(layer.kernelReason(in: kernel.set).contains("needs "))
      }
    }
  }

  @Test(arguments: KernelSet.tested)
  func theForcedSetIsTheOneThatRuns(_ set: KernelSet) {
    let layerCase = LayerCase(geometries[0], fill: .random, seed: 1)
    let layer = ConvolutionLayer(geometry: geometries[0], parameters: layerCase.parametersQ8, kernels: set)
    #expect(layer.kernelName.hasSuffix("__\(set.rawValue)"))
    #expect(layer.kernelName.hasPrefix("i8k_conv_q8_"))
  }

  @Test func usualLayersGiveWorkersTilesToShare() {
    for geometry in [
      geometry(56, 56, 64, 64, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1),
      geometry(14, 14, 256, 256, kernel: (3, 3), top: 1, left: 1, bottom: 1, right: 1),
      geometry(7, 7, 320, 1280, kernel: (1, 1)), geometry(28, 28, 144, 40, kernel: (1, 1)),
    ] {
      let layerCase = LayerCase(geometry, fill: .lowest, seed: 1, computesExpected: false)
      for set in KernelSet.tested {
        let layer = ConvolutionLayer(geometry: geometry, parameters: layerCase.parametersQ8, kernels: set)
        #expect(layer.tileCount >= 8)
      }
    }
  }
}
