import CFloatKernels
import Quant

/// Operations a pixel or an element at a time, in tiles of whole pixels.
struct ElementwiseStep: FloatStep {
  enum Kind: Sendable {
    case add(FloatActivation)
    case gate
    case activation(FloatActivation)
    case normalization(mean: FloatBuffer, deviation: FloatBuffer, gamma: FloatBuffer, beta: FloatBuffer)
    case copy
  }

  private let kernels: FloatKernelSet
  private let kind: Kind
  private let channels: Int
  private let pixels: Tiling

  init(_ kind: Kind, shape: Shape, kernels: FloatKernelSet) {
    self.kernels = kernels
    self.kind = kind
    channels = shape.channels
    pixels = Tiling(count: shape.elementCount / channels, tileSize: max(1, 16_384 / channels))
  }

  /// deviation = √(variance + epsilon), in Float.
  static func normalization(_ statistics: BatchStatistics, epsilon: Float) -> Kind {
    .normalization(
      mean: FloatBuffer(statistics.mean),
      deviation: FloatBuffer(statistics.variance.map { ($0 + epsilon).squareRoot() }),
      gamma: FloatBuffer(statistics.gamma), beta: FloatBuffer(statistics.beta))
  }

  var tileCount: Int { pixels.tileCount }

  func run(tile: Int, _ buffers: FloatBuffers) {
    let range = pixels.range(tile)
    let at = range.lowerBound * channels
    let count = range.count * channels
    let input = buffers.inputs[0] + at
    let output = buffers.output + at
    let table = kernels.pointer.pointee
    switch kind {
    case .copy: output.update(from: input, count: count)
    case .activation(let activation):
      activation.apply(kernels, from: input, to: output, rows: range.count, channels: channels)
    case .add(let activation):
      table.add(input, buffers.inputs[1] + at, activation.lower, activation.upper, output, count)
      activation.applyFunction(
        kernels, output, rows: range.count, channels: channels, stride: channels)
    case .gate:
      for pixel in 0..<range.count {
        table.gate(input + pixel * channels, buffers.inputs[1], output + pixel * channels, channels)
      }
    case .normalization(let mean, let deviation, let gamma, let beta):
      var numbers = fk_normalization(
        mean: mean.pointer, deviation: deviation.pointer, gamma: gamma.pointer, beta: beta.pointer)
      for pixel in 0..<range.count {
        table.normalize(&numbers, input + pixel * channels, output + pixel * channels, channels)
      }
    }
  }
}
