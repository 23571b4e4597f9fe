import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

/// Really trained weights against PyTorch's own results (Tests/Goldens/torch/make_real_goldens.py).
///
/// EDGE_LITE0 names the public EfficientNet-Lite0's file, EDGE_SHARED the folder that holds
/// weights/efficientnet-b0-trained.pth; each test runs where its variable is set.
@Suite struct GoldenRealWeightsTests {
  static let lite0 = ProcessInfo.processInfo.environment["EDGE_LITE0"]
  static let shared = ProcessInfo.processInfo.environment["EDGE_SHARED"]
  static let sizes = [Size2D(224), Size2D(height: 200, width: 231)]

  private static func check(_ name: String, path: String, size: Size2D) throws {
    let state = try #require(WeightsFile.load(path).state)
    let network = try ArchitectureImporter.network(from: state, inputSize: size).prepared()
    let results = try FloatInterpreter(graph: network.graph).run(Seeded.input(size))
    for output in ["embedding", "logits"] {
      let file = "\(GoldenCase.folder)/real-\(name).\(size.height)x\(size.width).\(output).npy"
      let golden = try NumPyArray(path: file).elements
      let result = try #require(results[output])
      #expect(relativeError(Array(result.prefix(golden.count)), golden) < 1e-4, "\(output) at \(size)")
    }
  }

  @Test(.enabled(if: lite0 != nil), arguments: sizes)
  func publicLite0EqualsPyTorch(size: Size2D) throws {
    try Self.check("lite0", path: Self.lite0 ?? "", size: size)
  }

  @Test(.enabled(if: shared != nil), arguments: sizes)
  func trainedB0EqualsPyTorch(size: Size2D) throws {
    try Self.check("b0", path: (Self.shared ?? "") + "/weights/efficientnet-b0-trained.pth", size: size)
  }
}
