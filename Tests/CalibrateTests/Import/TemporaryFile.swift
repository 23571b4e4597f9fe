import Foundation

/// A file in the system's temporary folder, removed with the last reference.
final class TemporaryFile {
  let path: String

  init(_ bytes: [UInt8], name: String = "weights.pth") throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("edge-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    path = folder.appendingPathComponent(name).path
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  /// A file beside this one.
  func add(_ name: String, _ text: String) throws {
    let url = URL(fileURLWithPath: path).deletingLastPathComponent().appendingPathComponent(name)
    try Data(text.utf8).write(to: url)
  }

  deinit { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
}
