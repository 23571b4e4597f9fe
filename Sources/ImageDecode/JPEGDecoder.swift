import CTurboJPEG
import ImagePrepare
import Quant

/// Decodes JPEG with libjpeg-turbo: accurate integer DCT, fancy upsampling, CMYK and YCCK by Pillow's formula.
struct JPEGDecoder {
  let header: JPEGHeader
  private let bytes: [UInt8]

  /// - Throws: `InputError` for a file that is none, breaks `limits` or is cut off.
  init(_ bytes: [UInt8], limits: DecodeLimits) throws {
    self.bytes = bytes
    header = try JPEGHeader(bytes, scanLimit: limits.scans)
    try limits.check(height: header.height, width: header.width)
    // A block's first coefficient takes a bit at least, so this file cannot hold what it declares.
    guard header.blockCount <= bytes.count * 8 else { throw JPEGHeader.truncated }
    // Every scan passes over the whole picture, whatever it holds.
    let work = header.height * header.width * header.scanCount
    guard header.scanCount <= 16 || work <= 16 * limits.pixels else {
      throw InputError(
        .tooLarge, "",
        "the JPEG passes over \(header.width) × \(header.height) pixels \(header.scanCount) times",
        remedy: "save it again with another program")
    }
  }

  /// The picture as stored, its sides divided by `reduction` and rounded up.
  ///
  /// - Throws: `InputError` with libjpeg's reason; its warnings ("premature end", corrupt data) are errors too.
  func decode(reduction: Reduction = .none, into buffer: PixelBuffer) throws -> Image {
    let isCMYK = header.sampling.count == 4
    let size = reduction.reduced(header.size)
    var pixels = buffer.take(size.height * size.width * (isCMYK ? 4 : 3))
    try decompress(into: &pixels, size, format: isCMYK ? TJPF_CMYK : TJPF_RGB)
    if isCMYK { Self.convertCMYKToRGB(&pixels) }
    return Image(height: size.height, width: size.width, pixels: pixels)
  }

  private func decompress(into pixels: inout [UInt8], _ size: Size2D, format: TJPF) throws {
    guard let handle = tjInitDecompress() else {
      throw InputError(.unreadable, "", "libjpeg-turbo cannot start: \(Self.message(nil))")
    }
    defer { tjDestroy(handle) }
    let byteCount = UInt(bytes.count)
    var (width, height, sampling, space): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    // It fails on unusual sampling, which decoding handles; the size is set all the same.
    let status = tjDecompressHeader3(handle, bytes, byteCount, &width, &height, &sampling, &space)
    guard Int(width) == header.width, Int(height) == header.height else {
      throw status == 0
        ? InputError(.malformed, "", "the JPEG contradicts itself about its size") : Self.fault(handle)
    }

    let rowBytes = Int32(pixels.count / size.height)
    let isDecoded = pixels.withUnsafeMutableBufferPointer { pixels in
      0
        == tjDecompress2(
          handle, bytes, byteCount, pixels.baseAddress, Int32(size.width), rowBytes, Int32(size.height),
          Int32(format.rawValue), TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
    }
    guard isDecoded || Self.isHarmless(Self.message(handle)) else { throw Self.fault(handle) }
  }

  private static func message(_ handle: tjhandle?) -> String {
    guard let text = tjGetErrorStr2(handle) else { return "unknown" }
    let message = String(cString: text)
    guard let colon = message.firstIndex(of: ":"), message.hasPrefix("tj") else { return message }
    return String(message[message.index(after: colon)...].drop { $0 == " " })
  }

  private static func fault(_ handle: tjhandle) -> InputError {
    let message = message(handle)
    if message.contains("remature end") {
      var error = JPEGHeader.truncated
      error.reason += " (\(message))"
      return error
    }
    return InputError(
      .malformed, "", "the JPEG cannot be decoded (\(message))", remedy: "copy it again, or save it anew")
  }

  /// Bytes left over before the end marker: some cameras pad their files. Every pixel is decoded by then, and an
  /// earlier warning would have been reported in place of this one.
  private static func isHarmless(_ message: String) -> Bool {
    message.contains("extraneous bytes before marker 0xd9")
  }

  /// Pillow's `convert("RGB")` of CMYK, in place: four bytes a pixel become three.
  ///
  /// The samples are taken as Adobe stores them, inverted, whether or not the file names Adobe:
  /// c' = 255 − c, and so on; R = clamp((255 − k') − c'·(255 − k') / 255), the quotient rounded to nearest.
  private static func convertCMYKToRGB(_ pixels: inout [UInt8]) {
    let count = pixels.count / 4
    pixels.withUnsafeMutableBufferPointer { pixels in
      for index in 0..<count {
        let light = Int(pixels[index * 4 + 3])
        let inks = (pixels[index * 4], pixels[index * 4 + 1], pixels[index * 4 + 2])
        pixels[index * 3] = mixed(inks.0, light)
        pixels[index * 3 + 1] = mixed(inks.1, light)
        pixels[index * 3 + 2] = mixed(inks.2, light)
      }
    }
    pixels.removeLast(count)
  }

  private static func mixed(_ ink: UInt8, _ light: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: max(0, light - divided255((255 - Int(ink)) * light)))
  }
}

/// `value / 255` rounded to nearest, for 0…65 025.
@inline(__always)
func divided255(_ value: Int) -> Int {
  let biased = value + 128
  return (biased >> 8 + biased) >> 8
}
