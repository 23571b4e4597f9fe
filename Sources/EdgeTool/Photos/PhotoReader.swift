import ImageDecode
import ImagePrepare
import Quant

/// From a photo's path to the bytes that a network reads.
package struct PhotoReader: Sendable {
  private let decoder: ImageDecoder
  private let preparer: ImagePreparer

  package init(recipe: Recipe) {
    decoder = ImageDecoder(recipe: recipe)
    preparer = ImagePreparer(recipe: recipe)
  }

  /// RGB bytes of the recipe's input size.
  ///
  /// - Throws: `InputError` that names the file.
  package func pixels(_ path: FilePath) throws -> [UInt8] {
    try pixels(path) { try preparer.prepare($0) }
  }

  /// As `pixels`, of a random part of the photo.
  package func pixels(_ path: FilePath, variant: RandomVariant) throws -> [UInt8] {
    try pixels(path) { try variant.prepare($0, recipe: preparer.recipe) }
  }

  private func pixels(_ path: FilePath, prepare: (Image) throws -> Image) throws -> [UInt8] {
    let image = try decode(path)
    do {
      return try prepare(image).pixels
    } catch let error as InputError {
      throw error.inFile(path.text)
    }
  }

  private func decode(_ path: FilePath) throws -> Image {
    // A name that is not UTF-8 would not survive as a String.
    guard String(validating: path.bytes, as: UTF8.self) == nil else {
      return try decoder.decode(file: path.text)
    }
    let bytes = try RegularFile.read(path, limit: decoder.limits.fileBytes)
    return try decoder.decode(bytes: bytes, name: path.text)
  }
}
