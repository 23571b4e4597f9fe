import Quant
import Synchronization

/// A model with what its file says about itself. The path `default` is the built-in model's.
package struct StoredModel: Sendable {
  package let model: QuantizedModel
  package let byteCount: Int
  private let digest: FileDigest

  /// - Throws: `InputError` that names the file.
  package init(contentsOf path: FilePath) throws {
    self = try Self.naming(path) { try StoredModel(SafetensorsFile($0), file: $0) }
  }

  /// - Throws: `InputError` when the program was built without it.
  package static var builtIn: StoredModel {
    get throws { try StoredModel(contentsOf: BuiltInModel.name) }
  }

  /// The model, or nil where the file does not say that it is one.
  ///
  /// - Throws: `InputError` that names the file when it cannot be read or is a model that cannot be used.
  package init?(ifModel path: FilePath) throws {
    let stored: StoredModel? = try Self.naming(path) { file in
      guard let tensors = try? SafetensorsFile(file), tensors.isModel else { return nil }
      return try StoredModel(tensors, file: file)
    }
    guard let stored else { return nil }
    self = stored
  }

  private init(_ tensors: SafetensorsFile, file: FileBytes) throws {
    model = try QuantizedModel(tensors)
    byteCount = file.count
    digest = FileDigest(file)
  }

  /// Once an engine has packed the weights: gives back the file's pages.
  package func giveBackMemory() { digest.file.giveBackAll() }

  /// SHA-256 of the file, in hexadecimal; computed when it is first asked for.
  package var sha256: String { digest.value }

  /// Whether the file says that it is a model; a file that cannot be parsed is none.
  ///
  /// - Throws: `InputError` that names the file when it cannot be read.
  package static func isModel(_ path: FilePath) throws -> Bool {
    try naming(path) { QuantizedModel.isModel($0) }
  }

  private static func naming<Result>(_ path: FilePath, _ body: (FileBytes) throws -> Result) throws -> Result
  {
    do {
      return try body(path == BuiltInModel.name ? BuiltInModel.bytes() : FileBytes(path: path.text))
    } catch let error as InputError {
      throw error.subject == path.text ? error : error.inFile(path.text)
    }
  }
}

/// SHA-256 of an open file, which few commands need and which takes longer than to load a model.
private final class FileDigest: Sendable {
  let file: FileBytes
  private let known = Mutex<String?>(nil)

  init(_ file: FileBytes) { self.file = file }

  var value: String {
    known.withLock { known in
      if let known { return known }
      let value = file.withUnsafeBytes { bytes in
        var hash = SHA256()
        hash.update(bytes)
        return SHA256.hex(hash.finalize())
      }
      known = value
      return value
    }
  }
}
