import CInt8Kernels

/// The numbers of a fully connected layer on Float vectors.
package struct DenseParameters: Sendable {
  /// `[output][input]`, −127…127.
  package var weights: Int8Weights
  /// One an output.
  package var weightScales: [Float]
  package var bias: [Float]
  package var activation: VectorActivation

  package init(
    weights: Int8Weights, weightScales: [Float], bias: [Float], activation: VectorActivation = .identity
  ) {
    self.weights = weights
    self.weightScales = weightScales
    self.bias = bias
    self.activation = activation
  }

  package init(
    weights: [Int8], weightScales: [Float], bias: [Float], activation: VectorActivation = .identity
  ) {
    self.init(
      weights: Int8Weights(weights), weightScales: weightScales, bias: bias, activation: activation)
  }
}

/// `y[o] = activation(fma(acc, weightScales[o], bias[o]))`, `acc = fma(x[i], f32(weights[o][i]), acc)` from 0
/// in index order.
///
/// inputs: a vector. output: a vector. A tile is some panels of outputs, at least 16 Ki products.
package final class DenseLayer: LayerKernel {
  private let inputs: Int
  private let kernel: MicroKernel
  private let layout: PanelLayout
  private let panelsPerTile: Int
  private let panels: AlignedArray<Int8>
  private let scales: AlignedArray<Float>
  private let biases: AlignedArray<Float>
  private let activation: VectorActivation
  private let sigmoid: MicroKernel

  package init(
    inputs: Int, outputs: Int, parameters: DenseParameters, kernels: KernelSet, kernel: MicroKernel? = nil
  ) {
    precondition(
      parameters.weights.count == inputs * outputs && parameters.weightScales.count == outputs
        && parameters.bias.count == outputs)
    self.inputs = inputs
    let kernel = kernel ?? MicroKernel.kernel(for: i8k_operation_dense, in: kernels)
    let layout = PanelLayout(groups: 1, outputsPerGroup: outputs, nr: kernel.nr)
    panels = AlignedArray(count: layout.panelCount * inputs * kernel.nr) { memory in
      let nr = kernel.nr
      parameters.weights.withUnsafeBufferPointer { weights in
        for panel in 0..<layout.panelCount {
          for (lane, output) in layout.channels(of: panel).enumerated() {
            let (row, place) = (output * inputs, memory + panel * inputs * nr + lane)
            for input in 0..<inputs { place[input * nr] = weights[row + input] }
          }
        }
      }
    }
    scales = layout.arrange(parameters.weightScales, idle: 0)
    biases = layout.arrange(parameters.bias, idle: 0)
    panelsPerTile = max(1, min(layout.panelCount, (16 << 10) / max(1, inputs * kernel.nr)))
    self.kernel = kernel
    self.layout = layout
    activation = parameters.activation
    sigmoid = .kernel(for: i8k_operation_sigmoid, in: kernels)
  }

  package var kernelName: String { kernel.name }
  package func kernelReason(in kernels: KernelSet) -> String { kernel.reason(in: kernels) }
  package var tileCount: Int { layout.panelCount.dividedRoundingUp(by: panelsPerTile) }
  package var scratchByteCount: Int { 0 }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let first = tile * panelsPerTile
    for panel in first..<min(layout.panelCount, first + panelsPerTile) {
      let outputs = layout.channels(of: panel)
      var arguments = i8k_dense_arguments(
        input: buffers.vector(0), inputs: inputs, panel: panels.base + panel * inputs * layout.nr,
        scales: scales.base + panel * layout.nr, biases: biases.base + panel * layout.nr,
        output: buffers.outputVector + outputs.lowerBound, outputs: outputs.count)
      kernel.entry.pointee.run.dense(&arguments)
      let place = buffers.outputVector + outputs.lowerBound
      activation.apply(place, place, count: outputs.count, from: outputs.lowerBound, sigmoid: sigmoid)
    }
  }
}
