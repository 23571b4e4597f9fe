import Quant

/// Tries representations of one map on samples and says how far its consumers' results move.
struct RangeJudge {
  let graph: FloatGraph
  let plan: SamplingPlan
  let observations: [PhotoObservation]

  /// The squared error of all views' results over their energy, photo by photo, its mean over the photos, summed over
  /// the views: smaller is better. So a photo of strong activations has one vote, like any other.
  func error(of value: ValueID, quantization: ChannelQuantization, photos: [Int]) throws -> Double {
    var total = 0.0
    for index in plan.viewsJudging[value] {
      let view = plan.views[index]
      switch view.kind {
      case .direct: total += directError(view: index, quantization: quantization, photos: photos)
      case .convolution(let node):
        total += try convolutionError(view: index, node: node, quantization: quantization, photos: photos)
      }
    }
    return total
  }

  private func directError(view: Int, quantization: ChannelQuantization, photos: [Int]) -> Double {
    var errors = PhotoErrors()
    for photo in photos {
      let exact = observations[photo].samples[view]
      var elements = Array(exact)
      elements.withUnsafeMutableBufferPointer { quantization.quantize($0) }
      var error = 0.0
      var energy = 0.0
      for (index, value) in exact.enumerated() {
        let channel = index % quantization.channels
        let difference = Double(elements[index] * quantization.scales[channel]) - Double(value)
        error += difference * difference
        energy += Double(value) * Double(value)
      }
      errors.append(error: error, energy: energy)
    }
    return errors.mean
  }

  private func convolutionError(view: Int, node: Int, quantization: ChannelQuantization, photos: [Int]) throws
    -> Double
  {
    let node = graph.nodes[node]
    guard case .convolution(let convolution) = node.operation else { return 0 }
    var patches = gather(view: view, convolution: convolution, photos: photos)
    let exact = try Self.results(of: node, convolution, weights: node.parameters.weights, on: patches)
    patches.withUnsafeMutableBufferPointer { quantization.quantize($0) }
    let weights = WeightQuantizer.roundTrip(
      convolution, weights: node.parameters.weights, inputScales: quantization.scales)
    let quantized = try Self.results(of: node, convolution, weights: weights, on: patches)
    // The patches of one photo stand side by side, as many of each.
    let share = exact.count / max(photos.count, 1)
    var errors = PhotoErrors()
    for start in photos.indices.map({ $0 * share }) {
      var error = 0.0
      var energy = 0.0
      for index in start..<start + share {
        let difference = Double(exact[index]) - Double(quantized[index])
        error += difference * difference
        energy += Double(exact[index]) * Double(exact[index])
      }
      errors.append(error: error, energy: energy)
    }
    return errors.mean
  }

  /// The photos' patches side by side as one map of kernel.height × (patches · kernel.width).
  private func gather(view: Int, convolution: Convolution, photos: [Int]) -> [Float] {
    let row = convolution.kernel.width * convolution.inputChannels
    let width = plan.views[view].width
    var result: [Float] = []
    for ky in 0..<convolution.kernel.height {
      for photo in photos {
        let samples = observations[photo].samples[view]
        for start in stride(from: ky * row, to: samples.count, by: width) {
          result.append(contentsOf: samples[start..<start + row])
        }
      }
    }
    return result
  }

  /// The activated results of a convolution over patches that `gather` laid side by side.
  private static func results(
    of node: FloatGraph.Node, _ convolution: Convolution, weights: [Float], on patches: [Float]
  ) throws -> [Float] {
    let kernel = convolution.kernel
    let width = patches.count / kernel.height / convolution.inputChannels
    var single = Convolution(
      inputChannels: convolution.inputChannels, outputChannels: convolution.outputChannels, kernel: kernel,
      stride: kernel, groups: convolution.groups)
    // With a residual, what follows the sum is not this convolution's alone.
    if !convolution.hasResidual { single.activation = convolution.activation }
    var parameters = node.parameters
    parameters.weights = weights
    var graph = try FloatGraph(
      inputShape: .map(height: kernel.height, width: width, channels: convolution.inputChannels))
    let result = try graph.append(node.name, .convolution(single), inputs: [0], parameters: parameters)
    let layer = try FloatLayer(
      node: graph.nodes[0], inputShapes: [graph.shapes[0]], outputShape: graph.shapes[result])
    return layer.run([patches])
  }
}

extension ChannelQuantization {
  /// Replaces NHWC elements by `q − zeroPoint`, a whole number each.
  ///
  /// Rounds to nearest even by adding and subtracting 1.5 · 2²³, which is exact for the clamped quotients.
  func quantize(_ elements: UnsafeMutableBufferPointer<Float>) {
    let inverse = scales.map { 1 / $0 }
    let lower = zeroPoints.map { Float(-128 - Int($0)) }
    let upper = zeroPoints.map { Float(127 - Int($0)) }
    let magic: Float = 0x1.8p23
    for start in stride(from: 0, to: elements.count, by: channels) {
      for channel in 0..<channels {
        let scaled = elements[start + channel] * inverse[channel]
        let bounded =
          scaled < lower[channel] ? lower[channel] : scaled > upper[channel] ? upper[channel] : scaled
        elements[start + channel] = (bounded + magic) - magic
      }
    }
  }
}
