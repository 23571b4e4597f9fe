import CInt8Kernels

/// A layer on Float vectors: too little work to share out.
package protocol VectorLayer: LayerKernel {}

extension VectorLayer {
  package var tileCount: Int { 1 }
  package var scratchByteCount: Int { 0 }
}

/// An activation over a Float vector.
package final class VectorActivationLayer: VectorLayer {
  private let count: Int
  private let activation: VectorActivation
  private let sigmoid: MicroKernel

  /// - Parameter kernel: the one for sigmoids, instead of the one that pays.
  package init(count: Int, activation: VectorActivation, kernels: KernelSet, kernel: MicroKernel? = nil) {
    self.count = count
    self.activation = activation
    sigmoid = kernel ?? .kernel(for: i8k_operation_sigmoid, in: kernels)
  }

  package var kernelName: String {
    switch activation {
    case .sigmoid, .silu: sigmoid.name
    default: "vector_activation"
    }
  }

  package func kernelReason(in kernels: KernelSet) -> String {
    kernelName == sigmoid.name ? sigmoid.reason(in: kernels) : ""
  }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    activation.apply(buffers.vector(0), buffers.outputVector, count: count, from: 0, sigmoid: sigmoid)
  }
}

/// activation(a + b) of two Float vectors.
package final class VectorAddLayer: VectorLayer {
  private let count: Int
  private let activation: VectorActivation

  package init(count: Int, activation: VectorActivation = .identity) {
    self.count = count
    self.activation = activation
  }

  package var kernelName: String { "vector_add" }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let (a, b) = (buffers.vector(0), buffers.vector(1))
    for index in 0..<count { buffers.outputVector[index] = activation(a[index] + b[index], at: index) }
  }
}

/// `x · factor + offset` of a Float vector, one factor and offset an element: one product, one sum.
package final class VectorAffineLayer: VectorLayer {
  private let factor: [Float]
  private let offset: [Float]

  /// - Precondition: as many factors as offsets.
  package init(factor: [Float], offset: [Float]) {
    precondition(factor.count == offset.count)
    self.factor = factor
    self.offset = offset
  }

  package var kernelName: String { "vector_affine" }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let x = buffers.vector(0)
    for index in factor.indices { buffers.outputVector[index] = x[index] * factor[index] + offset[index] }
  }
}

/// Float vectors one after the other.
package final class VectorConcatenateLayer: VectorLayer {
  private let parts: [Int]

  /// - Parameter parts: elements of each input.
  package init(parts: [Int]) { self.parts = parts }

  package var kernelName: String { "vector_concatenate" }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    var destination = buffers.output
    for index in parts.indices {
      let byteCount = parts[index] * MemoryLayout<Float>.stride
      destination.copyMemory(from: buffers.inputs[index], byteCount: byteCount)
      destination += byteCount
    }
  }
}

/// `e[i] = exponential(x[i] − max x)`, `y[i] = e[i] / Σ e` with the sum in Float in index order.
package final class SoftmaxLayer: VectorLayer {
  private let count: Int

  package init(count: Int) { self.count = count }

  package var kernelName: String { "softmax" }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let (x, y) = (buffers.vector(0), buffers.outputVector)
    var largest = -Float.infinity
    for index in 0..<count { largest = max(largest, x[index]) }
    var sum: Float = 0
    for index in 0..<count {
      y[index] = exponential(x[index] - largest)
      sum += y[index]
    }
    for index in 0..<count { y[index] /= sum }
  }
}

/// A vector divided by its length: the sum of squares in Double in index order, its square root, one division
/// an element in Double, rounded once to Float. A zero vector stays zero.
package final class NormalizeLayer: VectorLayer {
  private let count: Int

  package init(count: Int) { self.count = count }

  package var kernelName: String { "normalize" }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let x = buffers.vector(0)
    var sum = 0.0
    for index in 0..<count { sum += Double(x[index]) * Double(x[index]) }
    let length = sum.squareRoot()
    for index in 0..<count { buffers.outputVector[index] = length > 0 ? Float(Double(x[index]) / length) : 0 }
  }
}
