import Quant

/// A Keras file taken apart: its configuration, if it has one, and its weights. Nothing else of it is looked at.
struct KerasFile: Sendable {
  /// The format in words, for reports.
  let format: String
  /// As JSON text; nil for weights alone.
  let configuration: JSON?
  /// `keras_version`.
  let version: String?
  let weights: KerasWeights

  /// Of the configuration's text, before it is read.
  static let configurationLimit = 16 << 20
}

// MARK: - .h5

extension KerasFile {
  /// A whole model or weights alone, in HDF5.
  ///
  /// - Throws: `InputError` naming the group, attribute or data set.
  init(hdf5 bytes: ByteView) throws {
    let root = try HDF5File(bytes).root
    let attributes = try root.attributes
    version = try attributes["keras_version"]?.string() ?? Self.versionOfWeights(root)
    if let text = try attributes["model_config"]?.string() {
      guard case .group(let group) = try root.child("model_weights") else {
        throw InputError(
          .malformed, "model_weights", "the file has a model's configuration but no such group")
      }
      format = "Keras .h5 model"
      configuration = try Self.parse(text, "model_config")
      weights = .layers(try KerasLayerReader.groups(in: group))
    } else if try KerasLayerReader.holdsLayers(root) {
      format = "Keras .h5 weights"
      configuration = nil
      weights = .layers(try KerasLayerReader.groups(in: root))
    } else if KerasCheckpointReader.holdsLayers(root) {
      format = "Keras .weights.h5"
      configuration = nil
      weights = .checkpoint(try KerasCheckpointReader.checkpoint(in: root))
    } else {
      throw InputError(
        .unsupported, "", "an HDF5 file that Keras did not write",
        remedy: "save the model with model.save in Keras")
    }
  }

  private static func versionOfWeights(_ root: HDF5Group) throws -> String? {
    guard case .group(let group) = try root.child("model_weights") else { return nil }
    return try group.attributes["keras_version"]?.string()
  }

  private static func parse(_ text: String, _ name: String) throws -> JSON {
    guard text.utf8.count <= configurationLimit else {
      throw InputError(.tooLarge, name, "the configuration is over \(configurationLimit) bytes")
    }
    do { return try JSON.parse(text) } catch let error as InputError { throw error.inFile(name) }
  }
}

// MARK: - .keras

extension KerasFile {
  /// Whether a zip archive is one of Keras.
  static func isArchive(_ archive: ZipArchive) -> Bool {
    archive["model.weights.h5"] != nil || (archive["config.json"] != nil && archive["metadata.json"] != nil)
  }

  /// - Throws: `InputError` naming the member.
  init(archive: ZipArchive) throws {
    format = "Keras .keras archive"
    configuration = try Self.json("config.json", in: archive)
    version =
      archive["metadata.json"] == nil
      ? nil : try Self.json("metadata.json", in: archive)["keras_version"]?.string
    guard let member = archive["model.weights.h5"] else {
      throw InputError(.unsupported, "model.weights.h5", "the archive holds no such member, so no weights")
    }
    do {
      let root = try HDF5File(archive.contents(of: member)).root
      weights = .checkpoint(try KerasCheckpointReader.checkpoint(in: root))
    } catch let error as InputError where error.subject != member.name {
      throw error.inFile(member.name)
    }
  }

  private static func json(_ name: String, in archive: ZipArchive) throws -> JSON {
    guard let member = archive[name] else {
      throw InputError(
        .malformed, name, "the archive holds no such member", remedy: "save the model again with model.save")
    }
    guard member.byteCount <= configurationLimit else {
      throw InputError(.tooLarge, name, "\(member.byteCount) bytes, over \(configurationLimit)")
    }
    let contents = try archive.contents(of: member)
    do { return try contents.withUnsafeBytes { try JSON.parse($0) } } catch let error as InputError {
      throw error.inFile(name)
    }
  }
}
