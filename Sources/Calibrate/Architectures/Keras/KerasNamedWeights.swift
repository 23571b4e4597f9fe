import Quant

/// Weights by layer, whose names tell the architecture.
struct KerasNamedWeights {
  private struct Layer {
    /// As the file has it.
    let name: String
    var variables: [String: FloatTensor] = [:]
  }

  /// By canonical name.
  private var layers: [String: Layer] = [:]
  /// Canonical names in the file's order.
  private var names: [String] = []
  private let widths: [String: Int]
  /// Layers without weights, as far as the file names them.
  private let bareNames: Set<String>

  /// A nested model's variables are told apart by their own names.
  init(_ groups: [KerasWeightGroup]) throws {
    var found: [(name: String, base: String, tensor: FloatTensor)] = []
    for group in groups {
      let owners = Set(group.variables.map(\.layerName))
      for variable in group.variables {
        let base = variable.baseName(in: group.name)
        guard KerasWeightGroup.Variable.known.contains(base) else { continue }
        let inner = Self.inner(variable.layerName, of: group.name)
        found.append((owners.count > 1 ? inner : group.name, String(base), variable.tensor))
      }
    }
    bareNames = Set(groups.lazy.filter(\.variables.isEmpty).map(\.name))
    let canonical = Self.canonicalNames(found.map(\.name))
    for (name, base, tensor) in found {
      let key = canonical[name] ?? name
      if layers[key] == nil { names.append(key) }
      guard layers[key, default: Layer(name: name)].variables.updateValue(tensor, forKey: base) == nil else {
        throw InputError(.mismatch, name, "the file has two variables \(base) for layers of this name")
      }
    }
    widths = layers.compactMapValues { layer in
      layer.variables["kernel"].flatMap { $0.shape.count == 4 ? $0.shape[3] : nil }
    }
  }

  /// `conv1_conv` of `resnet50/conv1_conv` in the group `resnet50`.
  private static func inner(_ name: Substring, of group: String) -> String {
    name.hasPrefix(group + "/") ? String(name.dropFirst(group.utf8.count + 1)) : String(name)
  }

  // MARK: - Names

  /// Keras 2 and 3 write some names differently (`expanded_conv/project/BatchNorm`, `expanded_conv_project_bn`), and
  /// layers without a name are numbered from wherever the session stood: both are made alike.
  private static func canonicalNames(_ names: [String]) -> [String: String] {
    var result: [String: String] = [:]
    var numbered: [Substring: [(number: Int, name: String)]] = [:]
    for name in Set(names).sorted() {
      let plain = canonical(name)
      result[name] = plain
      let (base, number) = KerasCheckpoint.split(plain)
      if base == "conv2d" || base == "batch_normalization" {
        numbered[base, default: []].append((number, name))
      }
    }
    for (base, members) in numbered {
      for (rank, member) in members.sorted(by: { $0.number < $1.number }).enumerated() {
        result[member.name] = "\(base)#\(rank)"
      }
    }
    return result
  }

  private static func canonical(_ name: String) -> String {
    var result = String(name.lowercased().map { $0 == "/" ? "_" : $0 })
    if result.hasSuffix("_batchnorm") { result = String(result.dropLast(9)) + "bn" }
    return result
  }

  // MARK: - Recognition

  private struct Candidate {
    let definition: any KerasApplication.Definition
    let model: KerasModel
    /// Canonical names of the layers with weights, by layer.
    let names: [(layer: KerasLayer, name: String)]
  }

  private func candidate(_ definition: any KerasApplication.Definition) -> Candidate {
    let model = KerasApplication.body(of: definition, widths: widths)
    return Candidate(definition: definition, model: model, names: Self.weighted(model))
  }

  private static func weighted(_ model: KerasModel) -> [(layer: KerasLayer, name: String)] {
    let layers = model.layers.filter(\.hasVariables)
    let canonical = canonicalNames(layers.map(\.name))
    return layers.map { ($0, canonical[$0.name] ?? $0.name) }
  }

  private func fits(_ candidate: Candidate) -> Bool {
    candidate.names.allSatisfy { layer, name in
      layers[name]?.variables[Self.kernelName(layer)].map { layer.mayHave(kernel: $0.shape) } ?? true
    }
  }

  private static func kernelName(_ layer: KerasLayer) -> String {
    if case .depthwise = layer.kind { "depthwise_kernel" } else { "kernel" }
  }

  func network(_ options: ImportOptions) throws -> KerasNetwork {
    let all = KerasApplication.definitions.map(candidate)
    let contained = all.filter { $0.names.allSatisfy { layers[$0.name] != nil } }
    let fitting = contained.filter(fits)
    // Of networks that contain one another, the deepest.
    guard let chosen = (fitting.isEmpty ? contained : fitting).max(by: { $0.names.count < $1.names.count })
    else {
      throw refusal(nearest: all)
    }
    var notes: [String] = []
    let definition = settled(chosen.definition, &notes)
    let body = Set(chosen.names.map(\.name))
    let hasOwnHead = !definition.headLayers.isEmpty && definition.headLayers.allSatisfy { layers[$0] != nil }
    let rest = names.filter { !body.contains($0) && !(hasOwnHead && definition.headLayers.contains($0)) }
    let head = rest.compactMap { name in
      layers[name].flatMap { KerasHeadLayer(name: $0.name, variables: $0.variables) }
    }
    guard head.count == rest.count else {
      throw KerasRefusal.mismatch(definition.name, missing: [], unexpected: rest.map(fileName))
    }
    let model = KerasApplication.model(
      of: definition, widths: widths, hasOwnHead: hasOwnHead, head: head, asked: options.head, notes: &notes)
    return KerasNetwork(
      model: model, parameters: try parameters(of: model), application: KerasApplicationName(definition.name),
      assumptions: notes)
  }

  private func fileName(_ canonical: String) -> String { layers[canonical]?.name ?? canonical }

  /// What a definition leaves to the weights themselves.
  private func settled(_ definition: any KerasApplication.Definition, _ notes: inout [String])
    -> any KerasApplication.Definition
  {
    if var network = definition as? KerasBranchResNet {
      network.settle(bareLayers: bareNames, &notes)
      return network
    }
    guard var network = definition as? KerasEfficientNet,
      let variance = layers["normalization"]?.variables["variance"]?.elements
    else { return definition }
    network.settle(variance: variance, &notes)
    return network
  }

  private func parameters(of model: KerasModel) throws -> KerasParameters {
    var parameters = KerasParameters()
    for (layer, name) in Self.weighted(model) {
      let file = layers[name]?.variables ?? [:]
      for variable in layer.variables {
        // Keras 2 calls a depthwise convolution's kernel so.
        guard let tensor = file[variable.name] ?? file["depthwise_\(variable.name)"] else {
          throw InputError(.mismatch, fileName(name), "the file has no \(variable.name) for this layer")
        }
        parameters.set(tensor, variable.name, of: layer.id)
      }
    }
    return parameters
  }

  private func refusal(nearest all: [Candidate]) -> InputError {
    let present = Set(layers.keys)
    func likeness(_ candidate: Candidate) -> Double {
      let shared = candidate.names.filter { present.contains($0.name) }.count
      return Double(shared) / Double(candidate.names.count + present.count - shared)
    }
    guard let best = all.max(by: { likeness($0) < likeness($1) }), likeness(best) > 0.05 else {
      return KerasRefusal.unknown(names.map(fileName))
    }
    let expected = Set(best.names.map(\.name))
    return KerasRefusal.mismatch(
      best.definition.name, missing: best.names.filter { !present.contains($0.name) }.map(\.layer.name),
      unexpected: names.filter { name in
        !expected.contains(name)
          && layers[name].flatMap { KerasHeadLayer(name: name, variables: $0.variables) } == nil
      }.map(fileName))
  }
}

/// Errors for weights without a graph that fit no known network.
enum KerasRefusal {
  static func mismatch(_ network: String, missing: [String], unexpected: [String]) -> InputError {
    var parts: [String] = []
    if !missing.isEmpty { parts.append("\(missing.count) missing: \(list(missing))") }
    if !unexpected.isEmpty { parts.append("\(unexpected.count) unexpected: \(list(unexpected))") }
    return InputError(
      .mismatch, "",
      "the file holds weights without a graph; the nearest network is Keras' \(network), but of its layers "
        + parts.joined(separator: "; "), remedy: KerasApplication.remedy)
  }

  static func unknown(_ names: [String]) -> InputError {
    let what = names.isEmpty ? "there are none" : "no network has layers named \(list(names))"
    return InputError(
      .mismatch, "", "the file holds weights without a graph; \(what)", remedy: KerasApplication.remedy)
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(3).map { $0.count <= 96 ? $0 : "\($0.prefix(93))…" }.joined(separator: ", ")
  }
}
