import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

/// One graph of Tests/Goldens/onnx/cases.json.
struct ONNXGoldenCase: Sendable, CustomTestStringConvertible {
  let id: String
  let size: Size2D
  /// Whether the file's tensors are in another file, which the test makes.
  let isExternal: Bool
  /// Whether the vector before the classifier is stored too.
  let hasEmbedding: Bool
  /// Whether the stored result is the softmax of the last layer's.
  let isSoftmax: Bool
  /// Whether the graph ends with an L2 normalization, which an embedding is without.
  let isNormalized: Bool

  var testDescription: String { id }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Goldens/onnx").path

  static let all: [ONNXGoldenCase] = {
    guard let data = FileManager.default.contents(atPath: folder + "/cases.json"),
      let cases = try? JSON.parse([UInt8](data)).array
    else { return [] }
    return cases.compactMap { entry in
      guard let id = entry["id"]?.string, let height = entry["height"]?.int, let width = entry["width"]?.int
      else { return nil }
      return ONNXGoldenCase(
        id: id, size: Size2D(height: height, width: width), isExternal: entry["external"]?.bool ?? false,
        hasEmbedding: entry["embedding"]?.bool ?? false,
        isSoftmax: entry["softmax"]?.bool ?? false, isNormalized: entry["normalized"]?.bool ?? false)
    }
  }()

  static func named(_ id: String) throws -> ONNXGoldenCase {
    guard let found = all.first(where: { $0.id == id }) else {
      throw InputError(.unreadable, id, "there is no such golden case")
    }
    return found
  }

  /// The graph's file.
  func bytes() throws -> ByteView {
    if isExternal {
      let archive = try ZipArchive(ByteView(FileBytes(path: Self.folder + "/networks.zip")))
      guard let member = archive["\(id).onnx"] else { throw InputError(.unreadable, id, "no such member") }
      return try archive.contents(of: member)
    }
    return try ByteView(FileBytes(path: "\(Self.folder)/\(id).onnx"))
  }

  func expected(_ suffix: String = "") throws -> [Float] {
    try NumPyArray(path: "\(Self.folder)/\(id)\(suffix).npy").elements
  }

  /// The graph as a user has it: a file, with its data file beside it.
  func file() throws -> TemporaryFile {
    let bytes = try bytes()
    let file = try TemporaryFile(bytes.array, name: "network.onnx")
    guard isExternal else { return file }
    var data = Data()
    for tensor in try ONNXModel(bytes).graph.tensors {
      guard case .external = tensor.payload else { continue }
      Seeded.tensor(tensor.name, tensor.shape).elements.withUnsafeBytes { data.append(contentsOf: $0) }
    }
    try data.write(
      to: URL(fileURLWithPath: file.path).deletingLastPathComponent().appendingPathComponent("weights.bin"))
    return file
  }

  func network(head: HeadReading = .automatic) throws -> FloatNetwork {
    let file = try file()
    return try withExtendedLifetime(file) {
      try WeightsFile.load(file.path).source.network(ImportOptions(inputSize: size, head: head))
    }
  }

  /// The picture that the framework was given, prepared by the network's own recipe.
  func input(_ network: FloatNetwork) throws -> [Float] {
    try NetworkInput(network.recipe).map(Self.picture(size))
  }

  /// The bytes that ../torch/seeded.py calls `picture`, RGB.
  private static func picture(_ size: Size2D) -> [UInt8] {
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    return Seeded.input(size).enumerated().map { index, value in
      UInt8(((value * deviation[index % 3] + mean[index % 3]) * 255).rounded())
    }
  }
}
