import Calibrate
import Quant

/// Compares two embeddings files row by row: what `edge drift` does without a network.
package struct EmbeddingsDriftJob: Sendable {
  private let own: EmbeddingSet
  private let reference: EmbeddingSet
  private let ownFile: FilePath
  private let referenceFile: FilePath
  private let output: String
  private let pool: WorkerPool

  /// - Parameter output: the vector that was asked for; nil for whichever both files hold.
  /// - Throws: `InputError` that names the file when one cannot be read, or they hold vectors of different kinds.
  package init(_ file: FilePath, reference referenceFile: FilePath, output: String?, pool: WorkerPool) throws
  {
    own = try EmbeddingSet(contentsOf: file)
    reference = try EmbeddingSet(contentsOf: referenceFile)
    self.ownFile = file
    self.referenceFile = referenceFile
    self.pool = pool
    let wanted = output ?? own.provenance?.output ?? reference.provenance?.output ?? "embedding"
    self.output = wanted
    for (set, file) in [(own, file), (reference, referenceFile)] {
      guard let held = set.provenance?.output, held != wanted else { continue }
      throw InputError(
        .mismatch, file.text, "it holds \(held), not \(wanted)", remedy: "compare files of one output")
    }
    if let decoding = own.provenance?.decoding, let other = reference.provenance?.decoding, decoding != other
    {
      throw InputError(
        .mismatch, referenceFile.text,
        "its photos' decoding was \(other.rawValue), that of \(file.text) \(decoding.rawValue)",
        remedy: "embed the photos of both with or without --fast-decode")
    }
    guard own.matrix.columns == reference.matrix.columns else {
      throw InputError(
        .mismatch, referenceFile.text,
        "its vectors have \(reference.matrix.columns) values, those of \(file.text) \(own.matrix.columns)",
        remedy: "compare files of one network")
    }
  }

  /// Rows belong together by path where both files have paths beside them, else by their order.
  ///
  /// - Throws: `InputError` when a row has no counterpart.
  package func measure() throws -> DriftSummary {
    let rows = try pairedRows()
    let drift = try EmbeddingDrift(
      (0..<own.matrix.rows).map { Array(own.matrix[$0]) }, against: rows.map { Array(reference.matrix[$0]) },
      pool: pool)
    return DriftSummary(
      embedding: drift, paths: own.paths ?? rows.map { reference.paths?[$0] ?? FilePath("row \($0)") },
      model: try ComparedSource(own, file: ownFile),
      reference: try ComparedSource(reference, file: referenceFile), output: output,
      decoding: own.provenance?.decoding ?? reference.provenance?.decoding)
  }

  /// The reference's row for each of the other file's.
  private func pairedRows() throws -> [Int] {
    if let paths = own.paths, reference.paths != nil {
      return try ReferenceRows(reference, file: referenceFile).rows(for: paths)
    }
    guard own.matrix.rows == reference.matrix.rows else {
      throw InputError(
        .mismatch, referenceFile.text,
        "it has \(Number.count(reference.matrix.rows, "row")), \(ownFile.text) has \(own.matrix.rows), and .paths.txt does not stand beside both",
        remedy: "compare embeddings of the same photos")
    }
    return Array(0..<own.matrix.rows)
  }
}
