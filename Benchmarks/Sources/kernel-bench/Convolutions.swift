import CInt8Kernels
import Int8Kernels

/// A layer of a network on a square map, padded by half its kernel.
struct ConvolutionShape {
  var side: Int
  var inputs: Int
  var outputs: Int
  var kernel = 1
  var stride = 1
  var isDepthwise = false
  /// A table follows (SiLU and its kin) instead of a clamp.
  var isActivated = false
  var hasResidual = false

  static func depthwise(_ side: Int, _ channels: Int, kernel: Int, stride: Int = 1, isActivated: Bool = false)
    -> ConvolutionShape
  {
    ConvolutionShape(
      side: side, inputs: channels, outputs: channels, kernel: kernel, stride: stride, isDepthwise: true,
      isActivated: isActivated)
  }

  var geometry: ConvolutionGeometry {
    let output = (side + 2 * (kernel / 2) - kernel) / stride + 1
    return ConvolutionGeometry(
      inputHeight: side, inputWidth: side, inputChannels: inputs, outputHeight: output, outputWidth: output,
      outputChannels: outputs, kernelHeight: kernel, kernelWidth: kernel, strideHeight: stride,
      strideWidth: stride, paddingTop: kernel / 2, paddingLeft: kernel / 2,
      groups: isDepthwise ? inputs : 1)
  }

  var productsPerSum: Int { kernel * kernel * (isDepthwise ? 1 : inputs) }
  var inputCount: Int { side * side * inputs }
  var outputCount: Int { geometry.outputHeight * geometry.outputWidth * outputs }
  var products: Int { outputCount * productsPerSum }

  var description: String {
    let step = stride == 1 ? "" : " /\(stride)"
    let channels = isDepthwise ? "\(inputs)" : "\(inputs)→\(outputs)"
    let rest = (isActivated ? " table" : "") + (hasResidual ? " residual" : "")
    return "\(kernel)×\(kernel)\(step) \(channels) \(side)²\(rest)"
  }

  func parameters(_ random: inout RandomNumbers) -> ConvolutionParameters {
    ConvolutionParameters(
      weights: random.weights(outputs * productsPerSum), bias: [Int32](repeating: 100, count: outputs),
      inputZeroPoints: random.zeroPoints(inputs),
      epilogue: isActivated
        ? random.activation(outputs, products: productsPerSum)
        : random.requantization(outputs, products: productsPerSum, hasResidual: hasResidual))
  }
}

extension Workload {
  /// EfficientNet-Lite0 and -B0, ResNet-50.
  static var convolutions: [Workload] {
    let ordinary = [
      ConvolutionShape(side: 224, inputs: 3, outputs: 32, kernel: 3, stride: 2),
      ConvolutionShape(side: 224, inputs: 3, outputs: 32, kernel: 3, stride: 2, isActivated: true),
      ConvolutionShape(side: 224, inputs: 3, outputs: 64, kernel: 7, stride: 2),
      ConvolutionShape(side: 112, inputs: 16, outputs: 96),
      ConvolutionShape(side: 56, inputs: 24, outputs: 144),
      ConvolutionShape(side: 56, inputs: 24, outputs: 144, isActivated: true),
      ConvolutionShape(side: 14, inputs: 80, outputs: 480),
      ConvolutionShape(side: 14, inputs: 80, outputs: 480, isActivated: true),
      ConvolutionShape(side: 14, inputs: 480, outputs: 112),
      ConvolutionShape(side: 7, inputs: 1152, outputs: 320),
      ConvolutionShape(side: 56, inputs: 256, outputs: 64),
      ConvolutionShape(side: 56, inputs: 64, outputs: 256, hasResidual: true),
      ConvolutionShape(side: 14, inputs: 1024, outputs: 256),
      ConvolutionShape(side: 7, inputs: 2048, outputs: 512),
      ConvolutionShape(side: 56, inputs: 64, outputs: 64, kernel: 3),
      ConvolutionShape(side: 28, inputs: 128, outputs: 128, kernel: 3),
      ConvolutionShape(side: 14, inputs: 256, outputs: 256, kernel: 3),
      ConvolutionShape(side: 7, inputs: 512, outputs: 512, kernel: 3),
    ]
    var depthwise = [(112, 32), (56, 144), (28, 240), (14, 672), (7, 1152)].flatMap { side, channels in
      [(3, 1), (3, 2), (5, 1), (5, 2)].map { kernel, stride in
        ConvolutionShape.depthwise(side, channels, kernel: kernel, stride: stride)
      }
    }
    depthwise.append(.depthwise(112, 32, kernel: 3, isActivated: true))
    depthwise.append(.depthwise(14, 672, kernel: 5, isActivated: true))
    return ordinary.map { convolution($0, "convolution") } + depthwise.map { convolution($0, "depthwise") }
  }

  private static func convolution(_ shape: ConvolutionShape, _ family: String) -> Workload {
    Workload(family: family, shape: shape.description, work: .int8Products(shape.products)) {
      var random = RandomNumbers()
      let parameters = shape.parameters(&random)
      let input = Buffer(random.map(shape.inputCount))
      let residual = shape.hasResidual ? [Buffer(random.map(shape.outputCount))] : []
      let output = Buffer(byteCount: shape.outputCount)
      return { set in
        let kernels = ConvolutionLayer.candidates(shape.geometry, parameters, in: set)
        return Candidate.layers(kernels, inputs: [input] + residual, output: output) { kernel in
          ConvolutionLayer(
            geometry: shape.geometry, parameters: parameters, kernels: set, workers: 1, kernel: kernel)
        }
      }
    }
  }

  /// Expansions with the depthwise convolution that follows: as one layer, and as two.
  static var blocks: [Workload] {
    [
      block(112, 16, 96, kernel: 3, stride: 2), block(56, 24, 144, kernel: 3, stride: 1),
      block(56, 24, 144, kernel: 5, stride: 2), block(28, 40, 240, kernel: 5, stride: 1),
      block(14, 80, 480, kernel: 3, stride: 1), block(14, 112, 672, kernel: 5, stride: 1),
      block(7, 192, 1152, kernel: 5, stride: 1),
    ]
  }

  private static func block(_ side: Int, _ inputs: Int, _ wide: Int, kernel: Int, stride: Int) -> Workload {
    let first = ConvolutionShape(side: side, inputs: inputs, outputs: wide)
    let second = ConvolutionShape.depthwise(side, wide, kernel: kernel, stride: stride)
    return Workload(
      family: "expand+depthwise", shape: "\(inputs)→\(wide) \(second.description)",
      work: .int8Products(first.products + second.products)
    ) {
      var random = RandomNumbers()
      let (expansion, depthwise) = (first.parameters(&random), second.parameters(&random))
      let input = Buffer(random.map(first.inputCount))
      let between = Buffer(byteCount: first.outputCount)
      let output = Buffer(byteCount: second.outputCount)
      return { set in
        let one = ExpandDepthwise(
          expansion: first.geometry, expansion, depthwise: second.geometry, depthwise, kernels: set,
          workers: 1)
        let layers = (
          ConvolutionLayer(geometry: first.geometry, parameters: expansion, kernels: set, workers: 1),
          ConvolutionLayer(geometry: second.geometry, parameters: depthwise, kernels: set, workers: 1)
        )
        let fused = LayerRun(one, inputs: [input], output: output)
        let expand = LayerRun(layers.0, inputs: [input], output: between)
        let convolve = LayerRun(layers.1, inputs: [between], output: output)
        return [
          Candidate(kernel: one.kernelName, isChosen: true, run: fused.run),
          Candidate(kernel: "\(layers.0.kernelName), \(layers.1.kernelName)", isChosen: false) {
            expand.run()
            convolve.run()
          },
        ]
      }
    }
  }
}
