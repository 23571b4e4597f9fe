import ImagePrepare
import Quant

/// What a photo's vectors are averaged over, before they get length 1.
package enum TestTimeAugmentation: String, Hashable, Sendable, CaseIterable {
  case none
  /// The photo and its mirror image.
  case flip

  /// - Parameters:
  ///   - pixels: RGB bytes of `size`.
  ///   - run: the vectors of such bytes.
  package func vectors(of pixels: [UInt8], size: Size2D, run: ([UInt8]) throws -> [[Float]]) rethrows
    -> [[Float]]
  {
    let vectors = try run(pixels)
    if self == .none { return vectors }
    let mirrored = try run(Image(height: size.height, width: size.width, pixels: pixels).mirrored().pixels)
    return zip(vectors, mirrored).map { zip($0, $1).map { ($0 + $1) * 0.5 } }
  }
}
