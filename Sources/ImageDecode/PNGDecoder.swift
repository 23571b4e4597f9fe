import CPNG
import ImagePrepare
import Quant

/// Decodes PNG with libpng to RGB bytes, as Pillow's `convert("RGB")` gives them.
///
/// - Edge cases: samples of 16 bits keep their high byte, also gray ones, which Pillow clips at 255. A palette index
///   without an entry is an error.
struct PNGDecoder {
  let limits: DecodeLimits
  /// Three components to composite on; nil drops alpha.
  let background: [UInt8]?

  /// DEFLATE cannot expand further than this.
  private static let expansionLimit = 1032

  /// - Returns: the picture as stored, and where its EXIF data stand.
  /// - Throws: `InputError` with libpng's reason.
  func decode(_ bytes: [UInt8]) throws -> (image: Image, exif: Range<Int>?) {
    let header = try PNGHeader(bytes, limits: limits)
    guard header.rawByteCount / Self.expansionLimit <= header.dataByteCount else { throw PNGHeader.truncated }
    let keepsAlpha = background != nil && header.hasAlpha
    // Palette indices take the first byte of a pixel's three and are expanded in place.
    let pixelBytes = keepsAlpha && !header.isPalette ? 4 : 3
    var result = cpng_result()
    var pixels = try decompress(
      bytes, header, keepsAlpha: keepsAlpha, rowBytes: header.width * pixelBytes, result: &result)
    try convert(&pixels, header, rowBytes: header.width * pixelBytes, result)
    return (Image(height: header.height, width: header.width, pixels: pixels), header.exif)
  }

  private func decompress(
    _ bytes: [UInt8], _ header: PNGHeader, keepsAlpha: Bool, rowBytes: Int, result: inout cpng_result
  ) throws -> [UInt8] {
    var isDecoded = false
    let pixels = [UInt8](unsafeUninitializedCapacity: rowBytes * header.height) { buffer, initialized in
      // Rows shorter than `rowBytes` leave the rest of it as it is.
      buffer.initialize(repeating: 0)
      isDecoded = cpng_decode(
        bytes, bytes.count, UInt32(header.width), UInt32(header.height), keepsAlpha, buffer.baseAddress,
        rowBytes,
        &result)
      initialized = buffer.count
    }
    guard isDecoded else {
      let message = withUnsafeBytes(of: result.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw InputError(
        .malformed, "", "the PNG cannot be decoded (\(message))", remedy: "copy it again, or save it anew")
    }
    return pixels
  }

  /// Rows of `rowBytes` bytes in libpng's layout become rows of three bytes a pixel, in place.
  private func convert(
    _ pixels: inout [UInt8], _ header: PNGHeader, rowBytes: Int, _ result: cpng_result
  ) throws {
    let targetBytes = header.width * 3
    guard result.layout != CPNG_RGB || rowBytes != targetBytes else { return }
    let row = PNGRow(
      layout: result.layout, width: header.width, palette: composited(result), background: background)
    var samples = [UInt8](repeating: 0, count: rowBytes)
    var largestIndex = 0
    pixels.withUnsafeMutableBufferPointer { pixels in
      for y in 0..<header.height {
        for index in 0..<rowBytes { samples[index] = pixels[y * rowBytes + index] }
        let target = UnsafeMutableBufferPointer(rebasing: pixels[y * targetBytes..<(y + 1) * targetBytes])
        row.expand(samples, into: target)
        if row.layout == CPNG_PALETTE { largestIndex = max(largestIndex, row.largestIndex(samples)) }
      }
    }
    guard row.layout != CPNG_PALETTE || largestIndex < Int(result.palette_count) else {
      throw InputError(
        .malformed, "", "the PNG uses colour \(largestIndex) of a palette of \(result.palette_count)",
        remedy: "save it anew")
    }
    pixels.removeLast(pixels.count - header.height * targetBytes)
  }

  /// The palette's 256 entries, three bytes each, on the background when there is one.
  private func composited(_ result: cpng_result) -> [UInt8] {
    let colors = withUnsafeBytes(of: result.palette) { Array($0) }
    guard let background else { return colors }
    let alpha = withUnsafeBytes(of: result.palette_alpha) { Array($0) }
    return colors.indices.map { blend(colors[$0], over: background[$0 % 3], alpha: alpha[$0 / 3]) }
  }
}

/// `(color · alpha + background · (255 − alpha)) / 255`, rounded to nearest: Pillow's `paste` with a mask.
@inline(__always)
private func blend(_ color: UInt8, over background: UInt8, alpha: UInt8) -> UInt8 {
  let sum = Int(color) * Int(alpha) + Int(background) * (255 - Int(alpha))
  return UInt8(truncatingIfNeeded: divided255(sum))
}

/// How a row of samples becomes RGB.
private struct PNGRow {
  let layout: cpng_layout
  let width: Int
  /// 256 entries of three bytes.
  let palette: [UInt8]
  let background: [UInt8]?

  func expand(_ samples: [UInt8], into target: UnsafeMutableBufferPointer<UInt8>) {
    switch layout {
    case CPNG_GRAY: store(target) { x, _ in samples[x] }
    case CPNG_PALETTE: store(target) { x, channel in palette[Int(samples[x]) * 3 + channel] }
    case CPNG_GRAY_ALPHA: composite(target) { x, _ in (samples[2 * x], samples[2 * x + 1]) }
    case CPNG_RGB_ALPHA: composite(target) { x, channel in (samples[4 * x + channel], samples[4 * x + 3]) }
    default: store(target) { x, channel in samples[3 * x + channel] }
    }
  }

  func largestIndex(_ samples: [UInt8]) -> Int { samples[..<width].reduce(0) { max($0, Int($1)) } }

  @inline(__always)
  private func store(_ target: UnsafeMutableBufferPointer<UInt8>, _ sample: (Int, Int) -> UInt8) {
    for x in 0..<width {
      for channel in 0..<3 { target[3 * x + channel] = sample(x, channel) }
    }
  }

  /// - Parameter sample: a pixel's channel and alpha.
  @inline(__always)
  private func composite(
    _ target: UnsafeMutableBufferPointer<UInt8>, _ sample: (Int, Int) -> (color: UInt8, alpha: UInt8)
  ) {
    let background = background ?? [0, 0, 0]
    store(target) { x, channel in
      let (color, alpha) = sample(x, channel)
      return blend(color, over: background[channel], alpha: alpha)
    }
  }
}
