import Calibrate
import Quant

/// Float graphs computed by the plain definition of every operation that the importers emit: a second author for the float
/// reference, which folds, fuses and vectorizes.
struct PlainEvaluator {
  let graph: FloatGraph

  /// Every output by name. `input` is NHWC.
  func outputs(of input: [Float]) throws -> [String: [Float]] {
    var values: [[Float]] = [input]
    let lastUse = graph.consumers.map { $0.last ?? -1 }
    let kept = Set(graph.outputs.map(\.value))
    for (index, node) in graph.nodes.enumerated() {
      values.append(
        try evaluate(
          node, node.inputs.map { values[$0] }, node.inputs.map { graph.shapes[$0] }, graph.shapes[index + 1])
      )
      for value in node.inputs where lastUse[value] == index && !kept.contains(value) { values[value] = [] }
    }
    return Dictionary(uniqueKeysWithValues: graph.outputs.map { ($0.name, values[$0.value]) })
  }

  private func evaluate(
    _ node: FloatGraph.Node, _ inputs: [[Float]], _ shapes: [Shape], _ result: Shape
  ) throws -> [Float] {
    switch node.operation {
    case .convolution(let convolution):
      return convolve(convolution, node.parameters, inputs[0], shapes[0], result)
    case .batchNormalization(let epsilon):
      guard let statistics = node.parameters.normalization else { throw unsupported(node) }
      return normalize(inputs[0], statistics, epsilon)
    case .dense(let dense):
      return (0..<dense.outputs).map { output in
        var sum = node.parameters.bias.isEmpty ? 0 : node.parameters.bias[output]
        for index in 0..<dense.inputs {
          sum += inputs[0][index] * node.parameters.weights[output * dense.inputs + index]
        }
        return apply(dense.activation, sum)
      }
    case .maxPool(let pooling): return maxPool(pooling, inputs[0], shapes[0], result)
    case .averagePool(let pooling, let countsPadding):
      return averagePool(pooling, countsPadding, inputs[0], shapes[0], result)
    case .concatenate:
      return (0..<result.height * result.width).flatMap { pixel in
        zip(inputs, shapes).flatMap { $0[pixel * $1.channels..<(pixel + 1) * $1.channels] }
      }
    case .globalPool(.average):
      let channels = shapes[0].channels
      var sums = [Double](repeating: 0, count: channels)
      for (index, value) in inputs[0].enumerated() { sums[index % channels] += Double(value) }
      return sums.map { Float($0 / Double(shapes[0].height * shapes[0].width)) }
    case .add(let activation): return zip(inputs[0], inputs[1]).map { apply(activation, $0 + $1) }
    case .gate:
      let channels = result.channels
      return inputs[0].indices.map { inputs[0][$0] * inputs[1][$0 % channels] }
    case .activation(let activation): return inputs[0].map { apply(activation, $0) }
    default: throw unsupported(node)
    }
  }

  private func unsupported(_ node: FloatGraph.Node) -> InputError {
    InputError(.unsupported, node.name, "the plain evaluator does not compute it")
  }

  private func apply(_ activation: Activation, _ x: Float) -> Float {
    switch activation {
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .silu: x / (1 + exponential(-x))
    case .sigmoid: 1 / (1 + exponential(-x))
    case .hardSwish: x * min(max(x + 3, 0), 6) / 6
    case .hardSigmoid: min(max(x + 3, 0), 6) / 6
    default: x
    }
  }

  private func normalize(_ x: [Float], _ statistics: BatchStatistics, _ epsilon: Float) -> [Float] {
    let channels = statistics.mean.count
    let factors = (0..<channels).map {
      statistics.gamma[$0] / (statistics.variance[$0] + epsilon).squareRoot()
    }
    return x.indices.map { index in
      let channel = index % channels
      return (x[index] - statistics.mean[channel]) * factors[channel] + statistics.beta[channel]
    }
  }

  private func convolve(
    _ convolution: Convolution, _ parameters: FloatParameters, _ x: [Float], _ shape: Shape, _ result: Shape
  ) -> [Float] {
    let outputs = convolution.outputChannels / convolution.groups
    let inputs = convolution.inputChannelsPerGroup
    let taps = convolution.kernel.height * convolution.kernel.width
    // [group][tap][input][output], so that the inner loop runs over outputs
    var weights = [Float](repeating: 0, count: parameters.weights.count)
    for output in 0..<convolution.outputChannels {
      for tap in 0..<taps {
        for input in 0..<inputs {
          let group = output / outputs
          weights[((group * taps + tap) * inputs + input) * outputs + output % outputs] =
            parameters.weights[(output * taps + tap) * inputs + input]
        }
      }
    }
    var y = [Float](repeating: 0, count: result.elementCount)
    y.withUnsafeMutableBufferPointer { y in
      x.withUnsafeBufferPointer { x in
        weights.withUnsafeBufferPointer { weights in
          for row in 0..<result.height {
            for column in 0..<result.width {
              let target = (row * result.width + column) * convolution.outputChannels
              for tap in 0..<taps {
                let sourceRow =
                  row * convolution.stride.height - convolution.padding.top + tap / convolution.kernel.width
                let sourceColumn =
                  column * convolution.stride.width - convolution.padding.left + tap
                  % convolution.kernel.width
                guard (0..<shape.height).contains(sourceRow), (0..<shape.width).contains(sourceColumn) else {
                  continue
                }
                let source = (sourceRow * shape.width + sourceColumn) * shape.channels
                for group in 0..<convolution.groups {
                  for input in 0..<inputs {
                    let value = x[source + group * inputs + input]
                    let first = ((group * taps + tap) * inputs + input) * outputs
                    for output in 0..<outputs {
                      y[target + group * outputs + output] += value * weights[first + output]
                    }
                  }
                }
              }
            }
          }
        }
      }
    }
    if !parameters.bias.isEmpty {
      for index in y.indices { y[index] += parameters.bias[index % convolution.outputChannels] }
    }
    return y
  }

  private func maxPool(_ pooling: Pooling, _ x: [Float], _ shape: Shape, _ result: Shape) -> [Float] {
    pool(pooling, shape, result) { window in window.reduce(-Float.infinity) { max($0, x[$1]) } }
  }

  private func averagePool(
    _ pooling: Pooling, _ countsPadding: Bool, _ x: [Float], _ shape: Shape, _ result: Shape
  ) -> [Float] {
    pool(pooling, shape, result) { window in
      let count = countsPadding ? pooling.kernel.height * pooling.kernel.width : window.count
      return window.reduce(0) { $0 + x[$1] } / Float(count)
    }
  }

  /// What `value` makes of the places of each window that are not padding.
  private func pool(
    _ pooling: Pooling, _ shape: Shape, _ result: Shape, value: ([Int]) -> Float
  ) -> [Float] {
    (0..<result.elementCount).map { index in
      let channel = index % result.channels
      let column = index / result.channels % result.width
      let row = index / result.channels / result.width
      var window: [Int] = []
      for tap in 0..<pooling.kernel.height * pooling.kernel.width {
        let sourceRow = row * pooling.stride.height - pooling.padding.top + tap / pooling.kernel.width
        let sourceColumn = column * pooling.stride.width - pooling.padding.left + tap % pooling.kernel.width
        guard (0..<shape.height).contains(sourceRow), (0..<shape.width).contains(sourceColumn) else {
          continue
        }
        window.append((sourceRow * shape.width + sourceColumn) * shape.channels + channel)
      }
      return value(window)
    }
  }
}
