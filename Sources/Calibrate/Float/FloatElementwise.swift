import CFloatKernels
import Quant

struct FloatElementwise: FloatWork {
  let count: Int
  let activation: FloatActivation

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    activation.apply(inputs[0], output, count: count)
  }
}

struct FloatAdd: FloatWork {
  let count: Int
  let activation: FloatActivation
  let kernels: FloatKernelSet

  init(count: Int, activation: FloatActivation, _ kernels: FloatKernelSet) {
    self.count = count
    self.activation = activation
    self.kernels = kernels
  }

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    kernels.kernels.pointee.add(inputs[0], inputs[1], activation.lower, activation.upper, output, count)
    activation.finish(output, count: count)
  }
}

struct FloatGate: FloatWork {
  let map: Shape
  let kernels: FloatKernelSet

  init(_ map: Shape, _ kernels: FloatKernelSet) {
    self.map = map
    self.kernels = kernels
  }

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    for start in stride(from: 0, to: map.elementCount, by: map.channels) {
      kernels.kernels.pointee.gate(inputs[0] + start, inputs[1], output + start, map.channels)
    }
  }
}

/// A batch normalization that has not been folded: (x − mean) / √(variance + epsilon) · gamma + beta.
struct FloatNormalization: FloatWork {
  private let statistics: BatchStatistics
  private let deviation: [Float]
  private let shape: Shape
  private let kernels: FloatKernelSet

  init(_ parameters: FloatParameters, epsilon: Float, shape: Shape, _ kernels: FloatKernelSet) throws {
    let channels = shape.channels
    guard let statistics = parameters.normalization,
      [statistics.mean, statistics.variance, statistics.gamma, statistics.beta].allSatisfy({
        $0.count == channels
      })
    else { throw InputError(.mismatch, "", "the batch normalization has not \(channels) of each statistic") }
    self.statistics = statistics
    deviation = statistics.variance.map { ($0 + epsilon).squareRoot() }
    self.shape = shape
    self.kernels = kernels
  }

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    statistics.mean.withUnsafeBufferPointer { mean in
      deviation.withUnsafeBufferPointer { deviation in
        statistics.gamma.withUnsafeBufferPointer { gamma in
          statistics.beta.withUnsafeBufferPointer { beta in
            var numbers = fk_normalization(
              mean: mean.baseAddress, deviation: deviation.baseAddress, gamma: gamma.baseAddress,
              beta: beta.baseAddress)
            for start in stride(from: 0, to: shape.elementCount, by: shape.channels) {
              kernels.kernels.pointee.normalize(&numbers, inputs[0] + start, output + start, shape.channels)
            }
          }
        }
      }
    }
  }
}

struct FloatConcatenate: FloatWork {
  let inputs: [Shape]

  init(_ inputs: [Shape]) { self.inputs = inputs }

  func run(inputs pointers: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    let channels = inputs.reduce(0) { $0 + $1.channels }
    for pixel in 0..<inputs[0].height * inputs[0].width {
      var position = output + pixel * channels
      for (shape, pointer) in zip(inputs, pointers) {
        position.update(from: pointer + pixel * shape.channels, count: shape.channels)
        position += shape.channels
      }
    }
  }
}

struct FloatPad: FloatWork {
  let padding: Padding
  let input: Shape
  let output: Shape

  init(_ padding: Padding, _ input: Shape, _ output: Shape) {
    self.padding = padding
    self.input = input
    self.output = output
  }

  func run(inputs: [UnsafePointer<Float>], output pixels: UnsafeMutablePointer<Float>) {
    pixels.update(repeating: 0, count: output.elementCount)
    let row = input.width * input.channels
    for y in 0..<input.height {
      let start = ((y + padding.top) * output.width + padding.left) * input.channels
      (pixels + start).update(from: inputs[0] + y * row, count: row)
    }
  }
}

struct FloatCopy: FloatWork {
  let count: Int

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    output.update(from: inputs[0], count: count)
  }
}

/// exp(x − max) over their sum, in index order.
struct FloatSoftmax: FloatWork {
  let count: Int
  let kernels: FloatKernelSet

  init(count: Int, _ kernels: FloatKernelSet) {
    self.count = count
    self.kernels = kernels
  }

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    var largest = -Float.infinity
    for index in 0..<count { largest = max(largest, inputs[0][index]) }
    for index in 0..<count { output[index] = inputs[0][index] - largest }
    var exponential = fk_activation(function: fk_exponential, slope: 0, lower: 0, upper: 0)
    kernels.kernels.pointee.activation(&exponential, output, output, count)
    var sum: Float = 0
    for index in 0..<count { sum += output[index] }
    for index in 0..<count { output[index] /= sum }
  }
}

/// A vector over its length: squares summed in Double, one division an element, rounded once. A zero vector stays zero.
struct FloatNormalizeLength: FloatWork {
  let count: Int

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    var sum = 0.0
    for index in 0..<count { sum += Double(inputs[0][index]) * Double(inputs[0][index]) }
    let length = sum.squareRoot()
    for index in 0..<count { output[index] = length > 0 ? Float(Double(inputs[0][index]) / length) : 0 }
  }
}
