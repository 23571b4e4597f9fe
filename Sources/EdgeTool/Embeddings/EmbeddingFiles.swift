import Quant

/// The files of one run: one for each output asked for.
package struct EmbeddingFiles {
  package struct File {
    package let output: String
    package let path: FilePath
    package let columns: Int
    fileprivate let writer: EmbeddingWriter
  }

  package let files: [File]

  /// One output is written to `path`; of several, `out.npy` becomes `out.NAME.npy`.
  ///
  /// - Throws: `InputError` when an output is not there, two have one file name, or a file cannot be made.
  package init(_ path: FilePath, outputs: [String], network: any VectorNetwork) throws {
    var files: [File] = []
    for output in outputs {
      let own = outputs.count == 1 ? path : Self.path(of: output, beside: path)
      guard !files.contains(where: { $0.path == own }) else {
        throw InputError(
          .usage, own.text, "two outputs would be written to this file", remedy: "embed them apart")
      }
      let columns = try network.requireOutput(output)
      files.append(
        File(output: output, path: own, columns: columns, writer: try EmbeddingWriter(own, columns: columns)))
    }
    self.files = files
  }

  /// The name between stem and extension, with `_` for what has no place in a file's name.
  private static func path(of output: String, beside path: FilePath) -> FilePath {
    let ending = EmbeddingFormat(of: path).map { ".\($0.rawValue)" } ?? ""
    let name = String(
      output.map { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) ? $0 : "_" })
    return path.replacingExtension(ending, with: ".\(name)\(ending)")
  }

  package func append(_ path: FilePath, _ rows: [[Float]]) throws {
    for (file, row) in zip(files, rows) { try file.writer.append(path, row) }
  }

  package func commit(_ provenance: (_ output: String) -> EmbeddingProvenance) throws {
    for file in files { try file.writer.commit(provenance(file.output)) }
  }
}
