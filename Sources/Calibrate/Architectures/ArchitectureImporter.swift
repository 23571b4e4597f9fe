import Quant

/// Recognizes the networks of `ArchitectureFamilies`, of any width and depth that names and shapes tell, from a state
/// dictionary, and builds their float graph.
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
    guard let family = ArchitectureFamilies.recognize(names, in: state) else {
      throw Refusal.unknown(names, state)
    }
    var request = ImportRequest(
      state: state, names: names, given: given, isGivenByConfig: architecture == nil, config: config,
      inputSize: inputSize, head: head)
    return try request.network(of: family)
  }
}

/// One import under way.
private struct ImportRequest {
  let state: StateDictionary
  let names: TensorNames
  let given: ArchitectureName?
  let isGivenByConfig: Bool
  let config: PretrainedConfig?
  let inputSize: Size2D?
  let head: HeadReading
  var assumptions: [String] = []

  mutating func network<Family: ArchitectureFamily>(of family: Family) throws -> FloatNetwork {
    let head = try checkedHead(of: family)
    let name = try settle(family)
    var conventions = Family.conventions(of: name)
    if let strides = config?.stridesOnFirst { conventions.stridesOnFirst = strides }
    let recipe = try recipe(for: name, of: family)
    assumptions += family.assumptions(as: name, isGiven: given != nil, recipe: recipe)
    var builder = try NetworkBuilder(state: state, conventions: conventions, inputSize: recipe.inputSize)
    let value = try family.build(&builder)
    assumptions += try builder.pooledHead(
      head, asked: self.head, of: value, poolName: family.poolName,
      activation: family.headActivation(of: head))
    let labels = labels(for: builder.graph)
    return FloatNetwork(
      graph: builder.graph, architecture: name.description, recipe: recipe, labels: labels,
      assumptions: assumptions)
  }

  /// What stays beside the body's tensors must be a head, or for training alone.
  private mutating func checkedHead(of family: some ArchitectureFamily) throws -> Head {
    let expected = family.tensors
    let missing = expected.filter { !names.contains($0) }
    let biases = expected.compactMap { $0.hasSuffix(".weight") ? String($0.dropLast(7)) + ".bias" : nil }
    let known = Set(expected).union(biases)
    let trainingPrefixes = family.trainingLayers.map { $0 + "." }
    let others = names.all.filter { !known.contains($0) }
    let training = others.filter { name in trainingPrefixes.contains { name.hasPrefix($0) } }
    let leftOver = others.filter { name in !trainingPrefixes.contains { name.hasPrefix($0) } }
    guard missing.isEmpty, let head = Head(leftOver: leftOver, in: state) else {
      throw Refusal.mismatch(title: family.title, missing: missing, unexpected: leftOver, state)
    }
    if let first = training.first {
      assumptions.append(
        "training: \(training.count) tensors of auxiliary classifiers are left out (\(first))")
    }
    return head
  }

  /// The architecture's name: the given one when it fits what was recognized, else the recognized one.
  private mutating func settle<Family: ArchitectureFamily>(_ family: Family) throws -> ArchitectureName {
    let member = try family.member(in: state)
    guard let given else {
      assumptions.append(
        "architecture: \(member.name) by names and shapes; --architecture decides otherwise")
      return member.name
    }
    guard Family.understands(given), member.fits(given) else {
      throw InputError(
        .mismatch, "architecture \(given)", "the tensors are those of \(member.description)",
        remedy: isGivenByConfig ? "give --architecture" : "leave out --architecture, or correct it")
    }
    return given
  }

  private mutating func recipe<Family: ArchitectureFamily>(
    for name: ArchitectureName, of family: Family
  ) throws -> Recipe {
    let presetName = Family.presetName(of: name)
    let preset = Recipe.defaultPresetName(for: presetName)
    var recipe = try Recipe.preset(
      preset, inputSize: inputSize ?? config?.inputSize, architecture: presetName)
    try Family.adjust(&recipe, for: name)
    try config?.adjust(&recipe, isSizeGiven: inputSize != nil)
    if config?.describesPreprocessing != true {
      assumptions.append("preprocessing: as \(name) is usually fed; --preset or its parts decide otherwise")
    }
    if inputSize == nil, config?.inputSize == nil, !Family.isSizeKnown(of: name) {
      assumptions.append(
        "input size: \(recipe.inputSize), the width and depth being no known variant's; --size decides")
    }
    return recipe
  }

  private mutating func labels(for graph: FloatGraph) -> [String] {
    guard let labels = config?.labels, !labels.isEmpty else { return [] }
    if graph.output(named: "logits").map({ graph.shapes[$0].channels }) == labels.count { return labels }
    assumptions.append(
      "labels: config.json names \(labels.count) classes, the classifier has another number; left out")
    return []
  }
}
