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

  /// - Precondition: `background` has three components.
  public init(
    limits: DecodeLimits = .standard, orientation: Recipe.Orientation = .apply, background: [UInt8]? = nil
  ) {
    precondition(background == nil || background?.count == 3)
    self.limits = limits
    self.orientation = orientation
    self.background = background
  }

  /// A decoder for pictures that go through `recipe`.
  ///
  /// - Precondition: the recipe is valid.
  public init(recipe: Recipe, limits: DecodeLimits = .standard) {
    self.init(limits: limits, orientation: recipe.orientation, background: recipe.background)
  }

  /// Reads and decodes a file. Only regular files are opened; pipes and devices do not block.
  ///
  /// - Throws: `InputError` that names the file.
  public func decode(file: String) throws -> Image {
    do {
      return try decode(bytes: FileContent.ofPicture(file, limits: limits))
    } catch let error as InputError {
      throw error.inFile(file)
    }
  }

  /// Decodes a picture in memory.
  ///
  /// - Throws: `InputError` that names `name`, if one is given.
  public func decode(bytes: [UInt8], name: String = "") throws -> Image {
    do {
      return try decode(bytes: bytes)
    } catch let error as InputError {
      throw name.isEmpty ? error : error.inFile(name)
    }
  }

  private func decode(bytes: [UInt8]) throws -> Image {
    let picture: (image: Image, exif: Range<Int>?)
    switch try PictureKind(of: bytes) {
    case .jpeg: picture = try JPEGDecoder(limits: limits).decode(bytes)
    case .png: picture = try PNGDecoder(limits: limits, background: background).decode(bytes)
    }
    guard orientation == .apply, let exif = picture.exif else { return picture.image }
    return picture.image.oriented(exifOrientation(of: bytes[exif]))
  }
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
