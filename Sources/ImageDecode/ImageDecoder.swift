import ImagePrepare
import Quant

/// Reads pictures: JPEG and PNG, told by their content and not by their name.
///
/// JPEG gives the pixels of libjpeg's accurate DCT and fancy upsampling; CMYK becomes RGB by Pillow's formula. PNG
/// gives the high byte of 16-bit samples. Colour profiles are ignored. (Docs/numerics.md, "Images".)
public struct ImageDecoder: Sendable {
  public let limits: DecodeLimits
  /// Whether the picture is turned as its EXIF tag says.
  public let orientation: Recipe.Orientation
  /// The colour that transparent pixels are composited on; nil drops alpha, as Pillow's `convert("RGB")` does.
  public let background: [UInt8]?
  /// Whose resize allows JPEGs to be decoded at a fraction of their size; nil for all of it.
  private let reducing: ImagePreparer?

  /// - Precondition: `background` has three components.
  public init(
    limits: DecodeLimits = .standard, orientation: Recipe.Orientation = .apply, background: [UInt8]? = nil
  ) {
    precondition(background == nil || background?.count == 3)
    self.limits = limits
    self.orientation = orientation
    self.background = background
    reducing = nil
  }

  /// A decoder for pictures that go through `recipe`.
  ///
  /// - Parameter isFast: JPEGs are decoded at the fraction of their size that the recipe's resize allows.
  /// - Precondition: the recipe is valid.
  public init(recipe: Recipe, limits: DecodeLimits = .standard, isFast: Bool = false) {
    self.limits = limits
    orientation = recipe.orientation
    background = recipe.background
    reducing = isFast ? ImagePreparer(recipe: recipe) : nil
  }

  /// Reads and decodes a file. Only regular files are opened; pipes and devices do not block.
  ///
  /// - Throws: `InputError` that names the file.
  public func decode(file: String) throws -> Image {
    try decodeStored(file: file, into: PixelBuffer()).seen
  }

  /// As above, but not turned; the pixels come from `buffer` and may be given back to it.
  package func decodeStored(file: String, into buffer: PixelBuffer) throws -> StoredPicture {
    do {
      return try decodeStored(bytes: FileContent.ofPicture(file, limits: limits), name: "", into: buffer)
    } catch let error as InputError {
      throw error.inFile(file)
    }
  }

  /// Decodes a picture in memory.
  ///
  /// - Throws: `InputError` that names `name`, if one is given.
  public func decode(bytes: [UInt8], name: String = "") throws -> Image {
    try decodeStored(bytes: bytes, name: name, into: PixelBuffer()).seen
  }

  /// The same, not turned.
  package func decodeStored(bytes: [UInt8], name: String, into buffer: PixelBuffer) throws -> StoredPicture {
    do {
      switch try PictureKind(of: bytes) {
      case .jpeg: return try decodeJPEG(bytes, into: buffer)
      case .png:
        let picture = try PNGDecoder(limits: limits, background: background).decode(bytes)
        return StoredPicture(image: picture.image, orientation: orientation(picture.exif, of: bytes))
      }
    } catch let error as InputError {
      throw name.isEmpty ? error : error.inFile(name)
    }
  }

  private func decodeJPEG(_ bytes: [UInt8], into buffer: PixelBuffer) throws -> StoredPicture {
    let decoder = try JPEGDecoder(bytes, limits: limits)
    let orientation = orientation(decoder.header.exif, of: bytes)
    let size = orientation.seen(decoder.header.size)
    let image = try decoder.decode(reduction: reducing?.reduction(of: size) ?? .none, into: buffer)
    return StoredPicture(image: image, orientation: orientation)
  }

  private func orientation(_ exif: Range<Int>?, of bytes: [UInt8]) -> Orientation {
    guard orientation == .apply, let exif else { return .asStored }
    return exifOrientation(of: bytes[exif])
  }
}

/// A decoded picture before it is turned.
package struct StoredPicture {
  package let image: Image
  package let orientation: Orientation

  /// As it looks to a viewer.
  package var seen: Image { image.oriented(orientation) }
}

/// What a picture may cost; checked before anything is allocated.
public struct DecodeLimits: Hashable, Sendable {
  public var pixels: Int
  public var fileBytes: Int
  /// Scans of one JPEG.
  public var scans: Int

  public static let standard = DecodeLimits(pixels: 100_000_000, fileBytes: 512 << 20, scans: 500)

  public init(pixels: Int, fileBytes: Int, scans: Int) {
    self.pixels = pixels
    self.fileBytes = fileBytes
    self.scans = scans
  }

  /// - Throws: `InputError` (tooLarge, malformed) unless the sides are positive and the area is within the limit.
  func check(height: Int, width: Int) throws {
    guard height > 0, width > 0 else {
      throw InputError(.malformed, "", "the picture's size is \(width) × \(height)")
    }
    let area = height.multipliedReportingOverflow(by: width)
    guard !area.overflow, area.partialValue <= pixels else {
      throw InputError(
        .tooLarge, "", "the picture has \(width) × \(height) pixels, more than the limit of \(pixels)",
        remedy: "make it smaller")
    }
  }
}
