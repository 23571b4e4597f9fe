extension Operation {
  /// The result's shape, after checking that the attributes are in range and fit `inputs`.
  ///
  /// - Throws: `InputError` without a subject; `Graph.append` names the node.
  public func resultShape(of inputs: [Shape]) throws -> Shape {
    switch self {
    case .convolution(let convolution):
      let result = try convolution.resultShape(of: expectMap(inputs, count: convolution.hasResidual ? 2 : 1))
      if convolution.hasResidual, inputs[1] != result {
        throw InputError(.mismatch, "", "its residual is \(inputs[1]), its result \(result)")
      }
      return result
    case .dense(let dense):
      let count = try expectVector(inputs, count: 1)
      guard dense.inputs == count, dense.outputs > 0 else {
        throw InputError(.mismatch, "", "a dense layer of \(dense.inputs) inputs is given \(count)")
      }
      return .vector(dense.outputs)
    case .batchNormalization(let epsilon):
      guard epsilon >= 0, epsilon < 1 else { throw InputError(.malformed, "", "its epsilon is \(epsilon)") }
      return try expectOne(inputs)
    case .maxPool(let pooling), .averagePool(let pooling, _):
      return try pooling.resultShape(of: expectMap(inputs, count: 1))
    case .globalPool(let kind):
      if case .generalizedMean(let power) = kind, !(2...4).contains(power) {
        throw InputError(.unsupported, "", "its power is \(power)", remedy: "2, 3 and 4 are computed")
      }
      return .vector(try expectMap(inputs, count: 1).channels)
    case .add:
      guard inputs.count == 2, inputs[0] == inputs[1] else {
        throw InputError(.mismatch, "", "it adds \(inputs.map(\.description).joined(separator: " and "))")
      }
      return inputs[0]
    case .gate:
      guard inputs.count == 2, inputs[0].isMap, !inputs[1].isMap, inputs[0].channels == inputs[1].channels
      else {
        throw InputError(
          .mismatch, "",
          "it multiplies \(inputs.map(\.description).joined(separator: " by ")), not a map by a gate a channel"
        )
      }
      return inputs[0]
    case .activation:
      return try expectOne(inputs)
    case .concatenate:
      return try concatenatedShape(inputs)
    case .pad(let padding):
      let map = try expectMap(inputs, count: 1)
      try padding.check()
      return .map(
        height: map.height + padding.top + padding.bottom, width: map.width + padding.left + padding.right,
        channels: map.channels)
    case .flatten:
      return .vector(try expectMap(inputs, count: 1).elementCount)
    case .softmax, .normalize:
      return .vector(try expectVector(inputs, count: 1))
    }
  }

  private func expectOne(_ inputs: [Shape]) throws -> Shape {
    guard inputs.count == 1 else { throw InputError(.malformed, "", "it has \(inputs.count) inputs, not 1") }
    return inputs[0]
  }

  private func expectMap(_ inputs: [Shape], count: Int) throws -> Shape {
    guard inputs.count == count else {
      throw InputError(.malformed, "", "it has \(inputs.count) inputs, not \(count)")
    }
    guard inputs[0].isMap else {
      throw InputError(.mismatch, "", "it needs a feature map and is given a vector")
    }
    return inputs[0]
  }

  private func expectVector(_ inputs: [Shape], count: Int) throws -> Int {
    guard inputs.count == count else {
      throw InputError(.malformed, "", "it has \(inputs.count) inputs, not \(count)")
    }
    guard case .vector(let elements) = inputs[0] else {
      throw InputError(.mismatch, "", "it needs a vector and is given a feature map")
    }
    return elements
  }

  private func concatenatedShape(_ inputs: [Shape]) throws -> Shape {
    guard let first = inputs.first else { throw InputError(.malformed, "", "it has no inputs") }
    var channels = 0
    for input in inputs {
      guard input.isMap == first.isMap, input.height == first.height, input.width == first.width else {
        throw InputError(.mismatch, "", "it concatenates \(first) and \(input)")
      }
      channels += input.channels
    }
    return first.isMap
      ? .map(height: first.height, width: first.width, channels: channels) : .vector(channels)
  }
}

extension Convolution {
  fileprivate func resultShape(of input: Shape) throws -> Shape {
    guard input.channels == inputChannels else {
      throw InputError(.mismatch, "", "a convolution of \(inputChannels) channels is given \(input.channels)")
    }
    guard inputChannels > 0, outputChannels > 0, groups > 0, inputChannels % groups == 0,
      outputChannels % groups == 0
    else {
      throw InputError(
        .malformed, "",
        "\(inputChannels) input and \(outputChannels) output channels do not divide into \(groups) groups")
    }
    let shape = try slidingWindowShape(
      of: input, kernel: kernel, stride: stride, dilation: dilation, padding: padding,
      channels: outputChannels)
    guard products <= 65_536 else {
      throw InputError(
        .tooLarge, "", "one output sums \(products) products",
        remedy: "65 536 is the limit of exact Int32 sums")
    }
    return shape
  }
}

extension Pooling {
  fileprivate func resultShape(of input: Shape) throws -> Shape {
    guard
      max(padding.top, padding.bottom) < kernel.height, max(padding.left, padding.right) < kernel.width
    else { throw InputError(.malformed, "", "its padding is as large as its kernel") }
    return try slidingWindowShape(
      of: input, kernel: kernel, stride: stride, dilation: Size2D(1), padding: padding,
      channels: input.channels)
  }
}

extension Padding {
  fileprivate func check() throws {
    for side in [top, left, bottom, right] where !(0...4096).contains(side) {
      throw InputError(.malformed, "", "it pads by \(side)")
    }
  }
}

/// The shape that a window sliding over `input` leaves.
private func slidingWindowShape(
  of input: Shape, kernel: Size2D, stride: Size2D, dilation: Size2D, padding: Padding, channels: Int
) throws -> Shape {
  try padding.check()
  for (what, size) in [("kernel", kernel), ("stride", stride), ("dilation", dilation)] {
    guard (1...4096).contains(size.height), (1...4096).contains(size.width) else {
      throw InputError(.malformed, "", "its \(what) is \(size)")
    }
  }
  let height = input.height + padding.top + padding.bottom - (kernel.height - 1) * dilation.height - 1
  let width = input.width + padding.left + padding.right - (kernel.width - 1) * dilation.width - 1
  guard height >= 0, width >= 0 else {
    throw InputError(.mismatch, "", "a kernel of \(kernel) does not fit into its input of \(input)")
  }
  return .map(height: height / stride.height + 1, width: width / stride.width + 1, channels: channels)
}

extension Operation {
  /// Products of a weight and an element that a result of this shape takes.
  package func multiplyAccumulates(result: Shape) -> Int {
    switch self {
    case .convolution(let convolution): result.elementCount * convolution.products
    case .dense(let dense): dense.inputs * dense.outputs
    default: 0
    }
  }
}
