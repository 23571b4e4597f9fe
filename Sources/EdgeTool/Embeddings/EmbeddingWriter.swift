import Quant

/// Writes embeddings row by row, so that any number of photos fits; the files appear when all is written.
package final class EmbeddingWriter {
  private let format: EmbeddingFormat
  private let file: OutputFile
  private let pathsFile: OutputFile?
  private let provenanceFile: OutputFile
  private let columns: Int
  private var rows = 0
  /// The paths' bytes up to now, in the form of a list with NULs only if one of them needs it.
  private var paths: [FilePath] = []

  /// - Parameter columns: the length of every row.
  /// - Throws: `InputError` when the extension is not known, or a file cannot be made.
  package init(_ path: FilePath, columns: Int) throws {
    guard let format = EmbeddingFormat(of: path) else {
      throw InputError(
        .usage, path.text, "the extension is none that embeddings are written in",
        remedy: "name a .npy, .jsonl or .csv file")
    }
    self.format = format
    self.columns = columns
    let sidecars = Sidecars(of: path)
    file = try OutputFile(path)
    provenanceFile = try OutputFile(sidecars.provenance)
    pathsFile = format == .npy ? try OutputFile(sidecars.paths) : nil
    switch format {
    case .npy: try file.write(NpyMatrix.header(rows: 0, columns: columns))
    case .jsonl: break
    case .csv: try file.write(EmbeddingText.csvHeader(columns: columns))
    }
  }

  /// - Precondition: `row` has `columns` values, all finite.
  package func append(_ path: FilePath, _ row: [Float]) throws {
    precondition(row.count == columns)
    rows += 1
    switch format {
    case .npy:
      paths.append(path)
      try file.write(row.littleEndianBytes)
    case .jsonl: try file.write(EmbeddingText.jsonLine(path, row))
    case .csv: try file.write(EmbeddingText.csvLine(path, row))
    }
  }

  /// Makes the files appear, the embeddings last.
  package func commit(_ provenance: EmbeddingProvenance) throws {
    if format == .npy { try file.rewriteStart(NpyMatrix.header(rows: rows, columns: columns)) }
    try pathsFile?.write(PhotoList.joined(paths))
    try provenanceFile.write(
      provenance.json(photoCount: rows, dimensions: columns).text(indented: true) + "\n")
    try pathsFile?.commit()
    try provenanceFile.commit()
    try file.commit()
  }
}

/// Embeddings as lines of text; numbers are the shortest decimals that read back to the same Float.
package enum EmbeddingText {
  package static func jsonLine(_ path: FilePath, _ row: [Float]) -> String {
    jsonLine(path, [("embedding", row)])
  }

  /// One vector is called `embedding` whatever it is; several have their names.
  package static func jsonLine(_ path: FilePath, _ vectors: [(name: String, row: [Float])]) -> String {
    let members = vectors.map { name, row in
      let key = vectors.count == 1 ? "embedding" : name
      return "\(JSON.string(key).text()):[\(row.lazy.map(\.description).joined(separator: ","))]"
    }
    return "{\"path\":\(JSON.string(path.text).text()),\(members.joined(separator: ","))}\n"
  }

  static func csvHeader(columns: Int) -> String {
    (["path"] + (0..<columns).map { "e\($0)" }).joined(separator: ",") + "\n"
  }

  /// Fields are quoted as RFC 4180 says.
  static func csvLine(_ path: FilePath, _ row: [Float]) -> String {
    var field = path.text
    if field.utf8.contains(where: { Array("\",\r\n".utf8).contains($0) }) {
      let doubled = field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
      field = "\"\(doubled)\""
    }
    return field + row.lazy.map { ",\($0)" }.joined() + "\n"
  }
}
