import ImagePrepare
import Quant
import TestSupport
import Testing

@Suite struct PrepareTests {
  private func recipe(_ resize: Recipe.Resize, _ filter: Recipe.Filter, _ size: Size2D) -> Recipe {
    Recipe(
      name: "custom", resize: resize, filter: filter, inputSize: size, scale: 255, mean: [0, 0, 0],
      deviation: [1, 1, 1])
  }

  @Test func equalsTorchvisionAndPillowByteForByte() throws {
    let entries = try ImageGoldens.entries("prepared.json")
    #expect(entries.count > 30)
    for entry in entries {
      let (from, crop) = (try entry.size("from"), try entry.size("crop"))
      let picture = noise(from, seed: try #require(entry["seed"]?.int))
      let filter = try #require(entry["filter"]?.string.flatMap(Recipe.Filter.init))
      let side = try #require(entry["side"]?.int)
      let square = Size2D(try #require(entry["square"]?.int))
      let fraction = Float(square.height) / Float(square.height + 32)

      func digest(_ resize: Recipe.Resize, _ size: Size2D) throws -> String {
        let prepared = try ImagePreparer(recipe: recipe(resize, filter, size)).prepare(picture)
        #expect(prepared.size == size)
        return SHA256.hex(of: prepared.pixels)
      }
      #expect(
        try digest(.shortSide(side), crop) == entry["short_side"]?.string,
        "\(from), \(side), \(crop), \(filter)")
      #expect(SHA256.hex(of: picture.centreCropped(to: crop).pixels) == entry["cropped"]?.string)
      #expect(try digest(.centreFraction(fraction, square), square) == entry["centre_fraction"]?.string)
    }
  }

  @Test func straightResizeIsTheResizeAlone() throws {
    let picture = noise(Size2D(height: 33, width: 50), seed: 4)
    let prepared = try ImagePreparer(recipe: recipe(.exact(Size2D(20)), .bicubic, Size2D(20))).prepare(
      picture)
    #expect(try prepared == picture.resized(to: Size2D(20), filter: .bicubic))
  }

  @Test func withoutResizeOnlyTheRightSizePasses() throws {
    let preparer = ImagePreparer(recipe: recipe(.none, .bilinear, Size2D(height: 5, width: 6)))
    let picture = noise(Size2D(height: 5, width: 6), seed: 1)
    #expect(try preparer.prepare(picture) == picture)
    #expect(throws: InputError.self) { try preparer.prepare(noise(Size2D(height: 6, width: 5), seed: 1)) }
  }

  @Test func extremeProportionsCostOnlyWhatIsKept() throws {
    let strip = noise(Size2D(height: 3_000_000, width: 1), seed: 2)
    let prepared = try ImagePreparer(recipe: recipe(.shortSide(256), .bilinear, Size2D(224))).prepare(strip)
    #expect(prepared.size == Size2D(224))
  }

  @Test func centreWindowKeepsTheProportionsOfTheInput() throws {
    let picture = noise(Size2D(height: 100, width: 60), seed: 3)
    let size = Size2D(height: 10, width: 20)
    #expect(
      try ImagePreparer(recipe: recipe(.centreFraction(1, size), .box, size)).prepare(picture).size == size)
  }

  @Test func refusesARecipeOutOfRange() {
    let picture = noise(Size2D(4), seed: 3)
    for size in [Size2D(0), Size2D(-1), Size2D(8193)] {
      #expect(throws: InputError.self) {
        try ImagePreparer(recipe: recipe(.exact(size), .bilinear, size)).prepare(picture)
      }
    }
  }
}
