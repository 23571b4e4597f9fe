import CBuiltInModels
import Quant

/// The model that is part of the program: for photos that come without one, and wherever a model is named `default`.
///
/// A file of that name is meant by a path with a folder, such as `./default`.
package enum BuiltInModel {
  /// As it is written where a model is named.
  package static let name = FilePath("default")

  /// Whether this program was built with it.
  package static var isPresent: Bool { byteCount > 0 }

  /// What `scripts/make-default-model` found: SHA-256 in hexadecimal, of the model's bytes,
  package static let publishedSHA256 = String(cString: bim_default_sha256())
  /// of its outputs for the pictures of `edge selftest`,
  package static let publishedOutputsSHA256 = String(cString: bim_default_outputs_sha256())
  /// and of the embeddings of `Samples/evaluation`.
  package static let publishedSamplesSHA256 = String(cString: bim_default_samples_sha256())

  private static var byteCount: Int {
    var count = 0
    _ = bim_default_model(&count)
    return count
  }

  /// Its bytes where they lie in the program.
  ///
  /// - Throws: `InputError` when the program was built without it.
  static func bytes() throws -> FileBytes {
    var count = 0
    guard let start = bim_default_model(&count), count > 0 else {
      throw InputError(
        .unreadable, name.text, "this program was built without a built-in model",
        remedy: "scripts/make-default-model makes it; then build again")
    }
    return FileBytes(resident: UnsafeRawBufferPointer(start: start, count: count), named: name.text)
  }
}
