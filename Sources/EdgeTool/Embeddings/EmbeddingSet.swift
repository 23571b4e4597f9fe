import Quant

/// Embeddings read from a `.npy` file, with what stands beside it.
package struct EmbeddingSet: Sendable {
  package var matrix: NpyMatrix
  /// The photo of each row; nil for a file of another program's.
  package var paths: [FilePath]?
  /// nil for a file of another program's.
  package var provenance: EmbeddingProvenance?

  private static let byteLimit = 16 << 30
  private static let sidecarByteLimit = 1 << 30

  package init(matrix: NpyMatrix, paths: [FilePath]? = nil, provenance: EmbeddingProvenance? = nil) {
    self.matrix = matrix
    self.paths = paths
    self.provenance = provenance
  }

  /// Reads `file`, and `.paths.txt` and `.json` beside it where they are.
  ///
  /// - Throws: `InputError` that names the file at fault.
  package init(contentsOf file: FilePath) throws {
    do {
      matrix = try NpyMatrix(parsing: RegularFile.read(file, limit: Self.byteLimit))
    } catch let error as InputError where error.subject != file.text {
      throw error.inFile(file.text)
    }
    let names = Sidecars(of: file)
    paths = try RegularFile.readIfPresent(names.paths, limit: Self.sidecarByteLimit).map(PhotoList.split)
    if let paths, paths.count != matrix.rows {
      throw InputError(
        .mismatch, names.paths.text, "it has \(paths.count) paths for \(matrix.rows) rows of \(file.text)",
        remedy: "embed the photos again")
    }
    provenance = try RegularFile.readIfPresent(names.provenance, limit: Self.sidecarByteLimit).map { bytes in
      do {
        return try EmbeddingProvenance(json: JSON.parse(bytes))
      } catch let error as InputError {
        throw error.inFile(names.provenance.text)
      }
    }
  }
}

extension EmbeddingSet {
  /// Of an embeddings file, in hexadecimal.
  package static func sha256(of file: FilePath) throws -> String {
    SHA256.hex(of: try RegularFile.read(file, limit: byteLimit))
  }

  /// - Throws: `InputError` that names the file unless it holds that output of photos decoded so, as far as it says.
  package func check(output: String, decoding: PhotoDecoding, file: FilePath) throws {
    guard let provenance else { return }
    if provenance.output != output {
      throw InputError(
        .mismatch, file.text, "it holds \(provenance.output), not \(output)",
        remedy: "say --output \(provenance.output)")
    }
    if provenance.decoding != decoding {
      throw InputError(
        .mismatch, file.text, "its photos' decoding was \(provenance.decoding.rawValue)",
        remedy: provenance.decoding == .fast ? "say --fast-decode" : "leave out --fast-decode")
    }
  }
}

/// The files that stand beside embeddings: `out.npy` has `out.paths.txt` and `out.json`.
package struct Sidecars: Sendable {
  package let paths: FilePath
  package let provenance: FilePath

  package init(of file: FilePath) {
    let ending = EmbeddingFormat(of: file).map { ".\($0.rawValue)" } ?? ""
    paths = file.replacingExtension(ending, with: ".paths.txt")
    provenance = file.replacingExtension(ending, with: ".json")
  }
}

/// How embeddings are written, told by the file's extension.
package enum EmbeddingFormat: String, CaseIterable, Sendable {
  case npy, jsonl, csv

  package init?(of file: FilePath) {
    guard let format = Self.allCases.first(where: { file.hasSuffix(".\($0.rawValue)") }) else { return nil }
    self = format
  }
}
