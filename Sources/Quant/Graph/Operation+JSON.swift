extension Operation {
  /// The operation as a flat JSON object with the key `op`.
  var json: JSON {
    switch self {
    case .convolution(let convolution): return convolution.json
    case .dense(let dense):
      return [
        "op": "dense", "inputs": .integer(dense.inputs), "outputs": .integer(dense.outputs),
        "activation": dense.activation.json,
      ]
    case .batchNormalization(let epsilon): return ["op": "batch_normalization", "epsilon": .float(epsilon)]
    case .maxPool(let pooling): return pooling.json(op: "max_pool")
    case .averagePool(let pooling, let countsPadding):
      guard case .object(var members) = pooling.json(op: "average_pool") else { return .null }
      members["counts_padding"] = .bool(countsPadding)
      return .object(members)
    case .globalPool(.average): return ["op": "global_average_pool"]
    case .globalPool(.maximum): return ["op": "global_max_pool"]
    case .globalPool(.generalizedMean(let power)):
      return ["op": "global_generalized_mean_pool", "power": .integer(power)]
    case .add(let activation): return ["op": "add", "activation": activation.json]
    case .gate: return ["op": "gate"]
    case .activation(let activation): return ["op": "activation", "activation": activation.json]
    case .concatenate: return ["op": "concatenate"]
    case .pad(let padding): return ["op": "pad", "padding": padding.json]
    case .flatten: return ["op": "flatten"]
    case .softmax: return ["op": "softmax"]
    case .normalize: return ["op": "normalize"]
    }
  }

  /// - Throws: `InputError` when `json` names no operation or lacks an attribute. Ranges are checked by `resultShape`.
  init(json: JSON) throws {
    let op = try json.require("op", \.string)
    switch op {
    case "convolution": self = .convolution(try Convolution(json: json))
    case "dense":
      self = .dense(
        Dense(
          inputs: try json.require("inputs", \.count), outputs: try json.require("outputs", \.count),
          activation: try Activation(json: json["activation"])))
    case "batch_normalization": self = .batchNormalization(epsilon: try json.require("epsilon", \.float))
    case "max_pool": self = .maxPool(try Pooling(json: json))
    case "average_pool":
      self = .averagePool(try Pooling(json: json), countsPadding: try json.require("counts_padding", \.bool))
    case "global_average_pool": self = .globalPool(.average)
    case "global_max_pool": self = .globalPool(.maximum)
    case "global_generalized_mean_pool":
      self = .globalPool(.generalizedMean(try json.require("power", \.count)))
    case "add": self = .add(try Activation(json: json["activation"]))
    case "gate": self = .gate
    case "activation": self = .activation(try Activation(json: json["activation"]))
    case "concatenate": self = .concatenate
    case "pad": self = .pad(try Padding(json: json["padding"]))
    case "flatten": self = .flatten
    case "softmax": self = .softmax
    case "normalize": self = .normalize
    default:
      throw InputError(
        .unsupported, "", "the operation \"\(op)\" is not known", remedy: "a newer version may read it")
    }
  }
}

extension JSON {
  /// The member `key` in the wanted form.
  package func require<Value>(_ key: String, _ form: (JSON) -> Value?) throws -> Value {
    guard let member = self[key] else { throw InputError(.malformed, "", "\"\(key)\" is missing") }
    guard let value = form(member) else { throw InputError(.malformed, "", "\"\(key)\" has a wrong value") }
    return value
  }

  /// A whole number from 0 to 2⁴⁰: products of a few cannot overflow where `resultShape` multiplies after its own checks.
  var count: Int? { int.flatMap { (0...1 << 24).contains($0) ? $0 : nil } }

  fileprivate var counts: [Int]? {
    guard let array else { return nil }
    let values = array.compactMap(\.count)
    return values.count == array.count ? values : nil
  }
}

extension Convolution {
  fileprivate var json: JSON {
    [
      "op": "convolution", "inputs": .integer(inputChannels), "outputs": .integer(outputChannels),
      "kernel": kernel.json,
      "stride": stride.json, "dilation": dilation.json, "padding": padding.json, "groups": .integer(groups),
      "activation": activation.json, "residual": .bool(hasResidual),
    ]
  }

  fileprivate init(json: JSON) throws {
    self.init(
      inputChannels: try json.require("inputs", \.count),
      outputChannels: try json.require("outputs", \.count),
      kernel: try Size2D(json: json["kernel"]), stride: try Size2D(json: json["stride"]),
      dilation: try Size2D(json: json["dilation"]), padding: try Padding(json: json["padding"]),
      groups: try json.require("groups", \.count), activation: try Activation(json: json["activation"]),
      hasResidual: try json.require("residual", \.bool))
  }
}

extension Pooling {
  fileprivate func json(op: String) -> JSON {
    ["op": .string(op), "kernel": kernel.json, "stride": stride.json, "padding": padding.json]
  }

  fileprivate init(json: JSON) throws {
    self.init(
      kernel: try Size2D(json: json["kernel"]), stride: try Size2D(json: json["stride"]),
      padding: try Padding(json: json["padding"]))
  }
}

extension Size2D {
  package var json: JSON { .array([.integer(height), .integer(width)]) }

  package init(json: JSON?) throws {
    guard let sides = json?.counts, sides.count == 2 else {
      throw InputError(.malformed, "", "a size is not two numbers")
    }
    self.init(height: sides[0], width: sides[1])
  }
}

extension Padding {
  fileprivate var json: JSON { .array([.integer(top), .integer(left), .integer(bottom), .integer(right)]) }

  fileprivate init(json: JSON?) throws {
    guard let sides = json?.counts, sides.count == 4 else {
      throw InputError(.malformed, "", "a padding is not four numbers")
    }
    self.init(top: sides[0], left: sides[1], bottom: sides[2], right: sides[3])
  }
}

extension Activation {
  private static let named: [(String, Activation)] = [
    ("identity", .identity), ("relu", .relu), ("relu6", .relu6), ("prelu", .prelu), ("silu", .silu),
    ("hard_swish", .hardSwish), ("gelu", .gelu), ("sigmoid", .sigmoid), ("hard_sigmoid", .hardSigmoid),
    ("tanh", .tanh),
  ]

  var json: JSON {
    if case .leakyRelu(let slope) = self { return ["leaky_relu": .float(slope)] }
    return .string(Self.named.first { $0.1 == self }?.0 ?? "identity")
  }

  init(json: JSON?) throws {
    if let slope = json?["leaky_relu"]?.float {
      self = .leakyRelu(slope: slope)
    } else if let name = json?.string, let activation = Self.named.first(where: { $0.0 == name })?.1 {
      self = activation
    } else {
      throw InputError(.unsupported, "", "the activation is not known", remedy: "a newer version may read it")
    }
  }
}
