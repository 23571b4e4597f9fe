import Quant

/// Weights as Keras files hold them, before a model says which layer each belongs to.
package enum KerasWeights: Sendable {
  /// Keras 2's `.h5`: the layers of the model by name, of a nested model all variables in one list.
  case layers([KerasWeightGroup])
  /// `.weights.h5`, also in a `.keras` archive: a tree of layers by class and number, variables by number.
  case checkpoint(KerasCheckpoint)
  /// Made up as they are asked for, by the layer's path, the variable's name and its shape: to look at graphs alone.
  case made(@Sendable (_ path: String, _ variable: String, _ shape: [Int]) -> FloatTensor)

  var tensorCount: Int {
    switch self {
    case .layers(let groups): groups.reduce(0) { $0 + $1.variables.count }
    case .checkpoint(let root): root.tensorCount
    case .made: 0
    }
  }
}

package struct KerasWeightGroup: Sendable {
  package struct Variable: Sendable {
    /// As the file has it: `conv1_conv/kernel:0`.
    package let name: String
    package let tensor: FloatTensor

    package init(name: String, tensor: FloatTensor) {
      self.name = name
      self.tensor = tensor
    }
  }

  package let name: String
  package let variables: [Variable]

  package init(name: String, variables: [Variable]) {
    self.name = name
    self.variables = variables
  }
}

extension KerasWeightGroup.Variable {
  /// `kernel` of `conv1_conv/kernel:0` and `conv2d_1/kernel_1:0`.
  var baseName: Substring { KerasCheckpoint.split(plainName.split(separator: "/").last ?? "").base }

  /// The same of a variable of `layer`, also as Keras 1 named them: `kernel` of `res2a_branch2a_W:0` and `conv1_W_1:0`.
  func baseName(in layer: String) -> Substring {
    guard plainName.hasPrefix(layer + "_") else { return baseName }
    let own = KerasCheckpoint.split(plainName.dropFirst(layer.count + 1)).base
    return Self.namesOfKeras1[own] ?? baseName
  }

  /// What it called a deviation, its batch normalization used as a variance.
  private static let namesOfKeras1: [Substring: Substring] = [
    "W": "kernel", "b": "bias", "gamma": "gamma", "beta": "beta", "running_mean": "moving_mean",
    "running_std": "moving_variance",
  ]

  /// The layer that the name tells: `expanded_conv/depthwise` of `expanded_conv/depthwise/kernel:0`.
  var layerName: Substring {
    let name = plainName
    return name.lastIndex(of: "/").map { name[..<$0] } ?? ""
  }

  /// Without TensorFlow's `:0`.
  private var plainName: Substring { name[..<(name.lastIndex(of: ":") ?? name.endIndex)] }

  /// What layers that are read have; others (the states of random generators) are left out.
  static let known: Set<Substring> = [
    "kernel", "depthwise_kernel", "pointwise_kernel", "bias", "gamma", "beta", "moving_mean",
    "moving_variance",
    "alpha", "mean", "variance", "count",
  ]
}

/// A model or layer in a checkpoint.
package struct KerasCheckpoint: Sendable {
  /// `conv2d_12`, or nothing for the root.
  let key: String
  /// In order.
  let variables: [FloatTensor]
  let children: [KerasCheckpoint]

  package init(key: String, variables: [FloatTensor], children: [KerasCheckpoint]) {
    self.key = key
    self.variables = variables
    self.children = children
  }

  var tensorCount: Int { variables.count + children.reduce(0) { $0 + $1.tensorCount } }

  /// `conv2d_12` → (conv2d, 12); without a number 0.
  static func split(_ name: some StringProtocol) -> (base: Substring, number: Int) {
    let name = Substring(name)
    guard let line = name.lastIndex(of: "_"), let number = Int(name[name.index(after: line)...]), number >= 0
    else { return (name, 0) }
    return (name[..<line], number)
  }

  /// Children with variables in them whose key begins with one of `bases`, by number.
  func weighted(_ bases: Set<String>) -> [KerasCheckpoint] {
    var found: [(number: Int, child: KerasCheckpoint)] = []
    for child in children where child.tensorCount > 0 {
      let (base, number) = Self.split(child.key)
      if bases.contains(String(base)) { found.append((number, child)) }
    }
    return found.sorted { $0.number < $1.number }.map(\.child)
  }
}

/// The variables of a model's layers, by the layers' `id` and the variables' names.
struct KerasParameters: Sendable {
  private var tensors: [Int: [String: FloatTensor]] = [:]
  private var maker: (@Sendable (String, String, [Int]) -> FloatTensor)?

  init() {}

  init(made maker: @escaping @Sendable (String, String, [Int]) -> FloatTensor) { self.maker = maker }

  mutating func set(_ tensor: FloatTensor, _ variable: String, of layer: Int) {
    tensors[layer, default: [:]][variable] = tensor
  }

  /// - Parameter shape: the usual one; the tensor's own may be another.
  /// - Throws: `InputError` (mismatch) when the file has none.
  func tensor(_ name: String, of layer: KerasLayer, path: String, shape: [Int]) throws -> FloatTensor {
    if let maker { return maker(path, name, shape) }
    guard let tensor = tensors[layer.id]?[name] else {
      throw InputError(.mismatch, path, "the file has no \(name) for it")
    }
    return tensor
  }
}
