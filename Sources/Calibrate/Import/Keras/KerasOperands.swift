import Quant

/// What a layer is called with, flattened: values and constants in order, and keywords.
struct KerasOperands {
  enum Operand {
    case value(KerasValue)
    case constant(KerasArgument)
  }

  private(set) var positional: [Operand] = []
  private(set) var named: [String: Operand] = [:]

  /// - Parameter values: of `call.tensors`, in that order.
  init(_ call: KerasCall, values: [KerasValue]) {
    var rest = values[...]
    for argument in call.arguments { Self.append(argument, &rest, to: &positional) }
    for key in call.named.keys.sorted() {
      guard let argument = call.named[key] else { continue }
      var operands: [Operand] = []
      Self.append(argument, &rest, to: &operands)
      // The field's functions name their first operands so.
      if positional.isEmpty, ["inputs", "x", "features", "values", "input"].contains(key) {
        positional = operands
      } else {
        named[key] = operands.first
      }
    }
  }

  /// A list that holds tensors counts as its members, one without as a constant.
  private static func append(
    _ argument: KerasArgument, _ rest: inout ArraySlice<KerasValue>, to all: inout [Operand]
  ) {
    switch argument {
    case .tensor: if let value = rest.popFirst() { all.append(.value(value)) }
    case .list(let members) where !argument.tensors.isEmpty:
      for member in members { append(member, &rest, to: &all) }
    default: all.append(.constant(argument))
    }
  }

  var values: [KerasValue] {
    positional.compactMap { if case .value(let value) = $0 { value } else { nil } }
  }

  /// Operands of a function of two, with the second from a keyword where it is given so.
  var pair: [Operand] {
    let keys = ["x1", "x2", "y", "bias", "b"]
    return positional.filter(\.isOperand) + keys.compactMap { named[$0] }.filter(\.isOperand)
  }

  /// A keyword's constant, or that of the argument at `position`.
  func constant(_ key: String, at position: Int) -> KerasArgument? {
    if case .constant(let value) = named[key] { return value }
    guard positional.indices.contains(position), case .constant(let value) = positional[position] else {
      return nil
    }
    return value
  }

  func numbers(_ key: String, at position: Int) -> [Double]? { constant(key, at: position)?.numbers }
}

extension KerasOperands.Operand {
  /// A value or numbers; not a name, `null` or a slice.
  fileprivate var isOperand: Bool {
    switch self {
    case .value: true
    case .constant(let argument): argument.numbers != nil
    }
  }
}
