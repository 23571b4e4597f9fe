import Quant

extension KerasTracer {
  /// What merges tensors, or a tensor and constants.
  mutating func compute(_ operation: KerasOperation, _ operands: KerasOperands, _ path: String) throws
    -> KerasValue
  {
    switch operation {
    case .slice: return try slice(operands, path)
    case .stack(let axis): return try stack(operands, axis: axis, path)
    default: break
    }
    for value in operands.values where value.channel != nil {
      throw InputError(.unsupported, path, "it reads a single channel of the network's input")
    }
    let result = try arithmetic(operation, operands, path)
    return KerasValue(result, isReversed: result.value == 0 && operands.values.contains(where: \.isReversed))
  }

  private mutating func arithmetic(_ operation: KerasOperation, _ operands: KerasOperands, _ path: String)
    throws
    -> TracedValue
  {
    switch operation {
    case .add, .biasAdd, .subtract, .multiply, .divide: return try folded(operation, operands.pair, path)
    case .concatenate(let axis): return try concatenate(operands, axis: axis, path)
    case .activation(let activation): return try activate(path, activation, single(operands, path))
    case .cast: return try single(operands, path)
    case .normalize: return try graph.normalize(path, of: single(operands, path))
    case .mean(let axes):
      let asked = operands.numbers("axis", at: 1)?.compactMap { Int(exactly: $0) } ?? axes ?? []
      guard Set(asked) == [1, 2] || Set(asked) == [-3, -2] else {
        throw InputError(.unsupported, path, "it averages over the axes \(asked), not over rows and columns")
      }
      return try graph.globalPool(path, .average, of: single(operands, path))
    case .clip(let lower, let upper):
      guard let least = operands.numbers("clip_value_min", at: 1)?.first ?? lower,
        let most = operands.numbers("clip_value_max", at: 2)?.first ?? upper
      else { throw InputError(.unsupported, path, "it clips to limits that are not constants") }
      return try graph.clip(path, lower: least, upper: most, of: single(operands, path))
    case .slice, .stack: throw InputError(.malformed, path, "it computes nothing")
    }
  }

  private func single(_ operands: KerasOperands, _ path: String) throws -> TracedValue {
    guard let value = operands.values.first, operands.values.count == 1 else {
      throw InputError(.malformed, path, "it is called with \(operands.values.count) tensors instead of one")
    }
    return value.traced
  }

  private mutating func folded(
    _ operation: KerasOperation, _ operands: [KerasOperands.Operand], _ path: String
  )
    throws -> TracedValue
  {
    guard var result = operands.first else { throw InputError(.malformed, path, "it is called with nothing") }
    let takesMany = operation == .add || operation == .multiply
    guard operands.count >= 2 && (takesMany || operands.count == 2) || (operands.count == 1 && takesMany)
    else {
      throw InputError(.malformed, path, "it is called with \(operands.count) operands")
    }
    for next in operands.dropFirst() {
      result = .value(KerasValue(try combine(operation, result, next, path)))
    }
    guard case .value(let value) = result else { throw InputError(.malformed, path, "it has no tensor") }
    return value.traced
  }

  private mutating func combine(
    _ operation: KerasOperation, _ a: KerasOperands.Operand, _ b: KerasOperands.Operand, _ path: String
  ) throws -> TracedValue {
    switch (a, b) {
    case (.value(let x), .value(let y)): return try combine(operation, x.traced, y.traced, path)
    case (.value(let x), .constant(let c)): return try combine(operation, x.traced, c.numbers ?? [], path)
    case (.constant(let c), .value(let y)):
      let numbers = c.numbers ?? []
      switch operation {
      case .subtract: return try graph.affine(path, factor: [-1], offset: numbers, of: y.traced)
      case .divide: throw InputError(.unsupported, path, "it divides by a tensor")
      default: return try combine(operation, y.traced, numbers, path)
      }
    default: throw InputError(.malformed, path, "it has no tensor")
    }
  }

  private mutating func combine(
    _ operation: KerasOperation, _ x: TracedValue, _ y: TracedValue, _ path: String
  )
    throws -> TracedValue
  {
    switch operation {
    case .subtract: return try graph.subtract(path, x, y)
    case .multiply: return try graph.multiply(path, x, y)
    case .divide: throw InputError(.unsupported, path, "it divides by a tensor")
    default: return try graph.add(path, x, y)
    }
  }

  private func combine(_ operation: KerasOperation, _ x: TracedValue, _ numbers: [Double], _ path: String)
    throws
    -> TracedValue
  {
    switch operation {
    case .subtract: try graph.affine(path, factor: [1], offset: numbers.map { -$0 }, of: x)
    case .multiply: try graph.affine(path, factor: numbers, offset: [0], of: x)
    case .divide: try graph.affine(path, factor: numbers.map { 1 / $0 }, offset: [0], of: x)
    default: try graph.affine(path, factor: [1], offset: numbers, of: x)
    }
  }

  private mutating func concatenate(_ operands: KerasOperands, axis: Int, _ path: String) throws
    -> TracedValue
  {
    let axis = operands.numbers("axis", at: operands.values.count)?.first.flatMap { Int(exactly: $0) } ?? axis
    let values = operands.values.map(\.traced)
    guard let first = values.first else { throw InputError(.malformed, path, "it is called with nothing") }
    guard axis == -1 || axis == 3 || (axis == 1 && !graph.shape(of: first).isMap) else {
      throw InputError(
        .unsupported, path, "it concatenates along axis \(axis)",
        remedy: "channels are concatenated (axis -1)")
    }
    return try graph.concatenate(path, values)
  }

  // MARK: - The order of the input's channels

  /// `x[…, ::-1]` and `x[…, c]` of the network's input, as Keras' `preprocess_input` writes RGB to BGR.
  private func slice(_ operands: KerasOperands, _ path: String) throws -> KerasValue {
    let refusal = InputError(
      .unsupported, path, "it slices a tensor",
      remedy: "only the order of the input's channels may be reversed so")
    guard let x = operands.values.first, x.traced.value == 0, x.channel == nil,
      let slices = operands.constant("slice_spec", at: 1)?.members, let last = slices.last
    else { throw refusal }
    let isWholeBefore = slices.dropLast().allSatisfy { $0.isEllipsis || $0.isWholeSlice }
    guard isWholeBefore, slices.first?.isEllipsis == true || slices.count == 4 else { throw refusal }
    let channels = graph.shape(of: x.traced).channels
    if let channel = last.int, (0..<channels).contains(channel) {
      return KerasValue(x.traced, isReversed: x.isReversed, channel: channel)
    }
    guard last.isReversal else { throw refusal }
    return try reversed(x, path)
  }

  private func stack(_ operands: KerasOperands, axis: Int, _ path: String) throws -> KerasValue {
    let values = operands.values
    let channels = values.compactMap(\.channel)
    guard axis == -1 || axis == 3, let first = values.first, channels.count == values.count,
      values.allSatisfy({ $0.traced == first.traced && $0.isReversed == first.isReversed })
    else { throw InputError(.unsupported, path, "it stacks tensors") }
    var whole = first
    whole.channel = nil
    let count = graph.shape(of: first.traced).channels
    if channels == Array(0..<count) { return whole }
    guard channels == Array((0..<count).reversed()) else {
      throw InputError(.unsupported, path, "it puts the input's channels in the order \(channels)")
    }
    return try reversed(whole, path)
  }

  private func reversed(_ x: KerasValue, _ path: String) throws -> KerasValue {
    let channels = graph.shape(of: x.traced).channels
    let pending = x.traced.pending
    guard
      let turned = ChannelAffine(
        factor: pending.factors(channels: channels).reversed(),
        offset: pending.offsets(channels: channels).reversed(), channels: channels)
    else { throw InputError(.unsupported, path, "the input's scaling is not finite") }
    return KerasValue(TracedValue(0, pending: turned), isReversed: !x.isReversed)
  }
}

extension KerasArgument {
  /// The members of a list of constants.
  fileprivate var members: [JSON]? {
    switch self {
    case .tensor: nil
    case .constant(let value): value.array
    case .list(let members):
      members.reduce(into: Optional([JSON]())) { all, member in
        guard case .constant(let value) = member else {
          all = nil
          return
        }
        all?.append(value)
      }
    }
  }
}

extension JSON {
  fileprivate var isEllipsis: Bool { self["class_name"]?.string == "__ellipsis__" }

  private func isSlice(step: Int?) -> Bool {
    let fields = self["config"]?.object == nil || self["step"] != nil ? self : self["config"] ?? .null
    guard fields.object != nil, !isEllipsis else { return false }
    let isOpen = ["start", "stop"].allSatisfy { (fields[$0] ?? .null) == .null }
    return isOpen && fields["step"]?.int == step
  }

  fileprivate var isWholeSlice: Bool { isSlice(step: nil) || isSlice(step: 1) }
  fileprivate var isReversal: Bool { isSlice(step: -1) }
}
