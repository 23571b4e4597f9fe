import Quant

/// Which row of a `.npy` file belongs to which photo.
struct ReferenceRows {
  private let set: EmbeddingSet
  private let file: FilePath

  init(_ set: EmbeddingSet, file: FilePath) {
    self.set = set
    self.file = file
  }

  /// By whole paths; else by file names, where each occurs once; in order for a file without paths.
  ///
  /// - Throws: `InputError` naming the first photo without a row.
  func rows(for photos: [FilePath]) throws -> [Int] {
    guard let paths = set.paths else {
      guard photos.count == set.matrix.rows else {
        throw InputError(
          .mismatch, file.text,
          "it has \(set.matrix.rows) rows for \(photos.count) photos, and no .paths.txt beside it",
          remedy: "name the photos of its rows, in their order")
      }
      return Array(photos.indices)
    }
    if let rows = Self.match(photos, with: paths) { return rows }
    if let rows = Self.match(photos.map(\.name), with: paths.map(\.name)) { return rows }
    let known = Set(paths)
    let missing = photos.first { !known.contains($0) } ?? photos[0]
    throw InputError(
      .mismatch, file.text, "it has no row for \(missing.text)", remedy: "embed the same photos for both")
  }

  /// nil when a photo has no row or a name is ambiguous.
  private static func match(_ photos: [FilePath], with names: [FilePath]) -> [Int]? {
    var rows: [FilePath: Int] = [:]
    var ambiguous: Set<FilePath> = []
    for (row, name) in names.enumerated() where rows.updateValue(row, forKey: name) != nil {
      ambiguous.insert(name)
    }
    let found = photos.compactMap { ambiguous.contains($0) ? nil : rows[$0] }
    return found.count == photos.count ? found : nil
  }
}
