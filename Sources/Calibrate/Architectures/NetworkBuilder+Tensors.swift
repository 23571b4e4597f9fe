import Quant

/// The state dictionary's tensors, their shapes checked.
extension NetworkBuilder {
  func tensor(_ name: String) throws -> FloatTensor {
    guard let tensor = state[name] else { throw InputError(.mismatch, name, "the tensor is missing") }
    return tensor
  }

  func vector(_ name: String, count: Int) throws -> [Float] {
    let tensor = try tensor(name)
    guard tensor.shape == [count] else { throw wrongShape(name, tensor, "[\(count)]") }
    return tensor.elements
  }

  func optionalVector(_ name: String, count: Int) throws -> [Float] {
    state[name] == nil ? [] : try vector(name, count: count)
  }

  func wrongShape(_ name: String, _ tensor: FloatTensor, _ expected: String) -> InputError {
    InputError(.mismatch, name, "its shape is \(tensor.shape), expected \(expected)")
  }

  /// [output][input][row][column] → [output][row][column][input]
  func outputInputToNHWC(_ tensor: FloatTensor) -> [Float] {
    let inputs = tensor.shape[1]
    let taps = tensor.shape[2] * tensor.shape[3]
    if inputs == 1 || taps == 1 { return tensor.elements }
    return [Float](unsafeUninitializedCapacity: tensor.elements.count) { buffer, count in
      var position = 0
      for output in 0..<tensor.shape[0] {
        for tap in 0..<taps {
          for input in 0..<inputs {
            buffer[position] = tensor.elements[(output * inputs + input) * taps + tap]
            position += 1
          }
        }
      }
      count = position
    }
  }
}
