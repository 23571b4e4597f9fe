import Calibrate
import EdgeTool
import Foundation
import Int8Kernels
import Quant
import TestSupport
import Testing

/// A colour order or a scaling that does not fit is told by the first normalization, where photos can tell it.
@Suite struct PreprocessingAdviceTests {
  private static let pool = WorkerPool(threads: 2)
  private static let lite0 = ProcessInfo.processInfo.environment["EDGE_LITE0"]
  private static let shared = ProcessInfo.processInfo.environment["EDGE_SHARED"]

  private func advice(_ photos: Int, change: (inout Recipe) -> Void = { _ in }) throws -> PreprocessingAdvice?
  {
    var network = try AdviceNetwork().network()
    change(&network.recipe)
    return try PreprocessingAdvice(
      network.prepared(), photos: AdviceNetwork.photos(photos), pool: Self.pool)
  }

  @Test(arguments: [1, 3, 8, 60])
  func nothingIsSaidOfTheRightPreprocessing(photos: Int) throws {
    #expect(try advice(photos) == nil)
  }

  @Test func noticesTheOtherColourOrder() throws {
    let found = try #require(try advice(60) { $0.channelOrder = .bgr })
    #expect(found.remedy == .order(.rgb))
    #expect(found.layer == "stem_bn")
    #expect(found.other < found.own / 2)
  }

  /// Natural colours differ too much from photo to photo for three to tell.
  @Test func threePhotosDoNotTellTheColourOrder() throws {
    #expect(try advice(3) { $0.channelOrder = .bgr } == nil)
  }

  @Test(arguments: [3, 60])
  func noticesAnotherScaling(photos: Int) throws {
    let found = try #require(
      try advice(photos) { ($0.scale, $0.mean, $0.deviation) = (1, [127, 127, 127], [1, 1, 1]) })
    guard case .scaling(let recipe, let preset) = found.remedy else {
      Issue.record("\(found)")
      return
    }
    #expect(preset == "torchvision")
    #expect(recipe.scale == 255 && recipe.mean == [0.485, 0.456, 0.406])
  }

  @Test func foldedWeightsTellNothing() throws {
    let network = try AdviceNetwork().network().prepared()
    var folded = FloatNetwork(graph: network.graph, architecture: "test/folded", recipe: network.recipe)
    folded.recipe.scale = 1
    #expect(
      try PreprocessingAdvice(folded.prepared(), photos: AdviceNetwork.photos(20), pool: Self.pool) == nil)
  }

  /// Statistics that are not those of photos fit nothing, so nothing is said.
  @Test(arguments: FamilyTests.narrow)
  func nothingIsSaidOfSeededNetworks(id: String) throws {
    let golden = try GoldenCase.named(id)
    let size = try golden.smallestRun().size
    let photos = Photos(count: 20) { Seeded.picture(size, " \($0)") }
    #expect(
      try PreprocessingAdvice(golden.network(size).prepared(), photos: photos, pool: Self.pool) == nil)
  }

  private static func samples(_ folders: [String]) throws -> [FilePath] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    return try PhotoList(folders.map { root.appendingPathComponent($0).path }).paths
  }

  private static func advice(
    _ weights: String, _ photos: [FilePath], _ options: (inout RecipeOptions) -> Void
  )
    throws -> PreprocessingAdvice?
  {
    var request = WeightsRequest()
    options(&request.recipe)
    let model = try FloatModel(contentsOf: FilePath(weights), request: request)
    let prepared = PreparedPhotos(photos, recipe: model.network.recipe, pool: pool)
    try #require(prepared.paths.count == photos.count)
    return try PreprocessingAdvice(model.network, photos: prepared.photos, pool: pool)
  }

  @Test(.enabled(if: lite0 != nil))
  func toldByLite0OnTheSamplePhotos() throws {
    let photos = try Self.samples(["Samples/calibration", "Samples/evaluation"])
    let weights = Self.lite0 ?? ""
    #expect(try Self.advice(weights, photos) { _ in } == nil)
    #expect(try Self.advice(weights, Array(photos.prefix(3))) { _ in } == nil)
    let found = try #require(try Self.advice(weights, photos) { $0.preset = "torchvision" })
    guard case .scaling(_, preset: "efficientnet-lite") = found.remedy else {
      Issue.record("\(found)")
      return
    }
    #expect(found.layer == "_bn0")
  }

  @Test(.enabled(if: lite0 != nil && shared != nil), arguments: ["calibration", "evaluation"])
  func ordersToldByTrainedNetworksOnAHundredPhotos(half: String) throws {
    let photos = try PhotoList([(Self.shared ?? "") + "/photos/" + half]).paths
    let b0 = (Self.shared ?? "") + "/weights/efficientnet-b0-trained.pth"
    for weights in [Self.lite0 ?? "", b0] {
      #expect(try Self.advice(weights, photos) { _ in } == nil, "\(weights)")
      let found = try Self.advice(weights, photos) { $0.channels = "bgr" }
      #expect(found?.remedy == .order(.rgb), "\(weights)")
    }
  }
}
