import Quant

extension Operation {
  /// In few words, such as `depthwise 3×3 /2, relu6`.
  package var summary: String {
    switch self {
    case .convolution(let convolution): convolution.summary
    case .dense(let dense): Self.join("dense", dense.activation)
    case .batchNormalization: "batch normalization"
    case .maxPool(let pooling): "max pool \(pooling.summary)"
    case .averagePool(let pooling, _): "average pool \(pooling.summary)"
    case .globalPool(.average): "global average"
    case .globalPool(.maximum): "global maximum"
    case .globalPool(.generalizedMean(let power)): "generalized mean \(power)"
    case .add(let activation): Self.join("add", activation)
    case .gate: "gate"
    case .activation(let activation): activation.summary
    case .concatenate: "concatenate"
    case .pad: "pad"
    case .flatten: "flatten"
    case .softmax: "softmax"
    case .normalize: "normalize"
    }
  }

  fileprivate static func join(_ text: String, _ activation: Activation) -> String {
    activation == .identity ? text : "\(text), \(activation.summary)"
  }
}

extension Convolution {
  fileprivate var summary: String {
    let kind = isDepthwise ? "depthwise" : groups > 1 ? "convolution (\(groups) groups)" : "convolution"
    var text = "\(kind) \(kernel)"
    if stride != Size2D(1) { text += " /\(stride.short)" }
    if dilation != Size2D(1) { text += " dilated \(dilation.short)" }
    if hasResidual { text += " + residual" }
    return Operation.join(text, activation)
  }
}

extension Pooling {
  fileprivate var summary: String { stride == Size2D(1) ? "\(kernel)" : "\(kernel) /\(stride.short)" }
}

extension Size2D {
  /// `2` for `2×2`.
  fileprivate var short: String { height == width ? "\(height)" : description }
}

extension Activation {
  package var summary: String {
    switch self {
    case .identity: "identity"
    case .relu: "relu"
    case .relu6: "relu6"
    case .leakyRelu(let slope): "leaky relu \(slope)"
    case .prelu: "prelu"
    case .silu: "silu"
    case .hardSwish: "hard swish"
    case .gelu: "gelu"
    case .sigmoid: "sigmoid"
    case .hardSigmoid: "hard sigmoid"
    case .tanh: "tanh"
    }
  }
}

extension Recipe {
  /// Such as `short side 256 bilinear, centre 224×224, rgb, (x / 255 − mean) / std`.
  package var summary: String {
    let resize =
      switch self.resize {
      case .exact(let size): "straight to \(size) \(filter.rawValue)"
      case .shortSide(let side): "short side to \(side) \(filter.rawValue), centre \(inputSize)"
      case .centreFraction(let fraction, let size):
        "centre \(Number.fixed(100 * Double(fraction), 1)) % to \(size) \(filter.rawValue)"
      case .none: "pictures of \(inputSize) as they are"
      }
    return "\(name): \(resize), \(channelOrder.rawValue)"
  }

  /// Such as `(x / 255 − (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)`.
  package var valueFormula: String {
    func list(_ values: [Float]) -> String {
      Set(values).count == 1
        ? Self.short(values[0]) : "(" + values.map(Self.short).joined(separator: ", ") + ")"
    }
    if standardization == .image { return "(x − m) / s, each photo's own mean and deviation" }
    return "(x / \(Self.short(scale)) − \(list(mean))) / \(list(deviation))"
  }

  static func short(_ value: Float) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
