import EdgeTool
import Foundation
import Quant
import Testing

/// A folder of its own for one test, removed with it.
final class TemporaryFolder {
  let path: FilePath

  init() {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("edge-test-\(UUID().uuidString)")
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = FilePath(url.path)
  }

  deinit { try? FileManager.default.removeItem(atPath: path.text) }

  subscript(name: String) -> FilePath { path.appending(FilePath(name)) }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8] = []) throws -> FilePath {
    try write(FilePath(name), bytes)
  }

  @discardableResult
  func write(_ name: FilePath, _ bytes: [UInt8] = []) throws -> FilePath {
    let file = path.appending(name)
    try? FileManager.default.createDirectory(atPath: file.folder.text, withIntermediateDirectories: true)
    let stream = try #require(file.withCString { fopen($0, "wb") })
    fwrite(bytes, 1, bytes.count, stream)
    fclose(stream)
    return file
  }

  /// All names in the folder, hidden ones too.
  var names: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: path.text)) ?? []).sorted() }
}
