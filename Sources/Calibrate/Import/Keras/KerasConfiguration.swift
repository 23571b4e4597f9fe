import Quant

/// Reads a model's configuration, the JSON in a `.keras` or `.h5` file, of Keras 2 and 3.
///
/// Nothing in it is looked up or run: a class that is not in the list below is refused by its name. Nested models recur,
/// as deep as JSON nests (64).
struct KerasConfiguration {
  /// Whether the file is of Keras 3, which changed `hard_sigmoid`.
  let isKeras3: Bool
  /// Layers read so far, those of nested models too.
  private(set) var layerCount = 0

  /// - Parameter version: `keras_version` as the file tells it; nil for files before it was told.
  init(version: String?) {
    let major = version.flatMap { Int($0.prefix { $0 != "." }) } ?? 2
    // tf_keras carries TensorFlow's number, 2.16 and later.
    isKeras3 = major >= 3
  }

  /// - Throws: `InputError` naming the layer by its path.
  mutating func model(_ object: JSON) throws -> KerasModel {
    guard let className = object["class_name"]?.string else {
      throw InputError(.malformed, "configuration", "it has no class_name")
    }
    guard case .model(let model) = try kind(object, className, path: "") else {
      throw InputError(
        .unsupported, "configuration", "it describes a \(className), not a model",
        remedy: "Sequential and Functional models are read")
    }
    return model
  }

  // MARK: - Layers

  /// A layer without its calls.
  private mutating func layer(_ object: JSON, in path: String) throws -> KerasLayer {
    guard let className = object["class_name"]?.string else {
      throw InputError(.malformed, path, "a layer has no class_name")
    }
    guard let name = object["name"]?.string ?? object["config"]?["name"]?.string, !name.isEmpty,
      name.utf8.count <= 256
    else { throw InputError(.malformed, path, "a layer of class \(className) has no name") }
    let inner = path.isEmpty ? name : "\(path)/\(name)"
    let kind = try kind(object, className, path: inner)
    layerCount += 1
    let attributes = KerasAttributes(config: object["config"] ?? .null, path: inner)
    return KerasLayer(
      id: layerCount - 1, name: name, kind: kind,
      isTrainable: try attributes.flag("trainable", default: true))
  }

  private mutating func kind(_ object: JSON, _ className: String, path: String) throws -> KerasLayerKind {
    try checkOrigin(object, className, path: path)
    let attributes = KerasAttributes(config: object["config"] ?? .null, path: path)
    switch className {
    case "Functional", "Model": return .model(try functional(attributes))
    case "Sequential": return .model(try sequential(attributes))
    default: return try kind(className, attributes, module: object["module"]?.string)
    }
  }

  /// Only what Keras itself defines is known by its name.
  private func checkOrigin(_ object: JSON, _ className: String, path: String) throws {
    if className == "Lambda" || className == "__lambda__" {
      throw InputError(
        .unsupported, path, "a Lambda layer holds Python code, which is never run",
        remedy:
          "replace it by Keras' own layers (Rescaling, Normalization, UnitNormalization, …) and save again")
    }
    if let module = object["module"], module != .null {
      let known = ["keras.", "tf_keras.", "tensorflow.keras.", "tensorflow.python.keras."]
      guard let name = module.string, name == "keras" || known.contains(where: name.hasPrefix) else {
        throw InputError(
          .unsupported, path, "the class \(className) is of the module \(module.string ?? "?"), not of Keras",
          remedy: "only Keras' own layers are read; nothing is imported")
      }
    }
    if let registered = object["registered_name"]?.string, registered != className {
      throw InputError(
        .unsupported, path, "the class \(className) is registered as \(registered), not Keras' own",
        remedy: "only Keras' own layers are read; nothing is imported")
    }
  }

  // MARK: - Models

  private mutating func layers(_ attributes: KerasAttributes, _ value: JSON?) throws -> [(KerasLayer, JSON)] {
    guard let objects = value?.array else { throw attributes.fault("its layers are not a list") }
    var result: [(KerasLayer, JSON)] = []
    var names: Set<String> = []
    for object in objects {
      guard layerCount < GraphLimits.nodes else {
        throw InputError(.tooLarge, attributes.path, "it has more than \(GraphLimits.nodes) layers")
      }
      let layer = try layer(object, in: attributes.path)
      guard names.insert(layer.name).inserted else {
        throw attributes.fault("two layers are named \(layer.name)")
      }
      result.append((layer, object))
    }
    return result
  }

  private mutating func functional(_ attributes: KerasAttributes) throws -> KerasModel {
    let parsed = try layers(attributes, attributes["layers"])
    let reader = KerasCallReader(layers: parsed, path: attributes.path)
    let layers = try reader.layersWithCalls()
    return KerasModel(
      name: try attributes.text("name", default: "model"),
      isTrainable: try attributes.flag("trainable", default: true), layers: layers,
      inputs: try reader.ends("input_layers", attributes["input_layers"], isInput: true),
      outputs: try reader.ends("output_layers", attributes["output_layers"], isInput: false))
  }

  /// Every layer is called with the result of the one before. Before Keras 2.2.3 `config` was the list itself.
  private mutating func sequential(_ attributes: KerasAttributes) throws -> KerasModel {
    let objects = attributes.config.array == nil ? attributes["layers"] : attributes.config
    var layers = try layers(attributes, objects).map(\.0)
    let first = objects?.array?.first?["config"]
    if layers.first.map({ if case .input = $0.kind { false } else { true } }) ?? true {
      let shape = first.map { KerasAttributes(config: $0, path: attributes.path) }
      let name = "\(attributes.path.isEmpty ? "sequential" : attributes.path)_input"
      layers.insert(
        KerasLayer(id: layerCount, name: name, kind: .input(try shape?.inputShape() ?? [nil, nil, nil])),
        at: 0)
      layerCount += 1
    }
    for index in layers.indices.dropFirst() {
      layers[index].calls = [KerasCall([KerasTensor(layer: index - 1, call: 0, output: 0)])]
    }
    return KerasModel(
      name: attributes["name"]?.string ?? "sequential",
      isTrainable: try attributes.flag("trainable", default: true), isSequential: true, layers: layers,
      inputs: [KerasTensor(layer: 0, call: 0, output: 0)],
      outputs: [KerasTensor(layer: layers.count - 1, call: 0, output: 0)])
  }
}

extension KerasAttributes {
  /// Height, width and channels of an input layer, or of a layer that begins a Sequential model; nil for none.
  func inputShape() throws -> [Int?]? {
    guard let value = self["batch_shape"] ?? self["batch_input_shape"] else { return nil }
    guard let sides = value.array, !sides.isEmpty else { throw fault("its input shape is not a list") }
    return try sides.dropFirst().map { side in
      if side == .null { return nil }
      guard let length = side.int, (1...Self.countLimit).contains(length) else {
        throw fault("its input shape has a side that is not a whole number from 1 to \(Self.countLimit)")
      }
      return length
    }
  }
}
