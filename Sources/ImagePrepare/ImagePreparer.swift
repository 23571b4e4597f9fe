import Quant

/// From a decoded picture to the bytes that a network reads, as its recipe says.
///
/// Channel order, scale, mean and deviation are not applied here: they are folded into the network's first
/// convolution (Docs/numerics.md, "The network's input is exact").
public struct ImagePreparer: Sendable {
  public let recipe: Recipe

  public init(recipe: Recipe) { self.recipe = recipe }

  /// The picture as RGB bytes of exactly `recipe.inputSize`.
  ///
  /// - Throws: `InputError` (mismatch) when nothing is to be resized and the picture has another size; (tooLarge) for
  ///   proportions that cannot be resized in bounded memory; (usage) when the recipe's sizes are out of range.
  public func prepare(_ image: Image) throws -> Image { try prepare(image, orientation: .asStored) }

  /// As above, of a picture as it is stored; the same bytes as turning it first, for less.
  package func prepare(_ image: Image, orientation: Orientation) throws -> Image {
    try recipe.validate()
    let seen = orientation.seen(image.size)
    let size = resizedSize(of: seen)
    if recipe.resize == .none && seen != size {
      throw InputError(
        .mismatch, "",
        "the picture is \(seen) pixels (height × width), the network reads \(size)",
        remedy: "use a recipe that resizes, or pictures of that size")
    }
    let crop = CentreCrop(of: size, to: recipe.inputSize)
    let resize = Resize(
      region: region(of: seen), orientation: orientation, to: size, filter: recipe.filter,
      keeping: crop.window)
    return try resize.apply(to: image).padded(as: crop)
  }

  /// The part of a picture of `size` that is resized.
  func region(of size: Size2D) -> Window {
    guard case .centreFraction(let fraction, let proportions) = recipe.resize else { return Window(size) }
    return Self.centreWindow(of: size, fraction: fraction, proportions: proportions)
  }

  /// What that part is resized to.
  func resizedSize(of size: Size2D) -> Size2D {
    switch recipe.resize {
    case .exact(let size), .centreFraction(_, let size): size
    case .shortSide(let side): Self.shortSideSize(of: size, side: side)
    case .none: recipe.inputSize
    }
  }

  /// torchvision's `Resize(side)`: the long side is `int(side · long / short)`.
  static func shortSideSize(of size: Size2D, side: Int) -> Size2D {
    size.width <= size.height
      ? Size2D(height: side * size.height / size.width, width: side)
      : Size2D(height: side, width: side * size.width / size.height)
  }

  /// The largest centre rectangle of the given proportions, shrunk to `fraction`; an odd remainder goes to the top and
  /// left, as in the EfficientNet repositories, which multiply in Float.
  static func centreWindow(of size: Size2D, fraction: Float, proportions: Size2D) -> Window {
    let height = min(size.height, size.width * proportions.height / proportions.width)
    let width = min(size.width, size.height * proportions.width / proportions.height)
    return Window(
      rows: centreRange(of: size.height, taking: Int(fraction * Float(height))),
      columns: centreRange(of: size.width, taking: Int(fraction * Float(width))))
  }

  private static func centreRange(of extent: Int, taking count: Int) -> Range<Int> {
    let count = min(extent, max(1, count))
    let start = (extent - count + 1) / 2
    return start..<start + count
  }
}
