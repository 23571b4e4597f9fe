import Foundation
import Quant

/// The files under Tests/Goldens/images, made by the script beside them.
public enum ImageGoldens {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Goldens/images")

  public static func picturePath(_ name: String) -> String {
    folder.appendingPathComponent("pictures/" + name).path
  }

  /// Small photos, 400×267 and the like: JPEG but for two.
  public static func samplePath(_ name: String) -> String {
    folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Samples/evaluation/" + name).path
  }

  public static func picture(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: URL(fileURLWithPath: picturePath(name))))
  }

  /// The entries of one of the lists of expectations.
  public static func entries(_ name: String) throws -> [JSON] {
    try JSON.parse([UInt8](Data(contentsOf: folder.appendingPathComponent(name)))).array ?? []
  }
}

extension JSON {
  /// Two whole numbers, height and width.
  public func size(_ key: String) throws -> Size2D {
    guard let values = self[key]?.array?.compactMap(\.int), values.count == 2 else {
      throw InputError(.malformed, key, "no size")
    }
    return Size2D(height: values[0], width: values[1])
  }
}
