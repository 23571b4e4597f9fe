import ImageDecode
import ImagePrepare
import Quant
import TestSupport
import Testing

@Suite struct ReductionTests {
  private func recipe(side: Int) throws -> Recipe {
    var recipe = try Recipe.preset("torchvision")
    (recipe.resize, recipe.inputSize) = (.shortSide(side), Size2D(side))
    return recipe
  }

  @Test func reducedPicturesAreNearAFullDecodeAveraged() throws {
    let path = ImageGoldens.samplePath("coffee.jpg")
    let full = try ImageDecoder().decode(file: path)
    for (side, reduction) in [(120, Reduction.half), (60, .quarter), (30, .eighth)] {
      let recipe = try recipe(side: min(full.height, full.width) * side / 480)
      let fast = try ImageDecoder(recipe: recipe, isFast: true).decode(file: path)
      #expect(fast.size == reduction.reduced(full.size))
      let averaged = try full.resized(to: fast.size, filter: .box)
      let distance = zip(fast.pixels, averaged.pixels).reduce(into: 0) { sum, pair in
        sum += abs(Int(pair.0) - Int(pair.1))
      }
      #expect(distance < 8 * fast.pixels.count, "\(reduction)")
    }
  }

  @Test func sidesAreDividedAndRoundedUp() {
    #expect(Reduction.quarter.reduced(Size2D(height: 3000, width: 4001)) == Size2D(height: 750, width: 1001))
    #expect(Reduction.eighth.reduced(Size2D(height: 1, width: 8)) == Size2D(1))
    #expect(Reduction.none.reduced(Size2D(height: 5, width: 7)) == Size2D(height: 5, width: 7))
  }

  @Test func everyKindOfPictureIsReducedOrLeft() throws {
    let recipe = try recipe(side: 3)
    for entry in try ImageGoldens.entries("decoded.json") {
      let name = try #require(entry["file"]?.string)
      let bytes = try ImageGoldens.picture(name)
      let full = try ImageDecoder(recipe: recipe).decode(bytes: bytes)
      let fast = try ImageDecoder(recipe: recipe, isFast: true).decode(bytes: bytes)
      let reduction = name.hasSuffix("png") ? .none : ImagePreparer(recipe: recipe).reduction(of: full.size)
      #expect(fast.size == reduction.reduced(full.size), "\(name)")
    }
  }

  @Test func aBufferUsedBeforeChangesNothing() throws {
    let buffer = PixelBuffer()
    let decoder = ImageDecoder()
    let entries = try ImageGoldens.entries("decoded.json")
    for entry in entries + entries.reversed() {
      let name = try #require(entry["file"]?.string)
      let bytes = try ImageGoldens.picture(name)
      let picture = try decoder.decodeStored(bytes: bytes, name: name, into: buffer)
      #expect(SHA256.hex(of: picture.seen.pixels) == entry["turned"]?.string, "\(name)")
      buffer.give(picture.image.pixels)
    }
  }
}
