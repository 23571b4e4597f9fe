import Calibrate
import EdgeTool
import Int8Kernels
import Quant
import TestSupport
import Testing

/// Networks broken on purpose: what is named, and that nothing is where nothing is wrong.
@Suite struct QuantizationAdviceTests {
  private static let pool = WorkerPool(threads: 2)

  private func findings(
    _ network: AdviceNetwork = AdviceNetwork(), photos: Photos = AdviceNetwork.photos(20),
    change: (inout ActivationRanges) -> Void = { _ in }
  ) throws -> [QuantizationAdvice.Finding] {
    try advice(of: network.network().prepared(), photos: photos, change: change).findings
  }

  private func advice(
    of network: FloatNetwork, photos: Photos, change: (inout ActivationRanges) -> Void = { _ in }
  ) throws -> QuantizationAdvice {
    var ranges = try Calibrator(network: network).ranges(photos: photos, pool: Self.pool)
    change(&ranges)
    let model = try Quantizer(network: network, ranges: ranges).quantize(
      provenance: Provenance(architecture: "test/advice", sourceName: "", sourceSHA256: ""))
    let engine = try Engine(model: model, retainingValues: true)
    let drift = try DriftMeter(network: network, engine: engine).measure(photos: photos, pool: Self.pool)
    return try QuantizationAdvice(
      network: network, ranges: ranges, drift: drift, photos: photos, pool: Self.pool)
  }

  private func outliers(_ findings: [QuantizationAdvice.Finding]) -> [RangeOutlier] {
    for case .rangeOutliers(let outliers) in findings { return outliers }
    return []
  }

  @Test func nothingIsSaidOfAGoodQuantization() throws {
    #expect(try findings().isEmpty)
  }

  @Test func threePhotosAreTooFew() throws {
    #expect(try findings(photos: AdviceNetwork.photos(3)) == [.tooFewPhotos(3)])
  }

  /// A layer's weights × 50, which the next takes back: the float network is the same.
  @Test func namesALayerThatIsFiftyTimesAsStrongAsOthers() throws {
    var network = AdviceNetwork()
    network.scales[4] = 50
    network.scales[5] = 1.0 / 50
    let found = outliers(try findings(network))
    #expect(found.map(\.layer) == ["layer4"])
    #expect(found.map(\.cause) == [.layer])
    #expect(try #require(found.first).factor > 20)
  }

  @Test func namesAChannelThatIsFiftyTimesAsStrongAsOthers() throws {
    var network = AdviceNetwork()
    network.isLinear = true
    network.channelScale = (AdviceNetwork.layers - 1, 50)
    let found = outliers(try findings(network))
    #expect(found.map(\.layer) == ["layer\(AdviceNetwork.layers - 1)"])
    #expect(found.map(\.cause) == [.channels(1, of: 16)])
  }

  @Test func namesALayerWhoseGivenRangeIsFiftyTimesTooWide() throws {
    let found = try findings {
      let wide = $0.ranges["layer3"].map { range in
        ChannelRanges(lower: range.lower.map { $0 * 50 }, upper: range.upper.map { $0 * 50 })
      }
      $0.ranges["layer3"] = wide
    }
    #expect(outliers(found).map(\.layer) == ["layer3"])
    #expect(outliers(found).map(\.cause) == [.range])
    let noisy = found.compactMap { finding -> [QuantizationAdvice.NoisyLayer]? in
      if case .noisyLayers(let layers, _) = finding { layers } else { nil }
    }
    #expect(noisy.first?.first?.layer == "layer3")
  }

  @Test func namesAPhotoThatIsFiftyTimesAsStrongAsOthers() throws {
    let side = AdviceNetwork.side
    let photos = Photos(count: 20) { photo in
      var generator = SeededGenerator(seed: UInt64(photo))
      let spread = photo == 7 ? 100 : 2
      return (0..<side * side * 3).map { _ in UInt8(128 + generator.int(in: -spread...spread)) }
    }
    var recipe = AdviceNetwork.recipe
    (recipe.scale, recipe.mean, recipe.deviation) = (1, [128, 128, 128], [1, 1, 1])
    var graph = try FloatGraph(inputShape: .map(height: side, width: side, channels: 3))
    let convolution = Convolution(inputChannels: 3, outputChannels: 8, activation: .relu)
    var generator = SeededGenerator(seed: 3)
    let weights = (0..<convolution.weightCount).map { _ in generator.float(in: -1...1) }
    let map = try graph.append(
      "first", .convolution(convolution), inputs: [0], parameters: FloatParameters(weights: weights))
    let pooled = try graph.append("pool", .globalPool(.average), inputs: [map], parameters: .none)
    try graph.addOutput("embedding", pooled)
    let network = FloatNetwork(graph: graph, architecture: "test/outlier", recipe: recipe)
    let advice = try self.advice(of: network.prepared(), photos: photos)
    let found = outliers(advice.findings)
    #expect(found.contains { $0.layer == "first" && $0.cause == .photo(7) }, "\(found)")
    // People are told which photo; a model does not remember the names of photos.
    let names = (0..<photos.count).map { FilePath("folder/photo\($0).jpg") }
    let told = try #require(advice.lines(photos: names).first { $0.kind == "range_outlier" })
    #expect(told.reason.contains("first (photo7.jpg, ") && told.layers == ["first"])
    #expect(told.remedy.contains("leave that photo out"))
    let stored = try #require(advice.lines(photos: []).first { $0.kind == "range_outlier" })
    #expect(stored.reason.contains("first (one photo, "))
  }

  @Test func namesALayerWhoseChannelsAreDead() throws {
    var network = AdviceNetwork()
    network.deadLayer = 2
    let dead = try findings(network).compactMap { finding -> [QuantizationAdvice.DeadChannels]? in
      if case .deadChannels(let layers) = finding { layers } else { nil }
    }
    let first = try #require(dead.first?.first)
    #expect(first.layer == "layer2" && first.count >= 12 && first.channels == 16)
  }
}
