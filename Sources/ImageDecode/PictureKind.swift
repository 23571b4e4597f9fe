import Quant

/// What a file is, told by its first bytes; its name says nothing.
package enum PictureKind {
  case jpeg, png

  /// As many bytes as tell a kind.
  package static let headByteCount = 64

  /// - Throws: `InputError` (unsupported, malformed, truncated) with the remedy, for everything that is not decoded.
  package init(of bytes: [UInt8]) throws {
    guard !bytes.isEmpty else {
      throw InputError(.truncated, "", "the file is empty", remedy: "copy it again")
    }
    if bytes.starts(with: [0xff, 0xd8, 0xff]) {
      self = .jpeg
    } else if bytes.starts(with: PNGHeader.signature) {
      self = .png
    } else if let other = Self.others.first(where: { $0.matches(bytes) }) {
      throw InputError(
        .unsupported, "", "this is \(other.name), not a JPEG or PNG picture", remedy: other.remedy)
    } else if PNGHeader.signature.starts(with: bytes) || [0xff, 0xd8, 0xff].starts(with: bytes) {
      throw InputError(.truncated, "", "the file ends after \(bytes.count) bytes", remedy: "copy it again")
    } else {
      throw InputError(.malformed, "", "this is not a picture", remedy: "name JPEG or PNG files")
    }
  }

  /// A kind that people do have, and the command that turns it into one that is read.
  private struct Other {
    let name: String
    let pattern: [(offset: Int, text: String)]
    let remedy: String

    func matches(_ bytes: [UInt8]) -> Bool {
      pattern.allSatisfy { bytes.dropFirst($0.offset).starts(with: $0.text.utf8) }
    }
  }

  private static let heifRemedy = "convert it with: heif-convert PICTURE OUT.jpg (package libheif-examples)"
  private static let magickRemedy = "convert it with: convert PICTURE OUT.png (package imagemagick)"

  private static let others: [Other] = container + signed

  /// ISO base media files, told by their brand; whatever is not a picture is a video.
  private static var container: [Other] {
    let heic = ["heic", "heix", "hevc", "heim", "heis", "mif1", "msf1"]
    let brands = heic.map { ($0, "a HEIC picture") } + ["avif", "avis"].map { ($0, "an AVIF picture") }
    return brands.map { brand, name in Other(name: name, pattern: [(4, "ftyp" + brand)], remedy: heifRemedy) }
      + [
        Other(
          name: "a video", pattern: [(4, "ftyp")],
          remedy: "take a frame with: ffmpeg -i VIDEO -frames:v 1 OUT.png")
      ]
  }

  private static let signed = [
    Other(
      name: "a WebP picture", pattern: [(0, "RIFF"), (8, "WEBP")],
      remedy: "convert it with: dwebp PICTURE -o OUT.png (package webp)"),
    Other(name: "a GIF picture", pattern: [(0, "GIF8")], remedy: magickRemedy),
    Other(name: "a TIFF picture", pattern: [(0, "II*\0")], remedy: magickRemedy),
    Other(name: "a TIFF picture", pattern: [(0, "MM\0*")], remedy: magickRemedy),
    Other(name: "a JPEG 2000 picture", pattern: [(4, "jP  ")], remedy: magickRemedy),
    Other(
      name: "a JPEG XL picture", pattern: [(4, "JXL ")],
      remedy: "convert it with: djxl PICTURE OUT.png (package libjxl-tools)"),
    Other(name: "a Photoshop document", pattern: [(0, "8BPS")], remedy: magickRemedy),
    Other(
      name: "a PDF document", pattern: [(0, "%PDF")],
      remedy: "take its pages with: pdftoppm -png DOCUMENT OUT (package poppler-utils)"),
    Other(name: "a BMP picture", pattern: [(0, "BM")], remedy: magickRemedy),
  ]
}
