import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Goldens/torch-files")

/// Checkpoints that timm, torchvision's scripts and Lightning wrote while they trained.
@Suite struct TrainingCheckpointTests {
  private func load(_ name: String) throws -> LoadedWeights {
    try WeightsFile.load(folder.appendingPathComponent(name).path)
  }

  /// The weights, and of several the averaged ones, under the names that the model itself gives them.
  @Test(arguments: [
    "training-timm.pth", "training-torchvision.pth", "training-counters.pth", "training-lightning.ckpt",
    "training-lightning-ema.ckpt",
  ])
  func readsTheModelAlone(name: String) throws {
    let expectations = try JSON.parse(
      [UInt8](Data(contentsOf: folder.appendingPathComponent("expected-training.json"))))
    let tensors = try #require(expectations[name]?.array)
    let state = try #require(try load(name).state)
    #expect(state.names == tensors.map { $0["name"]?.string ?? "" })
    for tensor in tensors {
      let found = try #require(state[tensor["name"]?.string ?? ""])
      let bytes = found.elements.flatMap { little($0.bitPattern) }
      #expect(SHA256.hex(of: bytes) == tensor["sha256"]?.string, "\(tensor["name"]?.string ?? "")")
    }
    let network = try ArchitectureImporter.network(from: state)
    #expect(network.architecture == "torchvision/resnet10")
    #expect(network.graph.output(named: "logits") != nil)
  }

  @Test(arguments: [
    ("training-timm.pth", "took state_dict_ema; the file also holds state_dict"),
    ("training-torchvision.pth", "took model_ema; the file also holds model"),
    ("training-lightning.ckpt", "left out what training alone needs: criterion, train_acc"),
    ("training-lightning.ckpt", "took model. off the tensors' names"),
    ("training-lightning-ema.ckpt", "took the average ema_model; the file also holds model"),
  ])
  func saysWhatItTook(name: String, note: String) throws {
    let notes = try load(name).notes
    #expect(notes.contains(note), "\(notes)")
  }

  private func state(_ names: [String]) throws -> LoadedWeights {
    let path = NSTemporaryDirectory() + "/training-\(UUID().uuidString).pth"
    defer { try? FileManager.default.removeItem(atPath: path) }
    var pickle = PickleAssembler().raw("}(")
    for name in names { pickle = pickle.string(name).tensor(count: 1, shape: [1], strides: [1]) }
    let file = ZipBuilder.torch(pickle.raw("u").stopped, storages: ["0": little(Float(1).bitPattern)])
    try Data(file.bytes).write(to: URL(fileURLWithPath: path))
    return try WeightsFile.load(path)
  }

  @Test(
    arguments: [
      (["model.a", "triplet_loss.centers"], ["a"]), (["net.a", "valMetrics.sum", "test_f1.tp"], ["a"]),
      (["module.model.a", "module.loss_fn.weight"], ["a"]),
      (["backbone.a", "head.b"], ["backbone.a", "head.b"]),
      // Layers of these names are no metrics, and a loss alone is all there is.
      (["f1.weight", "acc.weight"], ["f1.weight", "acc.weight"]),
      (["criterion.weight"], ["criterion.weight"]),
      // Not a copy: other names under it.
      (["model.a", "ema.b"], ["model.a", "ema.b"]),
    ] as [([String], [String])])
  func tellsTheModelFromWhatTrainingKeepsBesideIt(names: [String], kept: [String]) throws {
    #expect(try state(names).state?.names == kept)
  }
}
