import CFloatKernels
import Quant

/// A depthwise convolution, a pixel at a time, vectorized over channels.
struct DepthwiseStep: FloatStep {
  private let kernels: FloatKernelSet
  private let window: WindowRows
  private let channels: Int
  /// [tap][channel]
  private let weights: FloatBuffer
  private let bias: FloatBuffer?
  private let hasResidual: Bool
  private let activation: FloatActivation
  private let zeros: FloatBuffer
  private let pixels: Tiling

  init(
    _ convolution: Convolution, parameters: FloatParameters, input: Shape, output: Shape,
    kernels: FloatKernelSet
  ) throws {
    self.kernels = kernels
    window = WindowRows(
      input: input, output: output, kernel: convolution.kernel, stride: convolution.stride,
      dilation: convolution.dilation, padding: convolution.padding)
    channels = convolution.outputChannels
    let (taps, channels) = (window.taps, channels)
    weights = FloatBuffer(count: taps * channels) { target in
      for channel in 0..<channels {
        for tap in 0..<taps { target[tap * channels + channel] = parameters.weights[channel * taps + tap] }
      }
    }
    bias = FloatBuffer.optional(parameters.bias)
    hasResidual = convolution.hasResidual
    activation = try FloatActivation(
      convolution.activation, slopes: parameters.slopes, channels: channels)
    zeros = FloatBuffer(zeros: channels)
    pixels = Tiling(count: output.height * output.width, tileSize: max(1, 16_384 / channels))
  }

  var tileCount: Int { pixels.tileCount }
  var scratchByteCount: Int { window.taps * MemoryLayout<UnsafePointer<Float>>.stride }

  func run(tile: Int, _ buffers: FloatBuffers) {
    let range = pixels.range(tile)
    let rows = buffers.scratch.assumingMemoryBound(to: UnsafePointer<Float>.self)
    var pixel = fk_depthwise_pixel()
    pixel.rows = rowPointers(rows)
    pixel.taps = window.taps
    pixel.channels = channels
    pixel.weights = weights.pointer
    pixel.bias = bias?.pointer
    pixel.lower = activation.lower
    pixel.upper = activation.upper
    for index in range {
      window.write(index, of: buffers.inputs[0], padding: zeros.pointer, to: rows, step: 1)
      pixel.output = buffers.output + index * channels
      pixel.residual = hasResidual ? buffers.inputs[1] + index * channels : nil
      kernels.pointer.pointee.depthwise(&pixel)
    }
    activation.applyFunction(
      kernels, buffers.output + range.lowerBound * channels, rows: range.count, channels: channels,
      stride: channels)
  }
}
