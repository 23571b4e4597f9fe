import ImageDecode
import Quant

/// Whether a command line's first path is a model or weights, or the first of the photos already.
package enum ModelArgument {
  /// What an argument is that is no model and no weights.
  package enum Photo: String, Sendable {
    case list = "a list of photos"
    case folder = "a folder"
    case photo = "a photo"

    /// nil for what may be a model or weights. A file is a photo by its content, JPEG or PNG; one that is neither, or
    /// is not there, by its name.
    package init?(_ path: FilePath) {
      if path.bytes == Array("-".utf8) {
        self = .list
      } else if path.isFolder {
        self = .folder
      } else if Self.holdsPicture(path) || Self.extensions.contains(where: path.hasSuffix) {
        self = .photo
      } else {
        return nil
      }
    }

    /// Those of pictures that are not decoded too: what is said about them then is what to convert them with.
    private static let extensions = [
      ".jpg", ".jpeg", ".png", ".heic", ".heif", ".avif", ".webp", ".gif", ".tif", ".tiff", ".bmp", ".jp2",
      ".jxl",
    ]

    private static func holdsPicture(_ path: FilePath) -> Bool {
      guard let head = try? RegularFile.head(path, count: PictureKind.headByteCount) else { return false }
      return (try? PictureKind(of: head)) != nil
    }
  }

  /// The model or weights, and the photos: without a model among `arguments` the built-in one.
  package static func split(_ arguments: [String]) -> (model: FilePath, photos: [String]) {
    guard let first = arguments.first, Photo(FilePath(first)) == nil else {
      return (BuiltInModel.name, arguments)
    }
    return (FilePath(first), Array(arguments.dropFirst()))
  }

  /// - Throws: `InputError` when `path` is a photo or a folder, where a model or weights belong.
  static func check(_ path: FilePath) throws {
    guard path != BuiltInModel.name, let photo = Photo(path) else { return }
    throw InputError(
      .usage, path.text, "this is \(photo.rawValue), not a model",
      remedy: "name a model or weights first; default is the built-in model")
  }
}
