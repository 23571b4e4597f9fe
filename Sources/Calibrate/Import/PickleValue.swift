import Quant

/// A value of an unpickled stream. Containers are places in a `PickleHeap`, so that cycles and any depth cost nothing.
package enum PickleValue: Hashable, Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  /// A whole number that Int does not hold.
  case largeInteger
  case float(Double)
  case string(String)
  /// A byte string, by its place in the stream.
  case bytes(Range<Int>)
  case list(Int)
  case tuple(Int)
  case dictionary(Int)
  case global(Int)
  case object(Int)
  case storage(Int)
  case tensor(Int)
}

/// Everything that the values of a stream refer to.
package struct PickleHeap: Sendable {
  package struct Entry: Hashable, Sendable {
    package let key: PickleValue
    package let value: PickleValue
  }

  /// An object of a type that is not known: what the stream would have called, never called.
  package struct Object: Hashable, Sendable {
    /// `module.name` of the type or function.
    package let global: String
    package let arguments: PickleValue
    package var state: PickleValue = .none
  }

  /// Lists, tuples and sets.
  package var sequences: [[PickleValue]] = []
  package var dictionaries: [[Entry]] = []
  /// `module.name`.
  package var globals: [String] = []
  package var objects: [Object] = []
  package var storages: [TorchStorage] = []
  package var tensors: [TorchTensor] = []

  package init() {}
}

// MARK: - Access

extension PickleHeap {
  package func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .list(let index), .tuple(let index): sequences[index]
    default: nil
    }
  }

  func tupleElements(_ value: PickleValue) -> [PickleValue]? {
    if case .tuple(let index) = value { sequences[index] } else { nil }
  }

  package func entries(_ value: PickleValue) -> [Entry]? {
    if case .dictionary(let index) = value { dictionaries[index] } else { nil }
  }

  package func object(_ value: PickleValue) -> Object? {
    if case .object(let index) = value { objects[index] } else { nil }
  }

  func globalName(_ value: PickleValue) -> String? {
    if case .global(let index) = value { globals[index] } else { nil }
  }

  /// The value last set for the string `key`, in a dictionary.
  package func member(_ key: String, of value: PickleValue) -> PickleValue? {
    entries(value)?.last { $0.key == .string(key) }?.value
  }
}

// MARK: - Making

extension PickleHeap {
  mutating func makeList(_ elements: [PickleValue]) -> PickleValue {
    sequences.append(elements)
    return .list(sequences.count - 1)
  }

  mutating func makeTuple(_ elements: [PickleValue]) -> PickleValue {
    sequences.append(elements)
    return .tuple(sequences.count - 1)
  }

  mutating func makeDictionary(_ entries: [Entry]) -> PickleValue {
    dictionaries.append(entries)
    return .dictionary(dictionaries.count - 1)
  }

  mutating func makeGlobal(_ module: String, _ name: String) -> PickleValue {
    // Python 2's name of the module, still written by protocols below 3.
    globals.append("\(module == "__builtin__" ? "builtins" : module).\(name)")
    return .global(globals.count - 1)
  }

  mutating func makeObject(_ global: String, _ arguments: PickleValue) -> PickleValue {
    objects.append(Object(global: global, arguments: arguments))
    return .object(objects.count - 1)
  }
}
