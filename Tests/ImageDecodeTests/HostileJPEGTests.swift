import ImageDecode
import ImagePrepare
import Quant
import TestSupport
import Testing

@Suite struct HostileJPEGTests {
  @Test(arguments: ["gray.jpg", "color-420.jpg", "progressive.jpg", "ycck.jpg"])
  func refusesAFileCutAnywhere(name: String) throws {
    let bytes = try ImageGoldens.picture(name)
    for count in 0..<bytes.count {
      #expect(refusal(Array(bytes[..<count]))?.kind == .truncated, "\(name) cut to \(count) bytes")
    }
  }

  /// The end marker stays, so that only libjpeg notices.
  @Test(arguments: ["gray.jpg", "color-444.jpg"])
  func refusesCodedDataWithAHole(name: String) throws {
    let bytes = try ImageGoldens.picture(name)
    let error = refusal(Array(bytes[..<(bytes.count - 200)] + [0xff, 0xd9]))
    #expect(error?.reason.contains("remature end") == true)
  }

  @Test func neverCrashesOnAChangedByte() throws {
    var bytes = try ImageGoldens.picture("progressive.jpg")
    for index in bytes.indices {
      let original = bytes[index]
      for value in [0, 0xff, original ^ 0x10] {
        bytes[index] = value
        _ = refusal(bytes)
      }
      bytes[index] = original
    }
  }

  @Test func refuses80000ScansAtOnce() throws {
    let bytes = try ImageGoldens.picture("progressive-gray.jpg")
    let scan: [UInt8] = [0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0] + [UInt8](repeating: 0x55, count: 90)
    var hostile = Array(bytes.dropLast(2))
    for _ in 0..<80_000 { hostile += scan }
    let error = refusal(hostile + [0xff, 0xd9])
    #expect(error?.kind == .tooLarge && error?.reason.contains("500 scans") == true)
  }

  @Test func refusesManyScansOverALargePicture() throws {
    var hostile: [UInt8] = [0xff, 0xd8] + frame(height: 9000, width: 9000)
    let scan: [UInt8] = [0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0] + [UInt8](repeating: 0x55, count: 9000)
    for _ in 0..<400 { hostile += scan }
    #expect(refusal(hostile + [0xff, 0xd9])?.kind == .tooLarge)
  }

  private func frame(height: Int, width: Int, marker: UInt8 = 0xc2, depth: UInt8 = 8) -> [UInt8] {
    [0xff, marker, 0, 11, depth] + [UInt8](height, byteCount: 2) + [UInt8](width, byteCount: 2) + [
      1, 1, 0x11, 0,
    ]
  }

  @Test func refusesMorePixelsThanTheLimit() throws {
    let bytes =
      [0xff, 0xd8] + frame(height: 65_535, width: 65_535) + [UInt8](repeating: 0, count: 180) + [0xff, 0xd9]
    #expect(refusal(bytes)?.kind == .tooLarge)
  }

  /// Within the pixel limit, but no such file can hold a bit for every block.
  @Test func refusesAPictureThatItsBytesCannotHold() throws {
    let bytes =
      [0xff, 0xd8] + frame(height: 9_999, width: 9_999) + [UInt8](repeating: 0, count: 180) + [0xff, 0xd9]
    #expect(refusal(bytes)?.kind == .truncated)
  }

  @Test func pixelLimitHoldsOnBothSides() throws {
    let bytes = try ImageGoldens.picture("color-444.jpg")
    let area = 37 * 53
    var limits = DecodeLimits.standard
    limits.pixels = area
    #expect(refusal(bytes, decoder: ImageDecoder(limits: limits)) == nil)
    limits.pixels = area - 1
    #expect(refusal(bytes, decoder: ImageDecoder(limits: limits))?.kind == .tooLarge)
  }

  @Test(arguments: [
    (0xc3, 8), (0xc5, 8), (0xc9, 8), (0xca, 8), (0xc1, 12), (0xc0, 16),
  ])
  func refusesProcessesThatAreNotRead(marker: UInt8, depth: UInt8) throws {
    let bytes = [0xff, 0xd8] + frame(height: 8, width: 8, marker: marker, depth: depth) + [0xff, 0xd9]
    #expect(refusal(bytes)?.kind == .unsupported)
  }

  @Test func refusesAPictureWithoutSides() throws {
    for (height, width) in [(0, 8), (8, 0)] {
      let bytes = [0xff, 0xd8] + frame(height: height, width: width) + [0xff, 0xd9]
      #expect(refusal(bytes)?.kind == .malformed)
    }
  }

  @Test func refusesTwoFrames() throws {
    let one = frame(height: 8, width: 8, marker: 0xc0)
    #expect(refusal([0xff, 0xd8] + one + one + [0xff, 0xd9])?.kind == .malformed)
  }

  @Test func ignoresAProfileThatDeclaresAGigabyte() throws {
    var bytes = try ImageGoldens.picture("gray.jpg")
    let profile = Array("ICC_PROFILE\0".utf8) + [1, 255] + [UInt8](1 << 30, byteCount: 4)
    bytes.insert(contentsOf: [0xff, 0xe2] + [UInt8](profile.count + 2, byteCount: 2) + profile, at: 2)
    #expect(refusal(bytes) == nil)
  }

  @Test func survivesRestartMarkersOutOfOrder() throws {
    var bytes = try ImageGoldens.picture("gray.jpg")
    bytes.insert(contentsOf: [0xff, 0xdd, 0, 4, 0, 1], at: 2)
    bytes.insert(contentsOf: [0xff, 0xd5, 0xff, 0xd1], at: bytes.count - 100)
    #expect(refusal(bytes) != nil)
  }
}
