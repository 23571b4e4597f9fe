import Quant

/// A model with what its file says about itself.
package struct StoredModel: Sendable {
  package let model: QuantizedModel
  /// Of the file, in hexadecimal.
  package let sha256: String
  package let byteCount: Int

  /// - Throws: `InputError` that names the file.
  package init(contentsOf path: FilePath) throws {
    do {
      let file = try FileBytes(path: path.text)
      var hash = SHA256()
      file.withUnsafeBytes { hash.update($0) }
      model = try QuantizedModel(file)
      sha256 = SHA256.hex(hash.finalize())
      byteCount = file.count
    } catch let error as InputError {
      throw error.subject == path.text ? error : error.inFile(path.text)
    }
  }

  /// Whether the file says that it is a model; a file that cannot be parsed is none.
  ///
  /// - Throws: `InputError` that names the file when it cannot be read.
  package static func isModel(_ path: FilePath) throws -> Bool {
    do {
      return QuantizedModel.isModel(try FileBytes(path: path.text))
    } catch let error as InputError {
      throw error.subject == path.text ? error : error.inFile(path.text)
    }
  }
}
