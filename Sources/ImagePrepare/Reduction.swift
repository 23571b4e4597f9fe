import Quant

/// The fraction of a JPEG's size that it is decoded at: libjpeg transforms fewer coefficients of each block.
package enum Reduction: Int, Hashable, Sendable, CaseIterable {
  case none = 1
  case half = 2
  case quarter = 4
  case eighth = 8

  /// libjpeg's size of the reduced picture: divided, rounded up.
  package func reduced(_ size: Size2D) -> Size2D {
    Size2D(height: (size.height - 1) / rawValue + 1, width: (size.width - 1) / rawValue + 1)
  }
}

extension ImagePreparer {
  /// No side of a reduced picture is smaller: there, TurboJPEG's sixteen sizes are told apart by their sides.
  private static let leastReducedSide = 16

  /// The strongest reduction of a picture of `size` pixels, as seen, after which the resize still halves both sides at
  /// least; none where nothing is resized.
  package func reduction(of size: Size2D) -> Reduction {
    guard recipe.resize != .none else { return .none }
    return Reduction.allCases.last { leavesEnough($0.reduced(size)) } ?? .none
  }

  private func leavesEnough(_ size: Size2D) -> Bool {
    guard min(size.height, size.width) >= Self.leastReducedSide else { return false }
    let (region, target) = (region(of: size).size, resizedSize(of: size))
    return region.height >= 2 * target.height && region.width >= 2 * target.width
  }
}
