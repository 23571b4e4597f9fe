import CFloatKernels
import Quant

/// e^(x − max) / Σ e^(x − max), the sum in index order.
struct SoftmaxStep: FloatStep {
  let count: Int
  let kernels: FloatKernelSet

  func run(tile: Int, _ buffers: FloatBuffers) {
    let (input, output) = (buffers.inputs[0], buffers.output)
    var largest = input[0]
    for index in 1..<max(count, 1) where input[index] > largest { largest = input[index] }
    for index in 0..<count { output[index] = input[index] - largest }
    var exponential = fk_activation(function: fk_exponential, slope: 0, lower: 0, upper: 0)
    kernels.pointer.pointee.activation(&exponential, output, output, count)
    var sum: Float = 0
    for index in 0..<count { sum += output[index] }
    for index in 0..<count { output[index] /= sum }
  }
}

/// x / √Σx²: squares and sum in Double in index order, one division an element, rounded once to Float; a zero vector
/// stays zero.
struct NormalizeStep: FloatStep {
  let count: Int

  func run(tile: Int, _ buffers: FloatBuffers) {
    var sum = 0.0
    for index in 0..<count {
      let value = Double(buffers.inputs[0][index])
      sum += value * value
    }
    let length = sum.squareRoot()
    for index in 0..<count {
      buffers.output[index] = length > 0 ? Float(Double(buffers.inputs[0][index]) / length) : 0
    }
  }
}
