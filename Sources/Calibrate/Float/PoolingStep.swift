import CFloatKernels
import Int8Kernels
import Quant

/// Max and average pooling over windows, and over the whole map.
///
/// Average: the taps that are not padding, summed in (kh, kw) order from 0, divided once by their number, or by the
/// window's area where padding counts.
struct PoolingStep: FloatStep {
  enum Kind: Sendable {
    case maximum
    case average(countsPadding: Bool)
  }

  private let kernels: FloatKernelSet
  private let kind: Kind
  private let window: WindowRows
  private let channels: Int
  private let pixels: Tiling

  init(_ kind: Kind, _ pooling: Pooling, input: Shape, output: Shape, kernels: FloatKernelSet) {
    self.kernels = kernels
    self.kind = kind
    window = WindowRows(
      input: input, output: output, kernel: pooling.kernel, stride: pooling.stride, padding: pooling.padding)
    channels = input.channels
    pixels = Tiling(count: output.height * output.width, tileSize: max(1, 16_384 / channels))
  }

  /// One window over the whole map.
  init(global kind: Kind, input: Shape, kernels: FloatKernelSet) {
    let size = Size2D(height: input.height, width: input.width)
    self.init(
      kind, Pooling(kernel: size, stride: Size2D(1)), input: input,
      output: .map(height: 1, width: 1, channels: input.channels), kernels: kernels)
  }

  var tileCount: Int { pixels.tileCount }
  var scratchByteCount: Int { window.taps * MemoryLayout<UnsafePointer<Float>>.stride }

  func run(tile: Int, _ buffers: FloatBuffers) {
    let rows = buffers.scratch.assumingMemoryBound(to: UnsafePointer<Float>.self)
    for pixel in pixels.range(tile) {
      let count = window.writeInside(pixel, of: buffers.inputs[0], to: rows)
      let output = buffers.output + pixel * channels
      switch kind {
      case .maximum: kernels.pointer.pointee.maximum(rowPointers(rows), count, channels, output)
      case .average(let countsPadding):
        let divisor = Float(countsPadding ? window.taps : count)
        kernels.pointer.pointee.average(rowPointers(rows), count, divisor, channels, output)
      }
    }
  }
}

/// (mean of max(x, 0)ᵖ)^(1/p) of every channel, p in 2, 3, 4: products and sums in Float in pixel order, one division,
/// roots by √ and `cubeRoot`.
struct GeneralizedMeanStep: FloatStep {
  let power: Int
  let pixels: Int
  let channels: Int

  func run(tile: Int, _ buffers: FloatBuffers) {
    let map = buffers.inputs[0]
    for channel in 0..<channels {
      var sum: Float = 0
      for pixel in 0..<pixels {
        let value = map[pixel * channels + channel]
        let base = value < 0 ? 0 : value
        let square = base * base
        sum += power == 2 ? square : power == 3 ? square * base : square * square
      }
      buffers.output[channel] = root(sum / Float(pixels))
    }
  }

  private func root(_ mean: Float) -> Float {
    switch power {
    case 2: mean.squareRoot()
    case 3: cubeRoot(mean)
    default: mean.squareRoot().squareRoot()
    }
  }
}
