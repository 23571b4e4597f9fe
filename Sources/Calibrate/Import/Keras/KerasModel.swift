import Quant

/// A Keras model as its configuration describes it: layers, and which calls of them make which tensors. No weights.
///
/// - Invariant: every reference names a layer that is there; names are unique within a model.
struct KerasModel: Hashable, Sendable {
  var name: String
  /// Whether `trainable` is set on the model itself: it orders the weights of older files.
  var isTrainable = true
  var isSequential = false
  var layers: [KerasLayer]
  /// Input layers.
  var inputs: [KerasTensor]
  var outputs: [KerasTensor]
}

/// One layer, which may be called several times.
struct KerasLayer: Hashable, Sendable {
  /// Its place in `KerasParameters`, unique over nested models.
  let id: Int
  let name: String
  let kind: KerasLayerKind
  var isTrainable = true
  var calls: [KerasCall] = []

  init(id: Int, name: String, kind: KerasLayerKind, isTrainable: Bool = true, calls: [KerasCall] = []) {
    self.id = id
    self.name = name
    self.kind = kind
    self.isTrainable = isTrainable
    self.calls = calls
  }
}

/// The result `output` of call `call` of the layer at `layer` in its model.
struct KerasTensor: Hashable, Sendable {
  let layer: Int
  let call: Int
  let output: Int
}

/// What a layer is called with.
struct KerasCall: Hashable, Sendable {
  var arguments: [KerasArgument]
  var named: [String: KerasArgument] = [:]

  init(_ arguments: [KerasArgument], named: [String: KerasArgument] = [:]) {
    self.arguments = arguments
    self.named = named
  }

  init(_ tensors: [KerasTensor]) { self.init(tensors.map(KerasArgument.tensor)) }

  /// All tensors that it needs, in order.
  var tensors: [KerasTensor] {
    arguments.flatMap(\.tensors) + named.keys.sorted().flatMap { named[$0]?.tensors ?? [] }
  }
}

indirect enum KerasArgument: Hashable, Sendable {
  case tensor(KerasTensor)
  case list([KerasArgument])
  /// Numbers, slices, names: as the configuration has them.
  case constant(JSON)

  var tensors: [KerasTensor] {
    switch self {
    case .tensor(let tensor): [tensor]
    case .list(let members): members.flatMap(\.tensors)
    case .constant: []
    }
  }

  /// A number, or a list of them in any nesting.
  var numbers: [Double]? {
    switch self {
    case .tensor: nil
    case .list(let members):
      members.reduce(into: Optional([Double]())) { all, member in
        all = all.flatMap { all in member.numbers.map { all + $0 } }
      }
    case .constant(let value): value.flatNumbers
    }
  }
}

extension JSON {
  /// A number or a nested list of numbers, flattened; nil for anything else. Keras 3's `__numpy__` and `__tensor__`
  /// objects hold such lists.
  var flatNumbers: [Double]? {
    if let number = double { return [number] }
    if let name = self["class_name"]?.string, name == "__numpy__" || name == "__tensor__" {
      return self["config"]?["value"]?.flatNumbers
    }
    guard let members = array else { return nil }
    var numbers: [Double] = []
    for member in members {
      guard let part = member.flatNumbers else { return nil }
      numbers += part
    }
    return numbers
  }
}
