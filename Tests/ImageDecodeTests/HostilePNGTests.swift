import Foundation
import ImageDecode
import ImagePrepare
import Quant
import TestSupport
import Testing

@Suite struct HostilePNGTests {
  private static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  private func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    var crc: UInt32 = 0xffff_ffff
    for byte in body {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 0 ? crc >> 1 : crc >> 1 ^ 0xedb8_8320 }
    }
    return [UInt8](content.count, byteCount: 4) + body + [UInt8](Int(~crc), byteCount: 4)
  }

  private func header(width: Int, height: Int, depth: UInt8 = 8, colorType: UInt8 = 2, interlaced: UInt8 = 0)
    -> [UInt8]
  {
    chunk(
      "IHDR",
      [UInt8](width, byteCount: 4) + [UInt8](height, byteCount: 4) + [depth, colorType, 0, 0, interlaced])
  }

  /// A zlib stream of stored blocks.
  private func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var (a, b) = (1, 0)
    for byte in bytes {
      a = (a + Int(byte)) % 65_521
      b = (b + a) % 65_521
    }
    let count = [UInt8(bytes.count & 255), UInt8(bytes.count >> 8)]
    return [0x78, 1, 1] + count + count.map { ~$0 } + bytes + [UInt8](b << 16 | a, byteCount: 4)
  }

  private func file(_ chunks: [UInt8]...) -> [UInt8] {
    Self.signature + chunks.flatMap { $0 } + chunk("IEND", [])
  }

  @Test(arguments: ["rgb.png", "palette-4-transparent-interlaced.png", "gray-1.png"])
  func refusesAFileCutAnywhere(name: String) throws {
    let bytes = try ImageGoldens.picture(name)
    for count in 0..<bytes.count {
      #expect(refusal(Array(bytes[..<count]))?.kind == .truncated, "\(name) cut to \(count) bytes")
    }
  }

  @Test func neverCrashesOnAChangedByte() throws {
    for name in ["palette-2-transparent-interlaced.png", "gray-key.png", "gray-1.png"] {
      var bytes = try ImageGoldens.picture(name)
      for index in bytes.indices {
        let original = bytes[index]
        for value in [0, 0xff, original ^ 1] {
          bytes[index] = value
          _ = refusal(bytes, decoder: ImageDecoder(background: [1, 2, 3]))
        }
        bytes[index] = original
      }
    }
  }

  @Test(arguments: [
    (60_000, 60_000), (0x7fff_ffff, 0x7fff_ffff), (0x7fff_ffff, 1), (0xffff_ffff, 0xffff_ffff),
  ])
  func refusesMorePixelsThanTheLimit(width: Int, height: Int) {
    #expect(refusal(file(header(width: width, height: height), chunk("IDAT", [])))?.kind == .tooLarge)
  }

  @Test func refusesAPictureThatItsBytesCannotHold() {
    #expect(refusal(file(header(width: 9999, height: 9999), chunk("IDAT", deflated([]))))?.kind == .truncated)
  }

  @Test func refusesTooLittleData() {
    let bytes = file(header(width: 4, height: 4), chunk("IDAT", deflated([UInt8](repeating: 0, count: 13))))
    #expect(refusal(bytes)?.kind == .malformed)
  }

  @Test func refusesNoSidesTwoHeadersAndNoHeader() {
    let data = chunk("IDAT", deflated([0, 1, 2, 3]))
    let one = header(width: 1, height: 1)
    #expect(refusal(file(one, data)) == nil)
    #expect(refusal(file(header(width: 0, height: 1), data))?.kind == .malformed)
    #expect(refusal(file(one, one, data))?.kind == .malformed)
    #expect(refusal(file(data, one))?.kind == .malformed)
    #expect(refusal(file(one))?.kind == .malformed)
  }

  @Test func refusesDepthsThatDoNotExist() {
    let data = chunk("IDAT", deflated([0, 1, 2, 3]))
    for (depth, colorType) in [(3, 0), (16, 3), (4, 2), (8, 1), (8, 5), (8, 7), (0, 0)] as [(UInt8, UInt8)] {
      let bytes = file(header(width: 1, height: 1, depth: depth, colorType: colorType), data)
      #expect(refusal(bytes)?.kind == .malformed, "\(depth) bits, type \(colorType)")
    }
  }

  @Test func refusesAPaletteIndexWithoutAColour() {
    func palette(_ indices: [UInt8], interlaced: UInt8) -> [UInt8] {
      file(
        header(width: 1, height: 2, colorType: 3, interlaced: interlaced),
        chunk("PLTE", [9, 8, 7, 6, 5, 4]), chunk("IDAT", deflated([0, indices[0], 0, indices[1]])))
    }
    for interlaced in [0, 1] as [UInt8] {
      #expect(refusal(palette([0, 1], interlaced: interlaced)) == nil)
      #expect(refusal(palette([0, 2], interlaced: interlaced))?.reason.contains("palette of 2") == true)
      #expect(refusal(palette([255, 0], interlaced: interlaced))?.kind == .malformed)
    }
  }

  @Test func refusesAPalettePictureWithoutAPalette() {
    let bytes = file(header(width: 1, height: 1, colorType: 3), chunk("IDAT", deflated([0, 0])))
    #expect(refusal(bytes)?.kind == .malformed)
  }

  /// Transparency after the data, or of a wrong length, must not change the layout that was reserved.
  @Test func survivesTransparencyOutOfPlace() throws {
    let decoder = ImageDecoder(background: [1, 2, 3])
    let data = chunk("IDAT", deflated([0, 1, 2, 3, 0, 4, 5, 6]))
    let one = header(width: 1, height: 2)
    for bytes in [
      file(one, data, chunk("tRNS", [0, 1, 0, 2, 0, 3])), file(one, chunk("tRNS", [0]), data),
      file(one, chunk("tRNS", [0, 1, 0, 2, 0, 3]), chunk("tRNS", [0, 1, 0, 2, 0, 3]), data),
    ] {
      guard refusal(bytes, decoder: decoder) == nil else { continue }
      #expect(try decoder.decode(bytes: bytes).pixels.suffix(3) == [4, 5, 6])
    }
    let gray = file(
      header(width: 2, height: 2, colorType: 0), chunk("tRNS", []),
      chunk("IDAT", deflated([0, 1, 2, 0, 3, 4])))
    #expect(try decoder.decode(bytes: gray).pixels == [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4])
  }

  @Test func refusesAWrongChecksum() throws {
    var bytes = try ImageGoldens.picture("rgb.png")
    bytes[bytes.count - 20] ^= 1
    #expect(refusal(bytes)?.kind == .malformed)
  }

  /// A zlib stream of about `count` zeros: repeats of 258 bytes at distance 1, 13 bits each in the fixed code.
  private func deflatedZeros(_ count: Int) -> [UInt8] {
    // Final fixed block, literal 0, then the repeats and the end of the block, bit by bit.
    var bits: [UInt8] = [1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0]
    for _ in 0..<count / 258 { bits += [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0] }
    bits += [UInt8](repeating: 0, count: 7 + (8 - (bits.count + 7) % 8) % 8)
    let bytes = stride(from: 0, to: bits.count, by: 8).map { start in
      (0..<8).reduce(0) { $0 | bits[start + $1] << UInt8($1) }
    }
    let sum = (1 + count / 258 * 258) % 65_521
    return [0x78, 0xda] + bytes + [UInt8](sum << 16 | 1, byteCount: 4)
  }

  @Test func skipsCompressedTextWithoutInflatingIt() throws {
    let bomb = chunk("zTXt", Array("Comment\0\0".utf8) + deflatedZeros(16 << 20))
    let profile = chunk("iCCP", Array("Profile\0\0".utf8) + deflatedZeros(1 << 20))
    let bombs = (0..<64).flatMap { _ in bomb }
    let bytes = file(
      header(width: 1, height: 1), bombs, profile, chunk("IDAT", deflated([0, 1, 2, 3])), bombs)
    #expect(refusal(bytes) == nil)
    #expect(try ImageDecoder().decode(bytes: bytes).pixels == [1, 2, 3])
  }

  /// libpng would inflate all of it.
  @Test(arguments: [0, 1] as [UInt8])
  func stopsAtDataThatGoOnAfterThePicture(interlaced: UInt8) {
    func picture(height: Int, zeros: Int) -> [UInt8] {
      file(header(width: 1, height: height, interlaced: interlaced), chunk("IDAT", deflatedZeros(zeros)))
    }
    for height in [1, 2, 9] {
      #expect(refusal(picture(height: height, zeros: 4 << 20)) == nil)
      #expect(refusal(picture(height: height, zeros: 64 << 20))?.reason.contains("go on after") == true)
    }
  }

  @Test func readsTheFirstFrameOfAnAnimation() throws {
    let control = [UInt8](0, byteCount: 4) + [UInt8](1, byteCount: 4) + [UInt8](repeating: 0, count: 18)
    let bytes = file(
      header(width: 1, height: 1), chunk("acTL", [0, 0, 0, 2, 0, 0, 0, 0]), chunk("fcTL", control),
      chunk("IDAT", deflated([0, 1, 2, 3])), chunk("fdAT", [0, 0, 0, 1] + deflated([0, 9, 9, 9])))
    #expect(try ImageDecoder().decode(bytes: bytes).pixels == [1, 2, 3])
  }
}
