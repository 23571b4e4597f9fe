import Calibrate
import Foundation
import Quant
import Testing

/// Runs when the environment variable EDGE_SHARED names the folder of large shared weights.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["EDGE_SHARED"] != nil))
struct ImportSharedWeightsTests {
  @Test func readsATrainedEfficientNetB0() throws {
    let root = ProcessInfo.processInfo.environment["EDGE_SHARED"] ?? ""
    let weights = try WeightsFile.load("\(root)/weights/efficientnet-b0-trained.pth")
    let state = try #require(weights.state)
    let sum = state.names.reduce(0.0) { sum, name in
      (state[name]?.elements ?? []).reduce(sum) { $0 + Double($1) }
    }
    #expect(weights.format == "PyTorch (zip)")
    #expect(state.count == 311)
    #expect(state["features.0.0.weight"]?.shape == [32, 3, 3, 3])
    // Computed by PyTorch 1.13 in double precision.
    #expect(abs(sum - 338_361.559930) < 1e-3)
    #expect(weights.sha256 == "0b0ca7ba505daca8951f96d73b176f299a2bb1088e43ff1e0bf1bc74dc978169")
  }
}
