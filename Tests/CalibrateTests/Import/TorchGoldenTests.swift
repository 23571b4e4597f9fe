import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Goldens/torch-files")

private func golden(_ name: String) -> String { folder.appendingPathComponent(name).path }

/// Files that PyTorch wrote, against the values that it says they hold.
@Suite struct TorchGoldenTests {
  @Test(arguments: [
    "zip-protocol-2", "zip-protocol-3", "zip-protocol-4", "zip-protocol-5", "legacy-protocol-1",
    "legacy-protocol-2", "legacy-protocol-4", "legacy-protocol-5", "deflated", "state", "module",
    "module-legacy", "checkpoint", "checkpoint-legacy",
  ])
  func readsWhatPyTorchWrote(name: String) throws {
    let expectations = try JSON.parse(
      [UInt8](Data(contentsOf: folder.appendingPathComponent("expected.json"))))
    let tensors = try #require(expectations["\(name).pth"]?.array)
    let state = try #require(WeightsFile.load(golden("\(name).pth")).state)
    #expect(state.names == tensors.map { $0["name"]?.string ?? "" })
    for tensor in tensors {
      let found = try #require(state[tensor["name"]?.string ?? ""])
      #expect(found.shape == tensor["shape"]?.array?.compactMap(\.int))
      let bytes = found.elements.flatMap { little($0.bitPattern) }
      #expect(SHA256.hex(of: bytes) == tensor["sha256"]?.string, "\(tensor["name"]?.string ?? "")")
    }
  }

  @Test func saysWhatItChoseInACheckpoint() throws {
    let weights = try WeightsFile.load(golden("checkpoint.pth"))
    #expect(weights.notes.contains { $0.contains("state_dict") })
    #expect(weights.notes.contains { $0.contains("module.") })
    #expect(weights.format == "PyTorch (zip)")
    #expect(try WeightsFile.load(golden("state.pth")).notes.isEmpty)
  }

  @Test(arguments: [
    ("refused-quantized.pth", "torch._utils._rebuild_qtensor"),
    ("refused-no-state.pth", "argparse.Namespace"), ("refused-torchscript.pt", "TorchScript"),
  ])
  func refusesNamingTheReason(name: String, reason: String) throws {
    let error = try refusal { try WeightsFile.load(golden(name)) }
    #expect(error.kind == .unsupported)
    #expect(error.description.contains(reason), "\(error)")
    #expect(error.subject == golden(name))
    #expect(!error.remedy.isEmpty)
  }

  @Test(arguments: ["zip-protocol-2.pth", "legacy-protocol-2.pth", "checkpoint-legacy.pth", "deflated.pth"])
  func refusesEveryTruncation(name: String) throws {
    let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: golden(name))))
    for count in stride(from: 16, to: whole.count, by: 13) {
      let part = try ByteView(copying: Array(whole[..<count]))
      #expect(throws: InputError.self) { try TorchCheckpoint.load(part) }
    }
  }

  /// Damage may go unnoticed, but never ends the process.
  @Test(arguments: ["zip-protocol-4.pth", "legacy-protocol-1.pth", "module-legacy.pth", "deflated.pth"])
  func survivesDamage(name: String) throws {
    let whole = try [UInt8](Data(contentsOf: URL(fileURLWithPath: golden(name))))
    for position in whole.indices where position % 3 == 0 {
      var damaged = whole
      damaged[position] ^= [0x01, 0x80, 0xff][position / 3 % 3]
      let view = try ByteView(copying: damaged)
      _ = try? TorchCheckpoint.load(view).state.checkedFinite()
    }
  }
}
