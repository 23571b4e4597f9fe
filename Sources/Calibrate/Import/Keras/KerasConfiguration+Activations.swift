import Quant

extension KerasConfiguration {
  /// An activation as layers hold it: a name, a serialized function or a layer of its own; nil for none.
  func activation(_ value: JSON?, _ attributes: KerasAttributes) throws -> KerasActivation {
    guard let value, value != .null else { return .plain(.identity) }
    if let name = value.string { return try activation(named: name, attributes) }
    let className = value["class_name"]?.string ?? ""
    if className == "function", let name = value["config"]?.string {
      return try activation(named: name, attributes)
    }
    let inner = KerasAttributes(config: value["config"] ?? .null, path: attributes.path)
    if case .activation(let activation) = try activationLayer(className, inner) { return activation }
    throw attributes.unsupported(
      "its activation is of the class \(className.isEmpty ? "?" : className)",
      remedy: "only Keras' own activations are read; nothing is imported")
  }

  private func activation(named name: String, _ attributes: KerasAttributes) throws -> KerasActivation {
    switch name {
    case "linear": return .plain(.identity)
    case "relu": return .plain(.relu)
    case "relu6": return .plain(.relu6)
    case "leaky_relu": return .plain(.leakyRelu(slope: 0.2))
    case "silu", "swish": return .plain(.silu)
    case "hard_silu", "hard_swish": return .plain(.hardSwish)
    case "gelu": return .plain(.gelu)
    case "sigmoid": return .plain(.sigmoid)
    case "hard_sigmoid": return isKeras3 ? .plain(.hardSigmoid) : .olderHardSigmoid
    case "tanh": return .plain(.tanh)
    case "softmax": return .softmax
    default:
      throw attributes.unsupported(
        "its activation \(name) is not computed", remedy: "convert the model to ONNX")
    }
  }

  /// A layer that is nothing but an activation; nil when the class is none.
  func activationLayer(_ name: String, _ attributes: KerasAttributes) throws -> KerasLayerKind? {
    switch name {
    case "Activation": return .activation(try activation(attributes["activation"], attributes))
    case "ReLU": return .activation(.plain(try rectifier(attributes)))
    case "LeakyReLU":
      let key = attributes["alpha"] == nil ? "negative_slope" : "alpha"
      return .activation(.plain(.leakyRelu(slope: Float(try attributes.number(key, default: 0.3)))))
    case "Softmax":
      let axis = try attributes.axis("axis")
      guard axis == -1 || axis == 1 || axis == 3 else { throw attributes.unsupported("its axis is \(axis)") }
      return .activation(.softmax)
    default: return nil
    }
  }

  private func rectifier(_ attributes: KerasAttributes) throws -> Activation {
    let slope = try attributes.number("negative_slope", default: 0)
    let threshold = try attributes.number("threshold", default: 0)
    let limit = attributes["max_value"] == nil ? nil : try attributes.number("max_value", default: 0)
    switch (limit, slope, threshold) {
    case (nil, 0, 0): return .relu
    case (nil, _, 0): return .leakyRelu(slope: Float(slope))
    case (6, 0, 0): return .relu6
    default:
      throw attributes.unsupported(
        "its ReLU has the maximum \(limit.map { "\($0)" } ?? "none"), slope \(slope) and threshold \(threshold)",
        remedy: "a maximum of 6 or none and a threshold of 0 are computed")
    }
  }
}
