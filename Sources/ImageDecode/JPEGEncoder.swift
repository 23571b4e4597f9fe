import CTurboJPEG
import ImagePrepare
import Quant

/// Writes small JPEG pictures, such as a page's thumbnails: accurate integer DCT, colour at half the resolution.
package enum JPEGEncoder {
  /// - Parameter quality: 1…100.
  /// - Throws: `InputError` when libjpeg-turbo cannot do it, as for a picture with a side over 65 500.
  package static func encode(_ image: Image, quality: Int = 75) throws -> [UInt8] {
    guard let handle = tjInitCompress() else {
      throw InputError(.unreadable, "", "libjpeg-turbo cannot start")
    }
    defer { tjDestroy(handle) }
    var bytes: UnsafeMutablePointer<UInt8>?
    var byteCount: UInt = 0
    defer { tjFree(bytes) }
    let status = image.pixels.withUnsafeBufferPointer { pixels in
      tjCompress2(
        handle, pixels.baseAddress, Int32(image.width), Int32(image.width * 3), Int32(image.height),
        Int32(TJPF_RGB.rawValue), &bytes, &byteCount, Int32(TJSAMP_420.rawValue),
        Int32(min(max(quality, 1), 100)), TJFLAG_ACCURATEDCT)
    }
    guard status == 0, let bytes else {
      throw InputError(
        .unsupported, "", "a picture of \(image.width) × \(image.height) pixels cannot be written as JPEG")
    }
    return Array(UnsafeBufferPointer(start: bytes, count: Int(byteCount)))
  }
}
