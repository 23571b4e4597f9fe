import CFloatKernels
import Quant

/// The largest value or the mean under a sliding window. Padding never wins a maximum.
final class FloatPool: FloatWork {
  enum Kind: Sendable {
    case maximum
    case average(countsPadding: Bool)
  }

  private let output: Shape
  private let kind: Kind
  private let kernels: FloatKernelSet
  private let window: WindowPointers
  private let divisors: [Float]

  init(_ pooling: Pooling, _ input: Shape, _ output: Shape, kind: Kind, _ kernels: FloatKernelSet) {
    self.output = output
    self.kind = kind
    self.kernels = kernels
    window = WindowPointers(
      input: input, output: output, kernel: pooling.kernel, stride: pooling.stride, dilation: Size2D(1),
      padding: pooling.padding)
    divisors = Self.divisors(pooling, input, output, kind)
  }

  /// Taps that a mean divides by, a pixel: those inside the map, or with the padding, but not beyond it.
  private static func divisors(_ pooling: Pooling, _ input: Shape, _ output: Shape, _ kind: Kind) -> [Float] {
    guard case .average(let countsPadding) = kind else { return [] }
    func counts(_ outputs: Int, _ side: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ after: Int)
      -> [Int]
    {
      (0..<outputs).map { index in
        let start = index * stride - before
        return countsPadding
          ? min(start + kernel, side + after) - start : min(start + kernel, side) - max(start, 0)
      }
    }
    let rows = counts(
      output.height, input.height, pooling.kernel.height, pooling.stride.height, pooling.padding.top,
      pooling.padding.bottom)
    let columns = counts(
      output.width, input.width, pooling.kernel.width, pooling.stride.width, pooling.padding.left,
      pooling.padding.right)
    return rows.flatMap { row in columns.map { Float(row * $0) } }
  }

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    let channels = self.output.channels
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: window.taps) { table in
      guard let rows = table.baseAddress else { return }
      for pixel in 0..<self.output.height * self.output.width {
        let count = window.fillInside(table, input: inputs[0], pixel: pixel)
        let result = output + pixel * channels
        switch kind {
        case .maximum: kernels.kernels.pointee.maximum(rows, count, channels, result)
        case .average: kernels.kernels.pointee.average(rows, count, divisors[pixel], channels, result)
        }
      }
    }
  }
}

/// All pixels of a channel to one number: sums in row-major order, one division.
final class FloatGlobalPool: FloatWork {
  private let kind: GlobalPooling
  private let input: Shape
  private let kernels: FloatKernelSet

  init(_ kind: GlobalPooling, _ input: Shape, _ kernels: FloatKernelSet) {
    self.kind = kind
    self.input = input
    self.kernels = kernels
  }

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    let pixels = input.height * input.width
    let channels = input.channels
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: pixels) { table in
      guard let rows = table.baseAddress else { return }
      for pixel in 0..<pixels { table[pixel] = inputs[0] + pixel * channels }
      switch kind {
      case .maximum: kernels.kernels.pointee.maximum(rows, pixels, channels, output)
      case .average: kernels.kernels.pointee.average(rows, pixels, Float(pixels), channels, output)
      case .generalizedMean(let power): generalizedMean(inputs[0], output, power: power)
      }
    }
  }

  /// (mean of max(x, 0)ᵖ)^(1/p)
  private func generalizedMean(_ map: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, power: Int)
  {
    let pixels = input.height * input.width
    for channel in 0..<input.channels {
      var sum: Float = 0
      for pixel in 0..<pixels {
        let value = max(map[pixel * input.channels + channel], 0)
        sum +=
          power == 2 ? value * value : power == 3 ? value * value * value : value * value * (value * value)
      }
      let mean = sum / Float(pixels)
      switch power {
      case 2: output[channel] = mean.squareRoot()
      case 3: output[channel] = ElementaryFunctions.cubeRoot(mean)
      default: output[channel] = mean.squareRoot().squareRoot()
      }
    }
  }
}
