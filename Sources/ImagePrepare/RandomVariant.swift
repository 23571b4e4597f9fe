import Quant

/// A random part of a picture, mirrored or not: what widens a set of calibration photos.
///
/// Half to all of the picture's area, proportions between 3:4 and 4:3, resized straight to the network's input.
/// The same numbers on every CPU: the generator and its mapping are the project's own.
package struct RandomVariant: Sendable {
  private let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  /// - Throws: `InputError` (tooLarge) for proportions that cannot be resized in bounded memory.
  package func prepare(_ image: Image, recipe: Recipe) throws -> Image {
    var generator = SplitMix64(seed: seed)
    let window = Self.window(of: image.size, &generator)
    let isMirrored = generator.below(2) == 1
    let resize = Resize(region: window, to: recipe.inputSize, filter: recipe.filter)
    let part = try resize.apply(to: image)
    return isMirrored ? part.mirrored() : part
  }

  static func window(of size: Size2D, _ generator: inout SplitMix64) -> Window {
    func fraction() -> Double { Double(generator.below(1 << 20)) / Double(1 << 20) }
    let area = Double(size.height) * Double(size.width) * (0.5 + 0.5 * fraction())
    let proportions = 0.75 + (4.0 / 3 - 0.75) * fraction()
    func side(_ wanted: Double, _ limit: Int) -> Int { min(limit, max(1, Int(wanted.rounded()))) }
    let width = side((area * proportions).squareRoot(), size.width)
    let height = side((area / proportions).squareRoot(), size.height)
    let top = generator.below(size.height - height + 1)
    let left = generator.below(size.width - width + 1)
    return Window(rows: top..<top + height, columns: left..<left + width)
  }
}

extension Image {
  /// Left and right exchanged.
  public func mirrored() -> Image {
    var result = pixels
    for row in stride(from: 0, to: pixels.count, by: width * 3) {
      for column in 0..<width {
        let (target, source) = (row + column * 3, row + (width - 1 - column) * 3)
        for channel in 0..<3 { result[target + channel] = pixels[source + channel] }
      }
    }
    return Image(height: height, width: width, pixels: result)
  }
}
