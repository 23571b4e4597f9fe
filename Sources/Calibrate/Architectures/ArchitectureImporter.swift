import Quant

/// Recognizes ResNets and EfficientNets, of any width and depth of these families, from a state dictionary's names and
/// shapes, and builds their float graph.
///
/// Docs/models.md lists the namings and what is assumed where names and shapes do not settle it.
public enum ArchitectureImporter {
  /// - Parameters:
  ///   - architecture: `--architecture`, such as `timm/tf_efficientnet_b0`: decides padding, epsilon and stride place.
  ///   - config: a Hugging Face `config.json` from beside the file; decides where `architecture` is nil.
  ///   - inputSize: nil for the architecture's own.
  ///   - head: what the last linear layer is.
  /// - Result: the graph has the output `embedding` and, with a classifier, `logits`.
  /// - Throws: `InputError` naming the nearest family and the first tensors that are missing, unexpected or misshapen.
  public static func network(
    from state: StateDictionary, architecture: String? = nil, config: JSON? = nil, inputSize: Size2D? = nil,
    head: HeadReading = .automatic
  ) throws -> FloatNetwork {
    let names = TensorNames(state.names)
    let config = try config.map(PretrainedConfig.init)
    let given = try architecture.map(ArchitectureName.init(parsing:)) ?? config?.architecture
    var request = ImportRequest(
      state: state, names: names, given: given, isGivenByConfig: architecture == nil, config: config,
      inputSize: inputSize, head: head)
    if let layout = ResNetLayout(names) { return try request.resNet(layout) }
    if let layout = EfficientNetLayout(names) { return try request.efficientNet(layout) }
    throw Refusal.unknown(names, state)
  }
}

/// One import under way.
struct ImportRequest {
  let state: StateDictionary
  let names: TensorNames
  let given: ArchitectureName?
  let isGivenByConfig: Bool
  let config: PretrainedConfig?
  let inputSize: Size2D?
  let head: HeadReading
  var assumptions: [String] = []

  mutating func resNet(_ layout: ResNetLayout) throws -> FloatNetwork {
    let family = "\(layout.isBottleneck ? "bottleneck" : "basic-block") ResNet"
    let head = try checkedHead(expected: layout.tensors, family: family)
    let variant = ResNetVariant(layout, in: state)
    let library: ArchitectureName.Library =
      layout.naming.style == .transformers ? .transformers : .torchvision
    let name = try settle(
      recognized: ArchitectureName(library, variant.name), fits: given?.isResNet ?? true,
      depthsFit: given.map { variant.fits($0.model) } ?? true, is: "a \(variant.description)")
    var conventions = name.conventions
    if let strides = config?.stridesOnFirst { conventions.stridesOnFirst = strides }
    if given == nil {
      if layout.isBottleneck {
        assumptions.append(
          "stride: on the bottleneck's 3×3 as torchvision; --architecture caffe/\(variant.name) for its first 1×1"
        )
      }
      assumptions.append("batch-norm epsilon: \(conventions.epsilon) as torchvision")
    }
    let recipe = try recipe(for: name)
    var builder = try NetworkBuilder(state: state, conventions: conventions, inputSize: recipe.inputSize)
    let map = try builder.resNet(layout)
    return try finish(
      &builder, head, map, poolName: "\(layout.naming.root)avgpool", name: name, recipe: recipe)
  }

  mutating func efficientNet(_ layout: EfficientNetLayout) throws -> FloatNetwork {
    let isLite = !layout.hasSqueeze
    let head = try checkedHead(
      expected: layout.tensors,
      family: isLite ? "EfficientNet-Lite" : "EfficientNet with squeeze-and-excitation")
    let stages = try layout.stages(in: state)
    let scaling = EfficientNetScaling.recognize(layout, stages, in: state)
    let recognized = layout.assumedName(scaling, isLite: isLite)
    let found =
      scaling.map { "EfficientNet \($0.name)" }
      ?? "EfficientNet\(isLite ? "-Lite" : "") of its own width or depth"
    let name = try settle(
      recognized: recognized, fits: given.map { $0.isEfficientNet && $0.isLite == isLite } ?? true,
      depthsFit: given?.scaling == nil || scaling == nil || given?.scaling?.name == scaling?.name,
      is: "an \(found)")
    if given == nil { assumptions += name.efficientNetAssumptions(naming: layout.naming.style) }
    let recipe = try recipe(for: name)
    if name.library == .efficientNetPyTorch || name.library == .efficientNetLite {
      assumptions.append(
        "padding: SAME at \(recipe.inputSize), as the package pads when made with this image_size")
    }
    var builder = try NetworkBuilder(state: state, conventions: name.conventions, inputSize: recipe.inputSize)
    let map = try builder.efficientNet(layout, stages: stages)
    let poolName = layout.naming.poolName
    return try finish(&builder, head, map, poolName: poolName, name: name, recipe: recipe)
  }

  /// What stays beside the body's tensors must be a head.
  private func checkedHead(expected: [String], family: String) throws -> Head {
    let expectedSet = Set(expected)
    let missing = expected.filter { !names.contains($0) }
    let biases = Set(
      expected.compactMap { $0.hasSuffix(".weight") ? $0.dropLast(7) + ".bias" : nil }.map(String.init))
    let leftOver = names.all.filter { !expectedSet.contains($0) && !biases.contains($0) }
    guard missing.isEmpty, let head = Head(leftOver: leftOver, in: state) else {
      throw Refusal.mismatch(family: family, missing: missing, unexpected: leftOver, state)
    }
    return head
  }

  /// The architecture's name: the given one when it fits what was recognized, else the recognized one.
  private mutating func settle(
    recognized: ArchitectureName, fits: Bool, depthsFit: Bool, is found: String
  ) throws -> ArchitectureName {
    guard let given else {
      assumptions.append("architecture: \(recognized) by names and shapes; --architecture decides otherwise")
      return recognized
    }
    guard fits, depthsFit else {
      throw InputError(
        .mismatch, "architecture \(given)", "the tensors are those of \(found)",
        remedy: isGivenByConfig ? "give --architecture" : "leave out --architecture, or correct it")
    }
    return given
  }

  private mutating func recipe(for name: ArchitectureName) throws -> Recipe {
    let preset = Recipe.defaultPresetName(for: name.presetName)
    var recipe = try Recipe.preset(
      preset, inputSize: inputSize ?? config?.inputSize, architecture: name.presetName)
    if name.isAdversarial {
      recipe.name = "custom"
      (recipe.mean, recipe.deviation) = ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5])
    }
    if name.library == .caffe {
      let caffe = try Recipe.preset("keras-caffe", inputSize: recipe.inputSize)
      recipe.name = "custom"
      (recipe.channelOrder, recipe.scale) = (caffe.channelOrder, caffe.scale)
      (recipe.mean, recipe.deviation) = (caffe.mean, caffe.deviation)
    }
    try config?.adjust(&recipe, isSizeGiven: inputSize != nil)
    if config?.describesPreprocessing != true {
      assumptions.append("preprocessing: as \(name) is usually fed; --preset or its parts decide otherwise")
    }
    if inputSize == nil, config?.inputSize == nil, name.isOfUnknownSize {
      assumptions.append(
        "input size: \(recipe.inputSize), the width and depth being no known variant's; --size decides")
    }
    return recipe
  }

  private mutating func finish(
    _ builder: inout NetworkBuilder, _ head: Head, _ map: ValueID, poolName: String, name: ArchitectureName,
    recipe: Recipe
  ) throws -> FloatNetwork {
    assumptions += try builder.pooledHead(head, asked: self.head, of: map, poolName: poolName)
    let graph = builder.graph
    var labels = config?.labels ?? []
    if !labels.isEmpty, graph.output(named: "logits").map({ graph.shapes[$0].channels }) != labels.count {
      assumptions.append(
        "labels: config.json names \(labels.count) classes, the classifier has another number; left out")
      labels = []
    }
    return FloatNetwork(
      graph: graph, architecture: name.description, recipe: recipe, labels: labels, assumptions: assumptions)
  }
}
