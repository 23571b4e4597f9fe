import Quant

/// From prepared pixels to the network's float input: y = (x / scale − mean[c]) / deviation[c], each step rounded to
/// Float as torchvision's `ToTensor` and `Normalize` do.
public struct NetworkInput: Sendable {
  public let size: Size2D
  /// The pixel's byte (0 red, 1 green, 2 blue) that each channel of the network reads.
  private let source: [Int]
  /// [channel][byte]
  private let table: [Float]
  private let standardization: Recipe.Standardization

  /// - Throws: `InputError` when there are not three means and deviations, or scale or a deviation is zero or not finite.
  public init(_ recipe: Recipe) throws {
    guard recipe.mean.count == 3, recipe.deviation.count == 3 else {
      throw InputError(
        .mismatch, "preprocessing",
        "it has \(recipe.mean.count) means and \(recipe.deviation.count) deviations",
        remedy: "give three of each")
    }
    size = recipe.inputSize
    source = recipe.channelOrder == .rgb ? [0, 1, 2] : [2, 1, 0]
    var table: [Float] = []
    for channel in 0..<3 {
      for byte in 0..<256 {
        table.append((Float(byte) / recipe.scale - recipe.mean[channel]) / recipe.deviation[channel])
      }
    }
    guard table.allSatisfy(\.isFinite) else {
      throw InputError(
        .malformed, "preprocessing", "scale, mean or deviation is zero or not finite",
        remedy: "y = (x / scale − mean) / deviation")
    }
    self.table = table
    standardization = recipe.standardization
  }

  public var shape: Shape { .map(height: size.height, width: size.width, channels: 3) }

  private static func table(standardizing pixels: [UInt8]) -> [Float] {
    let standardization = ImageStandardization(pixels)
    let values = (0...255).map { standardization.value($0) }
    return values + values + values
  }

  /// The NHWC map of `size` for RGB bytes, three a pixel.
  ///
  /// - Throws: `InputError` when there are not as many bytes as `size` asks for.
  public func map(_ pixels: [UInt8]) throws -> [Float] {
    guard pixels.count == shape.elementCount else {
      throw InputError(.mismatch, "pixels", "there are \(pixels.count) bytes for an input of \(shape)")
    }
    let table = standardization == .image ? Self.table(standardizing: pixels) : self.table
    return [Float](unsafeUninitializedCapacity: pixels.count) { target, count in
      for pixel in stride(from: 0, to: pixels.count, by: 3) {
        for channel in 0..<3 {
          target[pixel + channel] = table[channel * 256 + Int(pixels[pixel + source[channel]])]
        }
      }
      count = pixels.count
    }
  }
}
