import ImageDecode
import ImagePrepare
import Quant

/// How much of a photo is decoded.
package enum PhotoDecoding: String, Hashable, Sendable, CaseIterable {
  /// All of it.
  case full
  /// JPEGs at the fraction of their size that the resize allows (Docs/numerics.md, "Images").
  case fast
}

/// From a photo's path to the bytes that a network reads.
package struct PhotoReader: Sendable {
  private let decoder: ImageDecoder
  private let preparer: ImagePreparer

  package init(recipe: Recipe, decoding: PhotoDecoding = .full) {
    decoder = ImageDecoder(recipe: recipe, isFast: decoding == .fast)
    preparer = ImagePreparer(recipe: recipe)
  }

  /// RGB bytes of the recipe's input size.
  ///
  /// - Parameter buffer: of this thread, for photo after photo.
  /// - Throws: `InputError` that names the file.
  package func pixels(_ path: FilePath, buffer: PixelBuffer = PixelBuffer()) throws -> [UInt8] {
    let picture = try decode(path, into: buffer)
    defer { buffer.give(picture.image.pixels) }
    do {
      return try preparer.prepare(picture.image, orientation: picture.orientation).pixels
    } catch let error as InputError {
      throw error.inFile(path.text)
    }
  }

  /// As `pixels`, of a random part of the photo.
  package func pixels(_ path: FilePath, variant: RandomVariant) throws -> [UInt8] {
    let picture = try decode(path, into: PixelBuffer())
    do {
      return try variant.prepare(picture.seen, recipe: preparer.recipe).pixels
    } catch let error as InputError {
      throw error.inFile(path.text)
    }
  }

  /// The picture before it is prepared.
  ///
  /// - Throws: `InputError` that names the file.
  func picture(_ path: FilePath) throws -> StoredPicture { try decode(path, into: PixelBuffer()) }

  private func decode(_ path: FilePath, into buffer: PixelBuffer) throws -> StoredPicture {
    // A name that is not UTF-8 would not survive as a String.
    guard String(validating: path.bytes, as: UTF8.self) == nil else {
      return try decoder.decodeStored(file: path.text, into: buffer)
    }
    let bytes = try RegularFile.read(path, limit: decoder.limits.fileBytes)
    return try decoder.decodeStored(bytes: bytes, name: path.text, into: buffer)
  }
}
