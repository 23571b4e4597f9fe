import Int8Kernels
import Quant

/// A model or a weights file, opened and ready to run.
package struct NetworkFile: Sendable {
  package enum Content: Sendable {
    case model(QuantizedModel)
    case weights(FloatModel)
  }

  package let path: FilePath
  package let content: Content
  package let byteCount: Int
  package let network: any VectorNetwork
  private let digest: Digest

  private enum Digest: Sendable {
    case known(String)
    case of(StoredModel)
  }

  /// Of the file, in hexadecimal.
  package var sha256: String {
    switch digest {
    case .known(let sha256): sha256
    case .of(let model): model.sha256
    }
  }

  /// - Parameters:
  ///   - path: a file, or `default` for the built-in model.
  ///   - outputs: vectors that will be asked for.
  ///   - alone: no others will be: a model then computes nothing else.
  /// - Throws: `InputError` that names the file; (usage) when `weights` says something and the file is a model, or one of
  ///   `outputs` is not there.
  package init(
    _ path: FilePath, weights request: WeightsRequest, kernels: KernelSet,
    outputs: [OutputRequest] = [.embedding], alone: Bool = false
  ) throws {
    self.path = path
    try ModelArgument.check(path)
    if let model = try StoredModel(ifModel: path) {
      guard request.isEmpty else {
        throw InputError(
          .usage, path.text, "a model carries its own architecture and preprocessing",
          remedy: "leave those options out, or give them to edge quantize")
      }
      content = .model(model.model)
      (digest, byteCount) = (.of(model), model.byteCount)
      let whole = try model.model.computing(outputs)
      network = try Int8Network(
        model: alone ? whole.reduced(to: outputs.map(\.description)) : whole, kernels: kernels)
      model.giveBackMemory()
    } else {
      var request = request
      request.outputs += outputs
      let weights = try FloatModel(contentsOf: path, request: request)
      content = .weights(weights)
      (digest, byteCount) = (.known(weights.sha256), weights.byteCount)
      network = try FloatReference(weights.network)
    }
  }

  /// A model where weights would not do.
  ///
  /// - Throws: `InputError` that names the file.
  package static func model(_ path: FilePath) throws -> QuantizedModel {
    try ModelArgument.check(path)
    guard let model = try StoredModel(ifModel: path) else {
      throw InputError(
        .mismatch, path.text, "this is no model", remedy: "edge quantize makes one from float weights")
    }
    return model.model
  }

  /// What stands beside vectors that this network computed.
  package func provenance(
    output: String, isNormalized: Bool, augmentation: TestTimeAugmentation, decoding: PhotoDecoding = .full,
    version: String
  ) -> EmbeddingProvenance {
    let source: EmbeddingProvenance.Source =
      if case .model = content { .int8Model } else { .floatWeights }
    return EmbeddingProvenance(
      source: source, modelName: path.name.text, modelSHA256: sha256, architecture: network.architecture,
      output: output, isNormalized: isNormalized, augmentation: augmentation, decoding: decoding,
      recipe: network.recipe.json, kernelsUsed: network.kernelsUsed, version: version)
  }

  /// What was assumed when reading weights; none for a model, which says so itself when inspected.
  package var assumptions: [String] {
    if case .weights(let weights) = content { weights.network.assumptions } else { [] }
  }
}
