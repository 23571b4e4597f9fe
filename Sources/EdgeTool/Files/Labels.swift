import Quant

/// Class names from a text file, one a line.
package enum Labels {
  private static let byteLimit = 16 << 20

  /// - Throws: `InputError` that names the file when it is not UTF-8 or has not `count` lines.
  package static func read(_ path: FilePath, count: Int? = nil) throws -> [String] {
    let bytes = try RegularFile.read(path, limit: byteLimit)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw InputError(.malformed, path.text, "it is not UTF-8 text", remedy: "save the labels as UTF-8")
    }
    var lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let count, lines.count != count {
      throw InputError(
        .mismatch, path.text, "it has \(lines.count) labels for \(count) classes",
        remedy: "give one line a class")
    }
    return lines
  }
}
