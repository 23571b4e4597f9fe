import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

private typealias Bytes = ONNXBytes

/// Tensors in other files: only plain files in the ONNX file's own folder are opened.
@Suite struct ONNXExternalDataTests {
  /// A file whose weights, 24 bytes, are where `keys` say.
  private func file(_ keys: [(String, String)]) throws -> TemporaryFile {
    let tensor = Bytes.tensor("w", [2, 3, 1, 1], external: keys)
    let model = Bytes.model([Bytes.node("Conv", ["x", "w"], ["y"])], [tensor])
    return try TemporaryFile(model, name: "network.onnx")
  }

  private func folder(_ file: TemporaryFile) -> String { (file.path as NSString).deletingLastPathComponent }

  /// The numbers 1 to 6 after four other bytes.
  private var data: Data {
    var bytes: [UInt8] = [0, 0, 0, 0]
    for value in 1...6 { bytes += little(Float(value).bitPattern) }
    return Data(bytes)
  }

  private func network(_ file: TemporaryFile) throws -> FloatNetwork {
    try WeightsFile.load(file.path).source.network(ImportOptions())
  }

  private func refused(_ file: TemporaryFile) throws -> InputError { try refusal { try network(file) } }

  private let whole = [("location", "data.bin"), ("offset", "4"), ("length", "24")]

  @Test func readsTheFileBesideIt() throws {
    for keys in [whole, Array(whole.dropLast()), whole + [("checksum", "0")]] {
      let file = try file(keys)
      try data.write(to: URL(fileURLWithPath: folder(file) + "/data.bin"))
      #expect(try network(file).graph.nodes[0].parameters.weights == [1, 2, 3, 4, 5, 6])
    }
    let nested = try file([("location", "a/b/data.bin"), ("offset", "4")])
    try FileManager.default.createDirectory(
      atPath: folder(nested) + "/a/b", withIntermediateDirectories: true)
    try data.write(to: URL(fileURLWithPath: folder(nested) + "/a/b/data.bin"))
    #expect(try network(nested).graph.nodes[0].parameters.weights == [1, 2, 3, 4, 5, 6])
  }

  /// Two tensors, the first in the file whose name comes last.
  @Test func hashCoversTheFilesThatAreUsed() throws {
    let tensors = [
      Bytes.tensor("w", [2, 3, 1, 1], external: [("location", "z.bin"), ("offset", "4")]),
      Bytes.tensor("b", [2], external: [("location", "a.bin")]),
      Bytes.tensor("unused", [2], external: [("location", "missing.bin")]),
    ]
    let bytes = Bytes.model([Bytes.node("Conv", ["x", "w", "b"], ["y"])], tensors)
    let file = try TemporaryFile(bytes, name: "network.onnx")
    var (weights, bias) = (Array(data), [UInt8](repeating: 0, count: 8))
    func written() throws -> String? {
      try Data(weights).write(to: URL(fileURLWithPath: folder(file) + "/z.bin"))
      try Data(bias).write(to: URL(fileURLWithPath: folder(file) + "/a.bin"))
      return try network(file).sourceSHA256
    }
    func expected() -> String { SHA256.hex(of: [bytes, bias, weights].flatMap { $0 }) }
    let first = try written()
    #expect(first == expected())
    // A byte that is nobody's number counts too: the file is hashed whole.
    weights[0] = 1
    let second = try written()
    #expect(second == expected() && second != first)
    bias[0] = 1
    let third = try written()
    #expect(third == expected() && third != second)
  }

  @Test func hashOfAFileAloneIsItsOwn() throws {
    let tensor = Bytes.tensor("w", [2, 3, 1, 1], raw: Array(data.dropFirst(4)))
    let bytes = Bytes.model([Bytes.node("Conv", ["x", "w"], ["y"])], [tensor])
    let file = try TemporaryFile(bytes, name: "network.onnx")
    #expect(try network(file).sourceSHA256 == nil)
    #expect(try WeightsFile.load(file.path).sha256 == SHA256.hex(of: bytes))
  }

  @Test(arguments: [
    "../data.bin", "a/../../data.bin", "..", ".", "", "/etc/passwd", "//etc/passwd", "./data.bin",
    "a//data.bin",
    "data.bin/", "/", "a\0b", "missing.bin", "fifo", "folder",
  ])
  func refusesOtherPlaces(location: String) throws {
    let file = try file([("location", location)])
    let folder = folder(file)
    try data.write(to: URL(fileURLWithPath: folder + "/data.bin"))
    try FileManager.default.createDirectory(atPath: folder + "/folder", withIntermediateDirectories: true)
    #expect(mkfifo(folder + "/fifo", 0o600) == 0)
    #expect(try !refused(file).reason.isEmpty)
  }

  @Test func refusesLinks() throws {
    let file = try file(whole)
    let folder = folder(file)
    try FileManager.default.createDirectory(atPath: folder + "/real", withIntermediateDirectories: true)
    try data.write(to: URL(fileURLWithPath: folder + "/real/data.bin"))
    // A symbolic link as the file.
    #expect(symlink("real/data.bin", folder + "/data.bin") == 0)
    #expect(try refused(file).reason.contains("symbolic link"))
    // A hard link as the file.
    #expect(unlink(folder + "/data.bin") == 0)
    #expect(link(folder + "/real/data.bin", folder + "/data.bin") == 0)
    #expect(try refused(file).reason.contains("hard link"))
    // A symbolic link as a folder.
    let nested = try self.file([("location", "linked/data.bin"), ("offset", "4")])
    #expect(symlink(folder + "/real", self.folder(nested) + "/linked") == 0)
    #expect(unlink(folder + "/data.bin") == 0)
    #expect(try refused(nested).reason.contains("symbolic link"))
  }

  @Test(arguments: [
    [("location", "data.bin"), ("offset", "5")], [("location", "data.bin"), ("offset", "-4")],
    [("location", "data.bin"), ("offset", "18446744073709551615")],
    [("location", "data.bin"), ("offset", "9223372036854775807")],
    [("location", "data.bin"), ("length", "9223372036854775807")],
    [("location", "data.bin"), ("length", "4")], [("location", "data.bin"), ("length", "1e3")],
    [("location", "data.bin"), ("length", "")], [("location", "data.bin"), ("script", "rm")],
    [("offset", "4"), ("length", "24")],
  ])
  func refusesKeysThatDoNotFit(keys: [(String, String)]) throws {
    let file = try file(keys)
    try data.write(to: URL(fileURLWithPath: folder(file) + "/data.bin"))
    #expect(try refused(file).subject.contains("w") || keys.isEmpty)
  }

  @Test func refusesBytesBesideAnotherFile() throws {
    let tensor = Bytes.tensor("w", [1, 3, 1, 1], raw: .init(repeating: 0, count: 12), external: whole)
    let model = Bytes.model([Bytes.node("Conv", ["x", "w"], ["y"])], [tensor])
    #expect(try refusal { try ONNXSource(ByteView(copying: model)) }.reason.contains("more than one place"))
  }
}
