import Glibc
import Quant

/// Float weights as they came from a file.
public struct LoadedWeights: Sendable {
  /// All tensors in it are finite.
  public let source: any NetworkSource
  /// The format in words, such as `safetensors`.
  public let format: String
  /// Of the file.
  public let byteCount: Int
  /// Of the file's bytes, in hexadecimal; `FloatNetwork.sourceSHA256` covers more where numbers are in other files.
  public let sha256: String
  /// What was chosen, assumed or left out, one line each.
  public let notes: [String]

  /// The tensors of a file that holds no graph; nil for one that does.
  public var state: StateDictionary? { (source as? StateDictionarySource)?.state }
}

/// Reads weight files of every kind that is known, by their content: the extension does not matter.
public enum WeightsFile {
  /// - Throws: `InputError` naming the file.
  public static func load(_ path: String) throws -> LoadedWeights {
    if access(path + "/saved_model.pb", F_OK) == 0 {
      throw InputError(
        .unsupported, path, "a TensorFlow SavedModel folder",
        remedy: "load it in Keras and save it with model.save(\"model.keras\") or .h5")
    }
    let file = try FileBytes(path: path, copied: true)
    do {
      // The hash takes as long as everything else: it is made meanwhile.
      let hash = BackgroundHash(file)
      let (source, format, notes) = try source(of: file, path: path)
      return LoadedWeights(
        source: source, format: format, byteCount: file.count, sha256: hash.value(), notes: notes)
    } catch let error as InputError {
      throw error.inFile(path)
    }
  }

  private static func source(of file: FileBytes, path: String) throws -> (
    source: any NetworkSource, format: String, notes: [String]
  ) {
    let view = ByteView(file)
    switch try WeightsFormat.recognize(view) {
    case .safetensors:
      let (state, notes) = try SafetensorsImporter.read(SafetensorsFile(file))
      return try source(state, "safetensors", notes, path: path)
    case .torchArchive(let archive):
      return try torch(TorchContainer(archive), byteCount: view.count, path: path)
    case .torchStream:
      return try torch(TorchContainer(stream: view), byteCount: view.count, path: path)
    case .onnx:
      let source = try ONNXSource(view, folder: folder(of: path))
      return (source, source.format, [])
    case .hdf5: return keras(try KerasFile(hdf5: view))
    case .kerasArchive(let archive): return keras(try KerasFile(archive: archive))
    }
  }

  private static func torch(_ container: TorchContainer, byteCount: Int, path: String) throws -> (
    any NetworkSource, String, [String]
  ) {
    let checkpoint = try TorchCheckpoint.load(container, fileByteCount: byteCount)
    return try source(checkpoint.state, checkpoint.format, checkpoint.notes, path: path)
  }

  private static func keras(_ file: KerasFile) -> (any NetworkSource, String, [String]) {
    let source = KerasSource(
      configuration: file.configuration, version: file.version, weights: file.weights)
    return (source, file.format, [])
  }

  private static func source(
    _ state: StateDictionary, _ format: String, _ notes: [String], path: String
  ) throws -> (any NetworkSource, String, [String]) {
    let (config, configNotes) = companionConfig(of: path)
    let source = StateDictionarySource(try state.checkedFinite(), config: config)
    return (source, format, notes + configNotes)
  }

  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  private static let configLimit = 16 << 20

  /// A Hugging Face repository's `config.json` beside the weights. One that cannot be read is told, never an error: it
  /// may belong to something else.
  private static func companionConfig(of path: String) -> (JSON?, notes: [String]) {
    let config = folder(of: path) + "config.json"
    do {
      let file = ByteView(try FileBytes(path: config, limit: configLimit, copied: true))
      let value = try file.withUnsafeBytes { try JSON.parse($0) }
      return (value, [])
    } catch let error as InputError {
      // Nothing there is the usual case.
      return (nil, access(config, F_OK) != 0 ? [] : ["ignored \(error.inFile(config))"])
    } catch {
      return (nil, ["ignored \(config)"])
    }
  }
}

/// Float tensors out of a safetensors file.
enum SafetensorsImporter {
  static func read(_ file: SafetensorsFile) throws -> (StateDictionary, notes: [String]) {
    guard file.metadata["format"] != "edge" else {
      throw InputError(
        .unsupported, "", "this is a quantized model, not float weights",
        remedy: "give the weights it was made from")
    }
    var state = StateDictionary()
    var left: [String] = []
    for entry in file.entries {
      let elements = file.withUnsafeBytes(of: entry) { entry.type.floats($0, count: entry.elementCount) }
      if let elements {
        state.set(entry.name, FloatTensor(shape: entry.shape, elements: elements))
      } else if !entry.name.hasSuffix("num_batches_tracked") {
        left.append(entry.name)
      }
    }
    guard state.count > 0 else {
      throw InputError(.unsupported, "", "the file holds no tensors of floating-point numbers")
    }
    let (stripped, prefixes) = state.withoutTraining()
    let notes = left.isEmpty ? [] : ["left out \(left.count) tensors that hold no float weights: \(left[0])…"]
    return (stripped, notes + prefixes)
  }
}
