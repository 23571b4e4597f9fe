import ImageDecode
import ImagePrepare
import Quant
import TestSupport
import Testing

/// Tags that make no sense leave the picture as it is; the eight that do are in DecodeTests.
@Suite struct OrientationTests {
  /// A picture with this EXIF segment in place of its own.
  private func size(exif: [UInt8]) throws -> Size2D {
    var bytes = try ImageGoldens.picture("orientation-6.jpg")
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xff, 0xe1]) })
    let length = Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])
    let segment = Array("Exif\0\0".utf8) + exif
    bytes.replaceSubrange(
      start..<start + 2 + length, with: [0xff, 0xe1] + [UInt8](segment.count + 2, byteCount: 2) + segment)
    return try ImageDecoder().decode(bytes: bytes).size
  }

  private let stored = Size2D(height: 17, width: 24)
  private let turned = Size2D(height: 24, width: 17)

  private func directory(at offset: Int, entries: [[UInt8]], count: Int? = nil) -> [UInt8] {
    Array("MM\0*".utf8) + [UInt8](offset, byteCount: 4) + [UInt8](count ?? entries.count, byteCount: 2)
      + entries.joined() + [0, 0, 0, 8]
  }

  private func entry(tag: Int = 0x0112, type: Int = 3, count: Int = 1, value: [UInt8]) -> [UInt8] {
    [UInt8](tag, byteCount: 2) + [UInt8](type, byteCount: 2) + [UInt8](count, byteCount: 4) + value
  }

  @Test func appliesAShortAndALong() throws {
    #expect(try size(exif: directory(at: 8, entries: [entry(value: [0, 6, 0, 0])])) == turned)
    #expect(try size(exif: directory(at: 8, entries: [entry(type: 4, value: [0, 0, 0, 6])])) == turned)
  }

  @Test(arguments: [0, 9, 255] as [UInt8])
  func ignoresAValueOutOfRange(value: UInt8) throws {
    #expect(try size(exif: directory(at: 8, entries: [entry(value: [0, value, 0, 0])])) == stored)
  }

  @Test func ignoresDirectoriesThatAreNotThere() throws {
    let good = entry(value: [0, 6, 0, 0])
    for offset in [0, 4, 9, 1000, 0xffff_ffff] {
      #expect(try size(exif: directory(at: offset, entries: [good])) == stored)
    }
    #expect(try size(exif: []) == stored)
    #expect(try size(exif: Array("XX\0*".utf8) + [0, 0, 0, 8]) == stored)
    #expect(try size(exif: Array("II*\0".utf8)) == stored)
  }

  @Test func endsOnADirectoryThatPointsToItselfOrDeclaresTooMuch() throws {
    // The next directory is at 8, which is this one; 65 535 entries are declared.
    let other = entry(tag: 0x8769, type: 4, value: [0, 0, 0, 8])
    #expect(try size(exif: directory(at: 8, entries: [other])) == stored)
    #expect(try size(exif: directory(at: 8, entries: [other], count: 65_535)) == stored)
    #expect(try size(exif: directory(at: 8, entries: [entry(value: [0, 6, 0, 0])], count: 65_535)) == turned)
  }

  @Test func ignoresAnotherType() throws {
    #expect(try size(exif: directory(at: 8, entries: [entry(type: 2, value: [0, 6, 0, 0])])) == stored)
  }
}
