import Quant

/// Appends a network's layers to a float graph, reading and checking their tensors.
struct NetworkBuilder {
  let state: StateDictionary
  let conventions: Conventions
  private(set) var graph: FloatGraph

  init(state: StateDictionary, conventions: Conventions, inputSize: Size2D) throws {
    self.state = state
    self.conventions = conventions
    graph = try FloatGraph(
      inputShape: .map(height: inputSize.height, width: inputSize.width, channels: 3))
  }

  /// How a convolution's channels are connected.
  enum Connection {
    case full
    case depthwise
    /// As many groups as the weights' input channels tell.
    case grouped
  }

  /// Convolution, batch normalization, activation; square kernel.
  mutating func convolution(
    _ names: ConvolutionNames, of input: ValueID, kernel: Int, stride: Int = 1,
    connection: Connection = .full, activation: Activation
  ) throws -> ValueID {
    try convolution(
      names, of: input, kernel: Size2D(kernel), stride: stride, connection: connection, activation: activation
    )
  }

  /// - Parameter padding: nil for what the conventions say.
  mutating func convolution(
    _ names: ConvolutionNames, of input: ValueID, kernel: Size2D, stride: Int = 1,
    connection: Connection = .full, padding: Padding? = nil, activation: Activation
  ) throws -> ValueID {
    let convolved = try linearConvolution(
      names.convolution, of: input, kernel: kernel, stride: stride, connection: connection, padding: padding)
    let normalized = try normalization(names.norm, of: convolved, epsilon: conventions.epsilon)
    return try activate(normalized, activation)
  }

  /// The convolution alone.
  mutating func linearConvolution(
    _ name: String, of input: ValueID, kernel: Size2D, stride: Int = 1, connection: Connection = .full,
    padding: Padding? = nil
  ) throws -> ValueID {
    let shape = graph.shapes[input]
    let weight = "\(name).weight"
    let tensor = try tensor(weight)
    let window = "\(kernel.height), \(kernel.width)"
    guard tensor.shape.count == 4, let outputs = tensor.shape.first, outputs > 0 else {
      throw wrongShape(weight, tensor, "[output, input, \(window)]")
    }
    let groups = try groups(connection, weight, tensor, inputs: shape.channels)
    guard tensor.shape == [outputs, shape.channels / groups, kernel.height, kernel.width],
      outputs % groups == 0
    else { throw wrongShape(weight, tensor, "[\(outputs), \(shape.channels / groups), \(window)]") }
    let attributes = Convolution(
      inputChannels: shape.channels, outputChannels: outputs, kernel: kernel, stride: Size2D(stride),
      padding: padding ?? self.padding(of: shape, kernel: kernel, stride: stride), groups: groups)
    let parameters = FloatParameters(
      weights: outputInputToNHWC(tensor), bias: try optionalVector("\(name).bias", count: outputs))
    return try graph.append(name, .convolution(attributes), inputs: [input], parameters: parameters)
  }

  private func groups(_ connection: Connection, _ name: String, _ tensor: FloatTensor, inputs: Int) throws
    -> Int
  {
    switch connection {
    case .full: return 1
    case .depthwise: return inputs
    case .grouped:
      let perGroup = tensor.shape[1]
      guard perGroup > 0, inputs % perGroup == 0 else {
        throw wrongShape(name, tensor, "\(inputs) input channels, or a part that divides them")
      }
      return inputs / perGroup
    }
  }

  private func padding(of shape: Shape, kernel: Size2D, stride: Int) -> Padding {
    switch conventions.padding {
    case .symmetric:
      let (vertical, horizontal) = ((kernel.height - 1) / 2, (kernel.width - 1) / 2)
      return Padding(top: vertical, left: horizontal, bottom: vertical, right: horizontal)
    case .same:
      return Padding.same(
        input: Size2D(height: shape.height, width: shape.width), kernel: kernel, stride: Size2D(stride))
    }
  }

  mutating func normalization(_ name: String, of input: ValueID, epsilon: Float) throws -> ValueID {
    let channels = graph.shapes[input].channels
    let variance = try vector("\(name).running_var", count: channels)
    guard variance.allSatisfy({ $0 >= 0 }) else {
      throw InputError(.malformed, "\(name).running_var", "a variance is negative")
    }
    let statistics = BatchStatistics(
      mean: try vector("\(name).running_mean", count: channels), variance: variance,
      gamma: try vector("\(name).weight", count: channels), beta: try vector("\(name).bias", count: channels))
    return try graph.append(
      name, .batchNormalization(epsilon: epsilon), inputs: [input],
      parameters: FloatParameters(normalization: statistics))
  }

  /// A fully connected layer; its weights may also be those of a 1×1 convolution.
  mutating func dense(_ name: String, of input: ValueID, activation: Activation = .identity) throws -> ValueID
  {
    let inputs = graph.shapes[input].channels
    let tensor = try tensor("\(name).weight")
    guard let outputs = tensor.shape.first, outputs > 0,
      tensor.shape == [outputs, inputs] || tensor.shape == [outputs, inputs, 1, 1]
    else { throw wrongShape("\(name).weight", tensor, "[outputs, \(inputs)]") }
    let bias = try optionalVector("\(name).bias", count: outputs)
    return try graph.append(
      name, .dense(Dense(inputs: inputs, outputs: outputs, activation: activation)), inputs: [input],
      parameters: FloatParameters(weights: tensor.elements, bias: bias))
  }

  /// A node named after the one it follows.
  mutating func activate(_ input: ValueID, _ activation: Activation) throws -> ValueID {
    if activation == .identity { return input }
    let suffix =
      switch activation {
      case .relu: "relu"
      case .relu6: "relu6"
      case .silu: "silu"
      default: "activation"
      }
    return try graph.append(
      "\(graph.name(of: input)).\(suffix)", .activation(activation), inputs: [input], parameters: .none)
  }

  mutating func append(_ name: String, _ operation: Operation, _ inputs: ValueID...) throws -> ValueID {
    try graph.append(name, operation, inputs: inputs, parameters: .none)
  }

  mutating func concatenate(_ name: String, _ values: [ValueID]) throws -> ValueID {
    try graph.append(name, .concatenate, inputs: values, parameters: .none)
  }

  /// Max pooling by `ceilingPooling`.
  mutating func ceilingPool(_ name: String, kernel: Int, of input: ValueID) throws -> ValueID {
    try append(name, .maxPool(ceilingPooling(kernel: kernel, of: shape(of: input))), input)
  }

  /// Stride 2 without padding, the last window may reach over the bottom and right edge: PyTorch's `ceil_mode`, Caffe's
  /// only one.
  func ceilingPooling(kernel: Int, of map: Shape) -> Pooling {
    func overhang(_ side: Int) -> Int { max(side - kernel + 1, 0) / 2 * 2 + kernel - side }
    return Pooling(
      kernel: Size2D(kernel), stride: Size2D(2),
      padding: Padding(top: 0, left: 0, bottom: overhang(map.height), right: overhang(map.width)))
  }

  mutating func addOutput(_ name: String, _ value: ValueID) throws { try graph.addOutput(name, value) }

  func shape(of value: ValueID) -> Shape { graph.shapes[value] }
}
