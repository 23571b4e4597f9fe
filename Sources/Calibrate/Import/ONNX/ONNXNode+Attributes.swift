import Quant

extension ONNXNode {
  /// What errors call the node: its name, or that of its result.
  var label: String { (name.isEmpty ? outputs.first ?? type : name).short }

  /// What this node does is not computed, because of `reason`.
  func refusal(_ reason: String, remedy: String = "", kind: InputError.Kind = .unsupported) -> InputError {
    InputError(kind, label, "\(type.short) \(reason)", remedy: remedy)
  }

  private func attribute(_ name: String) -> ONNXAttribute? { attributes.first { $0.name == name } }

  private func value<Value>(_ name: String, _ path: (ONNXAttribute) -> Value?) throws -> Value? {
    guard let attribute = attribute(name) else { return nil }
    guard let value = path(attribute) else {
      throw refusal("has an attribute \(name) of another type", kind: .malformed)
    }
    return value
  }

  func integer(_ name: String) throws -> Int? {
    try value(name) { $0.integer.map { Int(clamping: $0) } }
  }

  func integer(_ name: String, default standard: Int) throws -> Int { try integer(name) ?? standard }

  func flag(_ name: String, default standard: Bool = false) throws -> Bool {
    try integer(name, default: standard ? 1 : 0) != 0
  }

  func float(_ name: String, default standard: Float) throws -> Float {
    try value(name) { $0.float } ?? standard
  }

  func text(_ name: String, default standard: String) throws -> String {
    try value(name) { $0.text } ?? standard
  }

  func tensor(_ name: String) throws -> ONNXTensor? { try value(name) { $0.tensor } }

  func integers(_ name: String) -> [Int]? {
    attribute(name)?.integers.map { Int(clamping: $0) }
  }

  func floats(_ name: String) -> [Float]? { attribute(name)?.floats }

  /// Two numbers, one an axis: kernels, strides and dilations.
  ///
  /// - Throws: `InputError` when they are another number of numbers, or out of 1…4096.
  func size(_ name: String) throws -> Size2D? {
    guard let values = integers(name), !values.isEmpty else { return nil }
    guard values.count == 2 else {
      throw refusal("has \(values.count) numbers in \(name)", remedy: "two-dimensional layers are read")
    }
    guard values.allSatisfy({ (1...4096).contains($0) }) else {
      throw refusal("has the \(name) \(values)", kind: .malformed)
    }
    return Size2D(height: values[0], width: values[1])
  }

  /// An axis or dimension of a value of `rank` dimensions; negative ones count from the end.
  func axis(_ value: Int, rank: Int) throws -> Int {
    let axis = value < 0 ? value + rank : value
    guard axis >= 0, axis < rank else {
      throw refusal("names the axis \(value) of \(rank)", kind: .malformed)
    }
    return axis
  }
}
