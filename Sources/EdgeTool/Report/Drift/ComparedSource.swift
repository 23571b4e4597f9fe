import Quant

/// One of the two that a drift measurement compares.
package struct ComparedSource: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable {
    case int8Model = "int8 model"
    case floatWeights = "float weights"
    case embeddings = "embeddings file"
  }

  /// The file's name without its folder, or what stands in for one.
  package var name: String
  package var kind: Kind
  /// Of the file, in hexadecimal; nil where there is none yet.
  package var sha256: String?
  package var architecture: String?
  package var kernels: String?
  /// Of embeddings, the file of the model or weights that they were computed with.
  package var madeBy: String?

  package init(
    name: String, kind: Kind, sha256: String? = nil, architecture: String? = nil, kernels: String? = nil,
    madeBy: String? = nil
  ) {
    self.name = name
    self.kind = kind
    self.sha256 = sha256
    self.architecture = architecture
    self.kernels = kernels
    self.madeBy = madeBy
  }

  package init(_ file: NetworkFile) {
    let kind: Kind = if case .model = file.content { .int8Model } else { .floatWeights }
    self.init(
      name: file.path.name.text, kind: kind, sha256: file.sha256, architecture: file.network.architecture,
      kernels: file.network.kernelsUsed)
  }

  /// - Throws: `InputError` that names the file when it cannot be read again.
  package init(_ set: EmbeddingSet, file: FilePath) throws {
    self.init(
      name: file.name.text, kind: .embeddings, sha256: try EmbeddingSet.sha256(of: file),
      architecture: set.provenance?.architecture, kernels: set.provenance?.kernelsUsed,
      madeBy: set.provenance?.modelName)
  }

  package var json: JSON {
    func text(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }
    return [
      "kind": .string(kind.rawValue), "sha256": text(sha256), "architecture": text(architecture),
      "kernels_used": text(kernels), "made_by": text(madeBy),
    ]
  }
}
