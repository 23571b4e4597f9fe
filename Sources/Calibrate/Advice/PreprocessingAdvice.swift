import Quant

/// Whether photos are prepared as those that a network was trained on, told by its first normalization.
public struct PreprocessingAdvice: Sendable, Hashable {
  /// What fits better than the recipe that is used.
  public enum Remedy: Sendable, Hashable {
    /// The same numbers with the channels in this order.
    case order(Recipe.ChannelOrder)
    /// Another scaling: its recipe, and the preset's name where it is one.
    case scaling(Recipe, preset: String?)
  }

  public var remedy: Remedy
  /// The normalization that tells it.
  public var layer: String
  /// How far the photos are from training's, as they are prepared and as the remedy would: `StemFit`'s distances for an
  /// order, its misfits for a scaling.
  public var own: Double
  public var other: Double
}

extension PreprocessingAdvice {
  // Margins by which nothing was said of three trained networks prepared rightly, for any random choice of photos:
  // Docs/advice.md, "Preprocessing".

  /// How many times as well another scaling has to fit.
  private static func scalingMargin(photos: Int) -> Double { photos < fewPhotos ? 4 : 2 }
  private static let fewPhotos = 8
  /// What is advised has to fit so well by itself.
  private static let goodMisfit = 0.25
  /// Below it the statistics are not those of photos: the weights were never trained, or on something else.
  private static let trainedAgreement = 0.7
  /// The other order must be nearer by this factor, and by so many standard errors: photos are redder than blue by little.
  private static let orderMargin = 1.5
  private static let orderCertainty = 2.5

  /// nil where nothing fits clearly better, or the network has no normalization to tell it by.
  ///
  /// - Throws: `InputError` when a photo cannot be read.
  package init?(_ network: FloatNetwork, photos: Photos, pool: WorkerPool) throws {
    let recipe = network.recipe
    guard let stem = network.firstNormalization, recipe.standardization == .none, recipe.mean.count == 3,
      recipe.deviation.count == 3,
      let windows = try StemWindows(photos, size: recipe.inputSize, of: stem, pool: pool)
    else { return nil }
    let fit = StemFit(stem, windows)
    let graph = network.fed?.graph
    guard fit.agreement(recipe) > Self.trainedAgreement,
      let found = Self.scaling(fit, recipe, graph, architecture: network.architecture)
        ?? Self.order(fit, recipe, graph)
    else { return nil }
    self.init(remedy: found.remedy, layer: stem.name, own: found.own, other: found.other)
  }

  private typealias Found = (remedy: Remedy, own: Double, other: Double)

  /// - Parameter graph: what the network does to its input itself, after what it is fed.
  private static func scaling(
    _ fit: StemFit, _ recipe: Recipe, _ graph: GraphPreprocessing?, architecture: String
  ) -> Found? {
    // Of the nearer order: another order alone is no other scaling.
    let own = min(fit.misfit(recipe), fit.misfit(recipe.withOtherOrder))
    var best: (candidate: ScalingCandidate, misfit: Double)?
    for candidate in ScalingCandidate.all(for: architecture) {
      var whole = candidate.recipe(like: recipe)
      if let graph {
        guard let followed = try? whole.followed(by: graph) else { continue }
        whole = followed
      }
      let misfit = min(fit.misfit(whole), fit.misfit(whole.withOtherOrder))
      // Several presets have nearly the same numbers: the first of them is meant.
      if misfit < 0.8 * (best?.misfit ?? .infinity) { best = (candidate, misfit) }
    }
    guard let best, best.misfit < goodMisfit, own > scalingMargin(photos: fit.photos) * best.misfit else {
      return nil
    }
    return (
      .scaling(best.candidate.recipe(like: recipe), preset: best.candidate.preset), own, best.misfit
    )
  }

  private static func order(_ fit: StemFit, _ recipe: Recipe, _ graph: GraphPreprocessing?) -> Found? {
    let order = fit.order(recipe)
    guard fit.photos >= fewPhotos, fit.misfit(recipe.withOtherOrder) < goodMisfit,
      order.own > orderMargin * order.other, order.certainty > orderCertainty
    else { return nil }
    // What a graph does to the order itself stands between.
    let isReversed = graph?.reversesChannels == true
    let wanted = isReversed ? recipe.channelOrder : recipe.withOtherOrder.channelOrder
    return (.order(wanted), order.own, order.other)
  }
}

/// A usual way of scaling bytes.
private struct ScalingCandidate {
  let preset: String?
  private let values: Recipe

  /// The presets, the architecture's own first, and photos that are not standardized at all.
  static func all(for architecture: String) -> [ScalingCandidate] {
    var result: [ScalingCandidate] = []
    for name in [Recipe.defaultPresetName(for: architecture)] + Recipe.presetNames {
      guard let recipe = try? Recipe.preset(name, architecture: architecture) else { continue }
      result.append(ScalingCandidate(preset: name, values: recipe))
    }
    for scale: Float in [255, 1] {
      let plain = Recipe(
        name: "custom", resize: .none, filter: .bilinear, inputSize: Size2D(224), scale: scale,
        mean: [0, 0, 0],
        deviation: [1, 1, 1])
      result.append(ScalingCandidate(preset: nil, values: plain))
    }
    return result
  }

  /// `recipe` with these numbers, and the preset's order.
  func recipe(like recipe: Recipe) -> Recipe {
    var result = recipe
    result.name = preset ?? "custom"
    (result.scale, result.mean, result.deviation) = (values.scale, values.mean, values.deviation)
    if preset != nil { result.channelOrder = values.channelOrder }
    return result
  }
}
