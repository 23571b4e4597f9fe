import Quant

/// How pictures are prepared for a graph that does not say it.
struct ONNXPreprocessing {
  let recipe: Recipe
  let note: String

  /// - Parameters:
  ///   - affine: what the graph itself computes on its input first.
  ///   - reverses: whether it reverses the channels before that.
  init(_ input: ONNXInput, affine: ChannelAffine, reverses: Bool) throws {
    var recipe = try Recipe.preset("torchvision", inputSize: input.size)
    let reading = Self.reading(affine, isBytes: input.isBytes, recipe)
    switch reading {
    case .normalized:
      note =
        "preprocessing: as torchvision does, which an ONNX file does not tell; --preset decides otherwise"
    case .unit:
      note = "preprocessing: the graph scales its input itself, taken as 0…1"
      (recipe.mean, recipe.deviation) = ([0, 0, 0], [1, 1, 1])
      recipe.name = "custom"
    case .bytes:
      note = "preprocessing: the graph scales its input itself, taken as 0…255"
      (recipe.scale, recipe.mean, recipe.deviation) = (1, [0, 0, 0], [1, 1, 1])
      recipe.name = "custom"
    }
    if reverses {
      recipe.channelOrder = recipe.channelOrder == .rgb ? .bgr : .rgb
      recipe.mean.reverse()
      recipe.deviation.reverse()
      recipe.name = "custom"
    }
    self.recipe = recipe
  }

  private enum Reading { case normalized, unit, bytes }

  /// What the constants show: a mean or deviation of the order of 100 belongs to bytes, of the order of 1 to 0…1. To take
  /// torchvision's normalization and give halves, as its own `transform_input`, is told by its constants.
  private static func reading(_ affine: ChannelAffine, isBytes: Bool, _ recipe: Recipe) -> Reading {
    if isBytes { return .bytes }
    if affine.isIdentity || isTransformInput(affine, recipe) { return .normalized }
    let (factors, offsets) = (affine.factors(channels: 3), affine.offsets(channels: 3))
    let sizes = zip(factors, offsets).map { max(abs(1 / $0), abs($1 / $0)) }
    return sizes.contains { $0 >= 10 } ? .bytes : .unit
  }

  private static func isTransformInput(_ affine: ChannelAffine, _ recipe: Recipe) -> Bool {
    let (factors, offsets) = (affine.factors(channels: 3), affine.offsets(channels: 3))
    for channel in 0..<3 {
      let factor = Double(recipe.deviation[channel]) / 0.5
      let offset = (Double(recipe.mean[channel]) - 0.5) / 0.5
      guard abs(factors[channel] - factor) < 1e-4, abs(offsets[channel] - offset) < 1e-4 else { return false }
    }
    return true
  }
}
