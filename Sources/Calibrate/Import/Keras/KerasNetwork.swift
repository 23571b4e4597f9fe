import Quant

/// A model with its weights, to be made into a float network.
struct KerasNetwork {
  let model: KerasModel
  let parameters: KerasParameters
  /// What the model was recognized as; nil to look at its layers' names.
  var application: KerasApplicationName?
  var assumptions: [String] = []

  /// - Throws: `InputError` naming the layer that cannot be read, and why.
  func network(_ options: ImportOptions) throws -> FloatNetwork {
    let asked = try options.architecture.map(KerasApplicationName.init(parsing:))
    let known = asked ?? application ?? KerasApplicationName(layersOf: model)
    let size = try inputSize(options, known)
    let shape = Shape.map(height: size.height, width: size.width, channels: 3)
    var tracer = KerasTracer(
      graph: try TracedGraph(inputShape: shape, isChannelsFirst: false), parameters: parameters)
    let outputs = try tracer.outputs(of: model, inputs: [KerasValue(tracer.graph.input)], path: "")
    guard let output = outputs.first, output.channel == nil else {
      throw InputError(.unsupported, "", "the model computes nothing")
    }
    var notes = assumptions
    if outputs.count > 1 { notes.append("outputs: the first of \(outputs.count) is read") }
    let scales = tracer.graph.inputAffine.map { !$0.isIdentity } ?? false
    let recipe = try recipe(
      size, known, isGiven: asked != nil, scales: scales || tracer.readsReversed == true, &notes)
    return try tracer.graph.network(
      endingWith: output.traced, head: options.head, architecture: known?.description ?? "keras/\(kind)",
      recipe: recipe, reversesInput: tracer.readsReversed == true, assumptions: notes)
  }

  private var kind: String { model.isSequential ? "sequential" : "functional" }

  // MARK: - Input

  private func inputSize(_ options: ImportOptions, _ known: KerasApplicationName?) throws -> Size2D {
    guard model.inputs.count == 1, case .input(let sides) = model.layers[model.inputs[0].layer].kind else {
      throw InputError(
        .unsupported, "", "the model has \(model.inputs.count) inputs",
        remedy: "a model of one picture is read")
    }
    let name = model.layers[model.inputs[0].layer].name
    guard sides.count == 3, sides[2] == nil || sides[2] == 3 else {
      let text = sides.map { $0.map(String.init) ?? "?" }.joined(separator: "×")
      throw InputError(
        .unsupported, name, "the model's input is \(text), not a picture of 3 channels",
        remedy: "height×width×3, channels last, is read")
    }
    if let size = options.inputSize { return size }
    if let height = sides[0], let width = sides[1] { return Size2D(height: height, width: width) }
    if let known { return Size2D(known.inputSide) }
    throw InputError(
      .usage, name, "the file does not tell the size of the model's input",
      remedy: "give it with --size, such as --size 224")
  }

  // MARK: - Preprocessing

  /// The recipe before what the network itself does to its input.
  ///
  /// A network that scales its input is fed 0…255; of another the layers' names tell what it was trained with.
  private func recipe(
    _ size: Size2D, _ known: KerasApplicationName?, isGiven: Bool, scales: Bool,
    _ notes: inout [String]
  ) throws -> Recipe {
    if !scales, let known, known.preset != .raw {
      if !isGiven {
        notes.append(
          "preprocessing: \(known.preset.rawValue), as \(known.model) is trained with; the model itself does not scale "
            + "its input; --preset decides otherwise")
      }
      return try .preset(known.preset.rawValue, inputSize: size, architecture: known.description)
    }
    if !scales {
      notes.append(
        "preprocessing: none, 0…255: the model does not scale its input and its layers tell no architecture; "
          + "--preset, --scale, --mean and --std decide otherwise")
    }
    return Recipe(
      name: "custom", resize: .exact(size), filter: .nearest, inputSize: size,
      scale: 1, mean: [0, 0, 0], deviation: [1, 1, 1])
  }
}
