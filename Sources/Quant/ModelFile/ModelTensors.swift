import Int8Kernels

/// The tensors of a model file by name, as Docs/file-format.md lists them.
enum ModelTensorName {
  static func weight(_ node: String) -> String { node + ".weight" }
  static func weightScale(_ node: String) -> String { node + ".weight_scale" }
  static func bias(_ node: String) -> String { node + ".bias" }
  static func slope(_ node: String) -> String { node + ".slope" }
  static func factor(_ node: String) -> String { node + ".factor" }
  static func offset(_ node: String) -> String { node + ".offset" }
  static func shift(_ node: String) -> String { node + ".activation.shift" }
  static func gain(_ node: String) -> String { node + ".activation.gain" }
  static func table(_ node: String) -> String { node + ".activation.table" }
  static func scale(_ value: String) -> String { value + ".scale" }
  static func zeroPoint(_ value: String) -> String { value + ".zero_point" }
}

extension ActivationTable.Form {
  /// The form that a function's table has; nil when it has none.
  static func form(of activation: Activation) -> ActivationTable.Form? {
    switch activation {
    case .silu, .hardSwish, .gelu: .rectified
    case .sigmoid, .hardSigmoid: .odd(offset: 16_384)
    case .tanh: .odd(offset: 0)
    default: nil
    }
  }
}

extension Provenance {
  var json: JSON {
    var members: [String: JSON] = [
      "architecture": .string(architecture), "source": .string(sourceName),
      "source_sha256": .string(sourceSHA256),
      "assumptions": .strings(assumptions), "labels": .strings(labels), "calibration": calibration,
      "drift": drift,
    ]
    if !licence.isEmpty { members["licence"] = .string(licence) }
    if advice != .null { members["advice"] = advice }
    return .object(members)
  }

  init(json: JSON) throws {
    self.init(
      architecture: try json.require("architecture", \.string),
      sourceName: try json.require("source", \.string),
      sourceSHA256: try json.require("source_sha256", \.string), licence: json["licence"]?.string ?? "",
      assumptions: try json.require("assumptions", \.strings),
      labels: try json.require("labels", \.strings), calibration: json["calibration"] ?? .null,
      drift: json["drift"] ?? .null, advice: json["advice"] ?? .null)
  }
}

extension JSON {
  fileprivate var strings: [String]? {
    guard let array else { return nil }
    let values = array.compactMap(\.string)
    return values.count == array.count ? values : nil
  }
}

extension Int8Graph {
  /// The graph without weights.
  var json: JSON {
    var list: [JSON] = []
    for node in nodes {
      guard case .object(var members) = node.operation.json else { continue }
      members["name"] = .string(node.name)
      members["from"] = .strings(node.inputs.map(name(of:)))
      list.append(.object(members))
    }
    var results: [String: JSON] = [:]
    for output in outputs { results[output.name] = .string(name(of: output.value)) }
    return [
      "input": .array([
        .integer(inputShape.height), .integer(inputShape.width), .integer(inputShape.channels),
      ]),
      "nodes": .array(list), "outputs": .object(results),
    ]
  }

  /// - Parameter parameters: reads a node's numbers, whose sizes are checked afterwards.
  init(json: JSON, parameters: (String, Operation) throws -> Int8Parameters) throws {
    guard let sides = json["input"]?.array?.compactMap(\.count), sides.count == 3 else {
      throw InputError(.malformed, "", "the graph's input is not three sides")
    }
    try self.init(inputShape: .map(height: sides[0], width: sides[1], channels: sides[2]))
    var values = [Self.inputName: 0]
    let list = try json.require("nodes", \.array)
    guard list.count <= GraphLimits.nodes else {
      throw InputError(.tooLarge, "", "the graph has \(list.count) nodes; \(GraphLimits.nodes) are the limit")
    }
    for member in list {
      let name = try member.require("name", \.string)
      values[name] = try InputError.naming(name) {
        let operation = try Operation(json: member)
        let inputs = try member.require("from", \.array).map { input in
          guard let value = input.string.flatMap({ values[$0] }) else {
            throw InputError(.malformed, "", "it uses a value that no earlier node makes")
          }
          return value
        }
        return try append(name, operation, inputs: inputs, parameters: parameters(name, operation))
      }
    }
    for (name, value) in try json.require("outputs", \.object).sorted(by: { $0.key < $1.key }) {
      guard let value = value.string.flatMap({ values[$0] }) else {
        throw InputError(.malformed, name, "the output is a value that no node makes")
      }
      try addOutput(name, value)
    }
  }
}
