import Calibrate
import Quant

/// What a command line says about how weights are to be read.
package struct WeightsRequest: Sendable {
  /// `--architecture`; nil to recognize it.
  package var architecture: String?
  package var head = HeadReading.automatic
  package var recipe = RecipeOptions()
  /// Stands in for the architecture's own recipe where no option says otherwise: that of a model to compare with.
  package var proposedRecipe: Recipe?
  /// How the network's last map becomes the embedding; nil as the network does.
  package var pooling: GlobalPooling?
  /// Vectors to compute besides the network's own outputs.
  package var outputs: [OutputRequest] = []
  /// Whether the embedding alone is computed: no classifier, and nothing that only it needs.
  package var isEmbeddingOnly = false

  package init() {}

  /// Whether nothing was said that a model has its own answer to.
  package var isEmpty: Bool {
    architecture == nil && head == .automatic && recipe.isEmpty && pooling == nil
  }
}

/// Float weights with the network that was recognized in them, folded and fused for calibration.
package struct FloatModel: Sendable {
  package let path: FilePath
  package let byteCount: Int
  /// Of the file, and of those beside it that it has its numbers in, in hexadecimal.
  package let sha256: String
  /// Such as `safetensors`.
  package let formatName: String
  package let tensorCount: Int
  package private(set) var network: FloatNetwork
  /// Of the weights, in the words of whoever quantizes them; empty when not said.
  package var licence = ""

  /// Reads a weights file and a Hugging Face `config.json` beside it, if there is one.
  ///
  /// - Throws: `InputError` that names the file.
  package init(contentsOf path: FilePath, request: WeightsRequest) throws {
    guard path != BuiltInModel.name else {
      throw InputError(
        .usage, path.text, "this is the built-in model, quantized already",
        remedy: "name float weights; ./\(path.text) is a file of that name")
    }
    do {
      let weights = try WeightsFile.load(path.text)
      self.path = path
      byteCount = weights.byteCount
      formatName = weights.format
      tensorCount = weights.source.tensorCount
      var network = try Self.network(from: weights.source, request: request)
      sha256 = network.sourceSHA256 ?? weights.sha256
      network.assumptions = weights.notes + network.assumptions
      if let pooling = request.pooling {
        network.graph = try network.graph.repooling("embedding", by: pooling, parameters: .none)
      }
      if request.isEmbeddingOnly { try network.keepEmbeddingOnly() }
      self.network = try network.computing(request.outputs)
    } catch let error as InputError where error.kind != .usage && error.subject != path.text {
      throw error.inFile(path.text)
    }
  }

  private static func network(from source: any NetworkSource, request: WeightsRequest) throws -> FloatNetwork
  {
    func network(inputSize: Size2D?) throws -> FloatNetwork {
      try source.network(
        ImportOptions(architecture: request.architecture, inputSize: inputSize, head: request.head))
    }
    var result = try network(inputSize: request.recipe.inputSize ?? request.proposedRecipe?.inputSize)
    let recipe = try recipe(for: result, request: request)
    if recipe.inputSize != result.recipe.inputSize { result = try network(inputSize: recipe.inputSize) }
    if request.recipe.preset != nil || request.proposedRecipe != nil {
      result.assumptions.removeAll { $0.hasPrefix("preprocessing:") }
    }
    result.recipe = recipe
    return result
  }

  /// Options say what the network is fed; what its own graph does then follows in any case. A proposed recipe is whole.
  private static func recipe(for network: FloatNetwork, request: WeightsRequest) throws -> Recipe {
    let options = request.recipe
    if let proposed = request.proposedRecipe {
      return try options.recipe(architecture: network.architecture, proposed: proposed)
    }
    guard let fed = network.fed, !options.isEmpty else {
      return try options.recipe(architecture: network.architecture, proposed: network.recipe)
    }
    return try options.recipe(architecture: network.architecture, proposed: fed.recipe).followed(
      by: fed.graph)
  }

  /// Replaces the class names by those of a file with one line a class.
  package mutating func setLabels(from file: FilePath) throws {
    guard let logits = network.graph.output(named: "logits") else {
      throw InputError(.usage, "--labels", "the network has no classifier to label")
    }
    network.labels = try Labels.read(file, count: network.graph.shapes[logits].elementCount)
  }

  /// What a model made of these weights says about its source.
  package var provenance: Provenance {
    Provenance(
      architecture: network.architecture, sourceName: path.name.text, sourceSHA256: sha256,
      licence: licence, assumptions: network.assumptions, labels: network.labels)
  }
}

extension FloatNetwork {
  /// Leaves the other outputs and their class names out; preparation then drops the nodes that nothing reads.
  ///
  /// - Throws: `InputError` when the network has no embedding.
  fileprivate mutating func keepEmbeddingOnly() throws {
    let name = OutputRequest.embedding.name
    guard let value = graph.output(named: name) else {
      throw InputError(
        .mismatch, name, "the network has no such output", remedy: "leave out --embedding-only")
    }
    var alone = try FloatGraph(inputShape: graph.inputShape)
    for node in graph.nodes {
      try alone.append(node.name, node.operation, inputs: node.inputs, parameters: node.parameters)
    }
    try alone.addOutput(name, value)
    (graph, labels) = (alone, [])
  }

  /// The prepared network with the vectors of `requests` among its outputs. Layers are looked for by the names of their
  /// framework; a name that preparation gives is found after it.
  fileprivate func computing(_ requests: [OutputRequest]) throws -> FloatNetwork {
    var network = self
    for request in requests where graph.holds(request.name) {
      try network.graph.addOutput(request, parameters: .none)
    }
    network = try network.prepared()
    for request in requests { try network.graph.addOutput(request, parameters: .none) }
    return network
  }
}

/// The float reference behind the same face as an Int8 model.
package struct FloatReference: VectorNetwork {
  private let network: FloatNetwork
  private let interpreter: FloatInterpreter
  private let input: NetworkInput

  package init(_ network: FloatNetwork) throws {
    self.network = network
    interpreter = try FloatInterpreter(graph: network.graph)
    input = try NetworkInput(network.recipe)
  }

  package var recipe: Recipe { network.recipe }
  package var labels: [String] { network.labels }
  package var architecture: String { network.architecture }
  package var kernelsUsed: String { "float \(FloatKernelSet.best)" }

  package var outputs: [(name: String, count: Int)] {
    network.graph.outputs.map { ($0.name, network.graph.shapes[$0.value].elementCount) }
  }

  package func makeRunner() -> any NetworkRunner {
    FloatRunner(session: interpreter.makeSession(), graph: interpreter.graph, input: input)
  }

  private struct FloatRunner: NetworkRunner {
    let session: FloatSession
    let graph: FloatGraph
    let input: NetworkInput

    func run(_ pixels: [UInt8], outputs: [String]) throws -> [[Float]] {
      let values = outputs.compactMap(graph.output(named:))
      guard values.count == outputs.count else {
        throw InputError(.usage, "", "the network has no output \(outputs.joined(separator: " or "))")
      }
      return try session.run(input.map(pixels), outputs: values)
    }
  }
}
