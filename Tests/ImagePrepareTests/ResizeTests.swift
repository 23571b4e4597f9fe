import ImagePrepare
import Quant
import TestSupport
import Testing

/// The picture that the golden script makes of the same seed.
func noise(_ size: Size2D, seed: Int) -> Image {
  var generator = SeededGenerator(seed: UInt64(seed))
  let pixels = (0..<size.height * size.width * 3).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
  return Image(height: size.height, width: size.width, pixels: pixels)
}

@Suite struct ResizeTests {
  @Test func equalsPillowByteForByte() throws {
    let entries = try ImageGoldens.entries("resized.json")
    #expect(entries.count > 150)
    for entry in entries {
      let (from, to, seed) = (try entry.size("from"), try entry.size("to"), try #require(entry["seed"]?.int))
      let picture = noise(from, seed: seed)
      for filter in Recipe.Filter.allCases {
        let resized = try picture.resized(to: to, filter: filter)
        #expect(resized.size == to)
        let digest = String(SHA256.hex(of: resized.pixels).prefix(16))
        #expect(digest == entry["sha256"]?[filter.rawValue]?.string, "\(filter) \(from) → \(to)")
      }
    }
  }

  @Test(arguments: Recipe.Filter.allCases)
  func leavesAPictureOfTheSameSizeAlone(filter: Recipe.Filter) throws {
    let picture = noise(Size2D(height: 13, width: 7), seed: 1)
    #expect(try picture.resized(to: picture.size, filter: filter) == picture)
  }

  @Test(arguments: Recipe.Filter.allCases)
  func keepsAPlainColour(filter: Recipe.Filter) throws {
    let plain = Image(height: 40, width: 31, pixels: [UInt8](repeating: 255, count: 40 * 31 * 3))
    let resized = try plain.resized(to: Size2D(height: 17, width: 90), filter: filter)
    #expect(resized.pixels.allSatisfy { $0 == 255 })
  }

  /// Values to 20 digits, of sin(π/6), sin(π/2), and from tables.
  static let sines: [(Double, Double)] = [
    (.pi / 6, 0.5), (.pi / 2, 1), (1, 0.841_470_984_807_896_506_65), (2, 0.909_297_426_825_681_695_40),
    (-5, 0.958_924_274_663_138_468_89), (9, 0.412_118_485_241_756_569_76), (0, 0),
    (.pi, 1.224_646_799_147_353_177e-16),
  ]

  @Test(arguments: sines)
  func sineIsWithinOneUnitInTheLastPlace(angle: Double, expected: Double) {
    #expect(abs(sine(angle) - expected) <= max(expected.ulp, 0x1p-80))
    #expect(sine(-angle) == -sine(angle))
  }

  @Test func refusesProportionsThatCannotBeResizedInBoundedMemory() throws {
    let strip = Image(height: 2_000_000, width: 1, pixels: [UInt8](repeating: 9, count: 6_000_000))
    #expect(throws: InputError.self) { try strip.resized(to: Size2D(224), filter: .bilinear) }
    #expect(try strip.resized(to: Size2D(height: 3, width: 2), filter: .box).pixels.allSatisfy { $0 == 9 })
  }
}
