import Int8Kernels
import Quant

/// What corrections did, for the model's provenance and for people.
public struct CorrectionReport: Hashable, Sendable {
  /// Of the steps asked for, those that the photos were enough for, in their order.
  public var steps: [Corrections.Step]
  /// Of the steps asked for, those that need more photos.
  public var tooFewPhotosFor: [Corrections.Step]
  /// How many photos were used.
  public var photos: Int
  /// How many were given: of a large network's maps memory holds fewer.
  public var photosGiven: Int
  public var convolutions: Int
  /// How many convolutions take each step; the others' results were worse by it on the photos kept aside.
  public var counts: [Corrections.Step: Int] = [:]
  /// Whether all was taken back, for the embeddings of the photos kept aside were worse by it.
  public var isRejected = false

  /// - Parameters:
  ///   - wanted: what was asked for; steps that so many photos are too few for are left out.
  ///   - photos: how many were used, of `photosGiven`.
  package init(_ wanted: Corrections, photos: Int, photosGiven: Int, convolutions: Int) {
    steps = wanted.steps(areEnough: true, photos: photos)
    tooFewPhotosFor = wanted.steps(areEnough: false, photos: photos)
    self.photos = photos
    self.photosGiven = photosGiven
    self.convolutions = convolutions
  }
}

extension Quantizer {
  /// Models of different samples that the best is chosen from, where weights are rounded together: as many as the second
  /// while a few photos make most of the best one's loss, for then it is a matter of luck.
  private static let variants = (least: 4, most: 8)

  /// Quantizes with `corrections`, in three stages: each on the Int8 results of the layers before.
  ///
  /// 1. A trial fits all steps to half of the photos. A step that makes a layer's results for the other half worse is left
  ///    out there; all are, when the other half's embeddings are.
  /// 2. What is left is fitted to all photos, several times where weights are rounded together, with other samples of the
  ///    same photos: in a network as sensitive as EfficientNet a single photo's embedding depends on luck.
  /// 3. The model whose embeddings are nearest to the float network's is taken.
  ///
  /// The result is the same on every machine, with any number of threads and any kernel set.
  ///
  /// - Parameter progress: called with the part that is done.
  /// - Throws: `InputError` as `quantize(provenance:)`, and when a photo cannot be read.
  public func quantize(
    provenance: Provenance, corrections: Corrections, photos: Photos, kernels: KernelSet, pool: WorkerPool,
    progress: (Double) -> Void = { _ in }
  ) throws -> (QuantizedModel, CorrectionReport) {
    let photosGiven = photos.count
    let photos = photos.selected(for: network.graph)
    var report = CorrectionReport(
      corrections, photos: photos.count, photosGiven: photosGiven,
      convolutions: network.graph.nodes.count(where: \.operation.isConvolution))
    let steps = report.steps
    guard !steps.isEmpty else { return (try quantize(provenance: provenance), report) }
    let input = try LayerwiseInput(
      photos, recipe: network.recipe, shape: network.graph.inputShape, pool: pool)
    let variants = steps.contains(.rounding) ? Self.variants : (least: 1, most: 1)
    var done = 0.0
    func run(_ mode: LayerwiseQuantizer.Mode) throws -> (model: QuantizedModel, run: LayerwiseQuantizer) {
      var run = try LayerwiseQuantizer(self, mode: mode, input: input, kernels: kernels, pool: pool)
      let model = try run.run(provenance: provenance) { progress((done + $0) / Double(variants.most + 2)) }
      done += 1
      return (model, run)
    }
    let trial = try run(.trial(steps)).run
    let plain = try run(.planned(CorrectionPlan(), variant: 0))
    for step in steps { report.counts[step] = trial.plan.count(step) }
    let keptAside = Array(stride(from: 1, to: photos.count, by: 2))
    guard !trial.losses(keptAside).areWorse(than: plain.run.losses(keptAside)) else {
      report.isRejected = true
      return (plain.model, report)
    }
    let all = Array(0..<photos.count)
    var best: (model: QuantizedModel, losses: EmbeddingLosses)?
    for variant in 0..<variants.most {
      if variant >= variants.least, let best, !best.losses.areOfFewPhotos { break }
      let (model, run) = try run(.planned(trial.plan, variant: variant))
      let losses = run.losses(all)
      if losses.mean < best?.losses.mean ?? .infinity { best = (model, losses) }
    }
    return (best?.model ?? plain.model, report)
  }
}

/// How far embeddings are from the float network's: 1 − cosine of each photo.
private struct EmbeddingLosses {
  let losses: [Double]

  /// Whether they are worse on average, or twice as bad for the worst quarter of the photos. Averages of logarithms: one
  /// photo that is lost by chance does not outweigh all others.
  func areWorse(than other: EmbeddingLosses) -> Bool {
    let (own, others) = (logarithms, other.logarithms)
    return own.mean > others.mean || own.meanOfLargestQuarter > others.meanOfLargestQuarter + 1
  }

  var mean: Double { losses.mean }

  /// Whether a few photos make most of the mean: it is then more than one and a half times what a usual photo loses.
  var areOfFewPhotos: Bool { ElementaryFunctions.log2(max(mean, 1e-9)) > logarithms.mean + 0.6 }

  /// The largest first.
  private var logarithms: [Double] {
    losses.map { ElementaryFunctions.log2(max($0, 1e-9)) }.sorted(by: >)
  }
}

extension LayerwiseQuantizer {
  /// Of the embeddings of `photos`; none where the network has no embedding.
  fileprivate func losses(_ photos: [Int]) -> EmbeddingLosses {
    guard let vectors = vectors("embedding") else { return EmbeddingLosses(losses: []) }
    return EmbeddingLosses(
      losses: photos.map { 1 - Cosine.similarity(vectors.quantized[$0], vectors.exact[$0]) })
  }
}

extension Operation {
  fileprivate var isConvolution: Bool { if case .convolution = self { true } else { false } }
}
