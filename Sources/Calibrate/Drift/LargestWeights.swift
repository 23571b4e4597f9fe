import Quant

extension QuantizedModel {
  /// Of each node, the largest magnitude of each output channel's weights as the model has them, in the units of the float
  /// weights: `|qW| · sW[o] / sIn[c]` (a convolution's weights have the input's scales absorbed); nil without weights.
  package var largestWeights: [[Float]?] {
    graph.nodes.map { node in
      switch node.parameters {
      case .convolution(let numbers):
        guard case .convolution(let convolution) = node.operation,
          let input = quantization[node.inputs[0]]
        else { return nil }
        return numbers.largest(convolution, inputScales: input.scales)
      case .dense(let numbers):
        let inputs = numbers.weights.count / max(numbers.weightScales.count, 1)
        return numbers.weights.withUnsafeBufferPointer { weights in
          numbers.weightScales.enumerated().map { output, scale in
            scale
              * Float(weights[output * inputs..<(output + 1) * inputs].reduce(0) { max($0, abs(Int($1))) })
          }
        }
      case .none, .affine, .slopes: return nil
      }
    }
  }
}

extension Int8Convolution {
  fileprivate func largest(_ convolution: Convolution, inputScales: [Float]) -> [Float] {
    let (products, channels) = (convolution.products, convolution.inputChannelsPerGroup)
    return weights.withUnsafeBufferPointer { weights in
      weightScales.enumerated().map { output, scale in
        let first = convolution.firstInput(of: output)
        var largest: Float = 0
        for (index, weight) in weights[output * products..<(output + 1) * products].enumerated() {
          largest = max(largest, Float(abs(Int(weight))) / inputScales[first + index % channels])
        }
        return largest * scale
      }
    }
  }
}
