import Quant

/// From prepared pixels to a float network's input: y = (x / scale − mean[c]) / deviation[c], in the order of torchvision's
/// `ToTensor` and `Normalize`, each step rounded to Float.
public struct NetworkInput: Sendable {
  /// `[network channel][byte]`
  private let tables: [[Float]]
  /// Which of R, G, B a network channel reads.
  private let order: [Int]
  private let pixelCount: Int

  /// - Throws: `InputError` when the recipe's numbers are not of three channels.
  public init(recipe: Recipe) throws {
    guard recipe.mean.count == 3, recipe.deviation.count == 3 else {
      throw InputError(.malformed, "", "the recipe's mean and deviation are not of 3 channels")
    }
    tables = (0..<3).map { channel in
      (0..<256).map { (Float($0) / recipe.scale - recipe.mean[channel]) / recipe.deviation[channel] }
    }
    order = recipe.channelOrder == .rgb ? [0, 1, 2] : [2, 1, 0]
    pixelCount = recipe.inputSize.height * recipe.inputSize.width
  }

  /// - Parameter pixels: RGB bytes of the recipe's input size.
  /// - Throws: `InputError` when there are more or fewer.
  public func values(of pixels: [UInt8]) throws -> [Float] {
    guard pixels.count == pixelCount * 3 else {
      throw InputError(.mismatch, "", "\(pixels.count) bytes of pixels, the network takes \(pixelCount * 3)")
    }
    return [Float](unsafeUninitializedCapacity: pixels.count) { buffer, count in
      for pixel in 0..<pixelCount {
        for channel in 0..<3 {
          buffer[pixel * 3 + channel] = tables[channel][Int(pixels[pixel * 3 + order[channel]])]
        }
      }
      count = pixels.count
    }
  }
}
