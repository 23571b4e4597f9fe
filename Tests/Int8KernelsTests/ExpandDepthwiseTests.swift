import Int8Kernels
import TestSupport
import Testing

/// An expansion and a depthwise convolution after it: `channels` to `wide`, then a square kernel with half padding.
private struct Block: Sendable, CustomStringConvertible {
  var height: Int
  var width: Int
  var channels: Int
  var wide: Int
  var kernel = 3
  var stride = 1
  /// One-sided, as TensorFlow pads.
  var padsFirst = true

  var description: String {
    "\(height)×\(width), \(channels) to \(wide), \(kernel)×\(kernel) stride \(stride)"
  }

  var expansion: ConvolutionGeometry {
    ConvolutionGeometry(
      inputHeight: height, inputWidth: width, inputChannels: channels, outputHeight: height,
      outputWidth: width,
      outputChannels: wide, kernelHeight: 1, kernelWidth: 1, strideHeight: 1, strideWidth: 1, paddingTop: 0,
      paddingLeft: 0)
  }

  var depthwise: ConvolutionGeometry {
    let padding = padsFirst ? kernel / 2 : 0
    func size(_ input: Int) -> Int { (input + 2 * (kernel / 2) - kernel) / stride + 1 }
    return ConvolutionGeometry(
      inputHeight: height, inputWidth: width, inputChannels: wide, outputHeight: size(height),
      outputWidth: size(width), outputChannels: wide, kernelHeight: kernel, kernelWidth: kernel,
      strideHeight: stride, strideWidth: stride, paddingTop: padding, paddingLeft: padding, groups: wide)
  }
}

private let blocks = [
  Block(height: 9, width: 11, channels: 16, wide: 40),
  Block(height: 7, width: 7, channels: 24, wide: 33, stride: 2),
  Block(height: 14, width: 13, channels: 40, wide: 24, kernel: 5),
  Block(height: 8, width: 8, channels: 112, wide: 50, kernel: 5, stride: 2),
  Block(height: 8, width: 6, channels: 97, wide: 17, stride: 2, padsFirst: false),
  Block(height: 1, width: 1, channels: 3, wide: 5),
  Block(height: 120, width: 112, channels: 16, wide: 32, stride: 2),
]

@Suite struct ExpandDepthwiseTests {
  /// Two layers in one give the bytes of the two, with either epilogue, however the work is shared.
  @Test(arguments: KernelSet.available, blocks.indices)
  func equalsItsTwoLayers(_ set: KernelSet, _ index: Int) throws {
    let block = blocks[index]
    let first = LayerCase(block.expansion, fill: .random, seed: UInt64(index + 1), computesExpected: false)
    let second = LayerCase(block.depthwise, fill: .random, seed: UInt64(index + 91), computesExpected: false)
    for (one, other) in [
      (first.parametersQ8.withoutResidual, second.parametersQ8.withoutResidual),
      (first.parametersQ16, second.parametersQ16),
      (first.parametersQ8.withoutResidual, second.parametersQ8.withoutResidual.withOneZeroPoint),
    ] {
      let wide = run(
        ConvolutionLayer(geometry: block.expansion, parameters: one, kernels: .scalar), maps: [first.input],
        outputCount: first.outputCount, as: Int8.self)
      let expected = run(
        ConvolutionLayer(geometry: block.depthwise, parameters: other, kernels: .scalar),
        maps: [wide.elements],
        outputCount: second.outputCount, as: Int8.self)
      for workers in [1, 4] {
        let layer = ExpandDepthwise(
          expansion: block.expansion, one, depthwise: block.depthwise, other, kernels: set, workers: workers)
        let (elements, isExact) = run(
          layer, maps: [first.input], outputCount: second.outputCount, as: Int8.self)
        #expect(elements == expected.elements, "\(block), \(layer.kernelName), \(workers) workers")
        #expect(isExact)
      }
    }
  }

  @Test func servesExpansionsAlone() {
    let block = blocks[0]
    #expect(ExpandDepthwise.serves(block.expansion, block.depthwise))
    #expect(!ExpandDepthwise.serves(block.depthwise, block.depthwise))
    #expect(!ExpandDepthwise.serves(block.expansion, block.expansion))
    #expect(!ExpandDepthwise.serves(block.expansion, blocks[1].depthwise))
  }
}

extension ConvolutionParameters {
  fileprivate var withoutResidual: ConvolutionParameters {
    guard case .q8(var numbers) = epilogue else { return self }
    numbers.residual = nil
    numbers.negativeMultipliers = nil
    var result = self
    result.epilogue = .q8(numbers)
    return result
  }

  /// As after ReLU6: all panels have the same padding.
  fileprivate var withOneZeroPoint: ConvolutionParameters {
    var result = self
    result.inputZeroPoints = inputZeroPoints.map { _ in -101 }
    return result
  }
}
