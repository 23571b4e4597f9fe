import EdgeTool
import ImagePrepare
import Quant
import TestSupport
import Testing

@Suite struct AugmentationTests {
  @Test(arguments: [0, 1, 2, 7, 8], [0, 1, 3])
  func variantsStandWithTheirPhotoInOneHalf(photos: Int, variants: Int) {
    let order = WidenedOrder(photos: photos, variants: variants)
    var seen: [Int: Set<Int>] = [:]
    for index in 0..<order.count {
      let (photo, variant) = order[index]
      #expect(photo < photos)
      #expect(photo % 2 == index % 2)
      #expect(seen[photo, default: []].insert(variant).inserted)
    }
    #expect(seen.count == photos)
    for (photo, found) in seen {
      let isLone = photos % 2 == 1 && photo == photos - 1
      #expect(found == Set(0...(isLone ? 0 : variants)))
    }
  }

  @Test func variantsAreSeededPartsOfThePicture() throws {
    let pixels = (0..<60 * 80 * 3).map { UInt8($0 / 3 % 80) }
    let image = Image(height: 60, width: 80, pixels: pixels)
    let recipe = Recipe(
      name: "custom", resize: .exact(Size2D(16)), filter: .bilinear, inputSize: Size2D(16), scale: 255,
      mean: [0, 0, 0], deviation: [1, 1, 1])
    var rising = 0
    var distinct: Set<[UInt8]> = []
    for seed in 0..<40 as Range<UInt64> {
      let variant = try RandomVariant(seed: seed).prepare(image, recipe: recipe)
      #expect(try variant == RandomVariant(seed: seed).prepare(image, recipe: recipe))
      #expect(variant.size == Size2D(16))
      distinct.insert(variant.pixels)
      // Columns hold their own number: a mirrored part falls from left to right.
      if variant.pixels[0] < variant.pixels[45] { rising += 1 }
    }
    #expect(distinct.count > 30)
    #expect((8...32).contains(rising))
  }

  @Test func flipAveragesAPhotoAndItsMirror() throws {
    // The "network" reads the first and the last byte of the first row.
    let pixels: [UInt8] = [10, 0, 0, 20, 0, 0, 40, 0, 0]
    let run: ([UInt8]) -> [[Float]] = { [[Float($0[0]), Float($0[6])], [Float($0[3])]] }
    let size = Size2D(height: 1, width: 3)
    #expect(TestTimeAugmentation.none.vectors(of: pixels, size: size, run: run) == [[10, 40], [20]])
    #expect(TestTimeAugmentation.flip.vectors(of: pixels, size: size, run: run) == [[25, 25], [20]])
  }
}
