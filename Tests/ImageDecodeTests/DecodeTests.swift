import ImageDecode
import ImagePrepare
import Quant
import TestSupport
import Testing

@Suite struct DecodeTests {
  @Test func equalsPillowInEveryMode() throws {
    let entries = try ImageGoldens.entries("decoded.json")
    #expect(entries.count > 60)
    for entry in entries {
      let name = try #require(entry["file"]?.string)
      let path = ImageGoldens.picturePath(name)
      let stored = try ImageDecoder(orientation: .ignore).decode(file: path)
      #expect(stored.height == entry["height"]?.int && stored.width == entry["width"]?.int, "\(name)")
      #expect(SHA256.hex(of: stored.pixels) == entry["stored"]?.string, "\(name)")
      let turned = try ImageDecoder().decode(file: path)
      #expect(SHA256.hex(of: turned.pixels) == entry["turned"]?.string, "\(name)")
      if let expected = entry["composited"]?.string {
        let composited = try ImageDecoder(orientation: .ignore, background: [200, 30, 90]).decode(file: path)
        #expect(SHA256.hex(of: composited.pixels) == expected, "\(name)")
      }
    }
  }

  @Test func recipeDecidesOrientationAndBackground() throws {
    var recipe = try Recipe.preset("torchvision")
    let bytes = try ImageGoldens.picture("orientation-6.jpg")
    #expect(try ImageDecoder(recipe: recipe).decode(bytes: bytes).size == Size2D(height: 24, width: 17))
    recipe.orientation = .ignore
    #expect(try ImageDecoder(recipe: recipe).decode(bytes: bytes).size == Size2D(height: 17, width: 24))
  }

  @Test func contentDecidesNotTheName() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/photo.png"
      try write(ImageGoldens.picture("color-420.jpg"), to: path)
      #expect(try ImageDecoder().decode(file: path).width == 53)
    }
  }
}
