import Quant

/// What embeddings were computed with; stands beside them as JSON, without a time or a machine's name.
package struct EmbeddingProvenance: Hashable, Sendable {
  package enum Source: String, Hashable, Sendable {
    case int8Model = "int8 model"
    case floatWeights = "float weights"
  }

  package var source: Source
  /// Of the model or weights file, without its folder.
  package var modelName: String
  /// Of the same file, in hexadecimal.
  package var modelSHA256: String
  package var architecture: String
  /// As `OutputRequest` is written: `embedding`, `logits`, `layer4:gem:3`.
  package var output: String
  package var isNormalized: Bool
  package var augmentation: TestTimeAugmentation
  package var decoding: PhotoDecoding
  package var recipe: JSON
  /// The kernel set; any other would have given the same bytes.
  package var kernelsUsed: String
  /// Of the program that computed them.
  package var version: String

  package init(
    source: Source, modelName: String, modelSHA256: String, architecture: String, output: String,
    isNormalized: Bool, augmentation: TestTimeAugmentation = .none, decoding: PhotoDecoding = .full,
    recipe: JSON, kernelsUsed: String, version: String
  ) {
    self.source = source
    self.modelName = modelName
    self.modelSHA256 = modelSHA256
    self.architecture = architecture
    self.output = output
    self.isNormalized = isNormalized
    self.augmentation = augmentation
    self.decoding = decoding
    self.recipe = recipe
    self.kernelsUsed = kernelsUsed
    self.version = version
  }

  package var normalization: String { isNormalized ? "l2" : "none" }

  /// - Throws: `InputError` (mismatch) unless vectors of the two may be compared. Kernels and version do not matter.
  package func checkComparable(with other: EmbeddingProvenance) throws {
    if modelSHA256 != other.modelSHA256 {
      throw InputError(
        .mismatch, "",
        "the embeddings are \(modelName)'s (SHA-256 \(modelSHA256.prefix(12))…), not \(other.modelName)'s (\(other.modelSHA256.prefix(12))…)",
        remedy: "embed the photos again with one model")
    }
    try check("output", output, other.output)
    try check("normalization", normalization, other.normalization)
    try check("test-time augmentation", augmentation.rawValue, other.augmentation.rawValue)
    try check("decoding", decoding.rawValue, other.decoding.rawValue)
    try check("architecture", architecture, other.architecture)
    if recipe != other.recipe {
      throw InputError(
        .mismatch, "", "the embeddings' photos were prepared in another way",
        remedy: "use the same preprocessing options for both")
    }
  }

  private func check(_ what: String, _ own: String, _ other: String) throws {
    guard own != other else { return }
    throw InputError(
      .mismatch, "", "the embeddings' \(what) is \(own), not \(other)",
      remedy: "embed the photos again with one setting")
  }
}

extension EmbeddingProvenance {
  package func json(photoCount: Int, dimensions: Int) -> JSON {
    [
      "format": "edge embeddings", "version": 1, "edge_version": .string(version),
      "source": .string(source.rawValue),
      "model": .string(modelName), "model_sha256": .string(modelSHA256),
      "architecture": .string(architecture),
      "output": .string(output), "normalization": .string(normalization),
      "tta": .string(augmentation.rawValue), "decoding": .string(decoding.rawValue), "recipe": recipe,
      "kernels_used": .string(kernelsUsed), "photos": .integer(photoCount),
      "dimensions": .integer(dimensions),
    ]
  }

  /// - Throws: `InputError` without a subject, when `json` is not what `edge embed` writes beside embeddings.
  package init(json: JSON) throws {
    guard json["format"]?.string == "edge embeddings" else {
      throw InputError(
        .malformed, "", "this does not describe embeddings", remedy: "edge embed writes such a file")
    }
    guard json["version"]?.int == 1 else {
      throw InputError(.unsupported, "", "the description of the embeddings is of another version")
    }
    func text(_ key: String) throws -> String {
      guard let value = json[key]?.string else {
        throw InputError(.malformed, "", "\"\(key)\" is missing or no text")
      }
      return value
    }
    let source = try text("source")
    let normalization = try text("normalization")
    // Absent in files of before they were there.
    let augmentation = TestTimeAugmentation(rawValue: json["tta"]?.string ?? "none")
    let decoding = PhotoDecoding(rawValue: json["decoding"]?.string ?? "full")
    guard let source = Source(rawValue: source), ["l2", "none"].contains(normalization), let augmentation,
      let decoding
    else {
      throw InputError(.unsupported, "", "its source, normalization, augmentation or decoding is not known")
    }
    self.init(
      source: source, modelName: try text("model"), modelSHA256: try text("model_sha256"),
      architecture: try text("architecture"), output: try text("output"), isNormalized: normalization == "l2",
      augmentation: augmentation, decoding: decoding, recipe: json["recipe"] ?? .null,
      kernelsUsed: try text("kernels_used"),
      version: try text("edge_version"))
  }
}
