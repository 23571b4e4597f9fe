import Foundation
import TestSupport
import Testing

/// Files made to cost memory, time or a crash: one line, exit code 2, within a second of processor time and 64 MB over
/// the bare process.
@Suite struct HostileFileTests {
  let fixture: Fixture

  init() throws { fixture = try Fixture() }

  private func expectRefusal(
    of name: String, _ bytes: [UInt8], as arguments: [String], _ reason: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try fixture.write(name, bytes)
    let before = fixture.names
    let run = try EdgeProcess(
      arguments + ["--threads", "1"], timeout: 60, limits: .init(seconds: 1, megabytes: 64))
    #expect(
      run.status == 2 && !run.isSignalled, "\(name): \(run.status) \(run.errors)",
      sourceLocation: sourceLocation)
    #expect(run.errors.contains(name), "\(run.errors)", sourceLocation: sourceLocation)
    #expect(run.errors.contains(reason), "\(name): \(run.errors)", sourceLocation: sourceLocation)
    #expect(fixture.names == before, "something was left behind", sourceLocation: sourceLocation)
  }

  private func weights(
    _ name: String, _ bytes: [UInt8], _ reason: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let photos = try fixture.writePhotos(1)
    try expectRefusal(
      of: name, bytes, as: ["embed", fixture.path(name), photos, "-o", fixture.path("out.npy")], reason,
      sourceLocation: sourceLocation)
  }

  private func picture(
    _ name: String, _ bytes: [UInt8], _ reason: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let network = try fixture.writeWeights()
    try expectRefusal(
      of: name, bytes, as: ["embed", network, fixture.path(name), "-o", fixture.path("out.npy")], reason,
      sourceLocation: sourceLocation)
  }

  private func safetensors(_ header: String, length: UInt64? = nil, data: Int = 0) -> [UInt8] {
    let text = Array(header.utf8)
    let count = withUnsafeBytes(of: (length ?? UInt64(text.count)).littleEndian) { Array($0) }
    return count + text + [UInt8](repeating: 0, count: data)
  }

  @Test func safetensors() throws {
    try weights("empty.safetensors", [], "empty")
    try weights(
      "long.safetensors", safetensors("{}" + String(repeating: " ", count: 30), length: .max), "header")
    let nested = #"{"a":"# + String(repeating: "[", count: 100_000)
    try weights("nested.safetensors", safetensors(nested), "nest")
    let huge = #"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#
    try weights("huge.safetensors", safetensors(huge), "a")
    let overlap =
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#
    try weights("overlap.safetensors", safetensors(overlap, data: 12), "b")
    let twice =
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
    try weights("twice.safetensors", safetensors(twice, data: 8), "twice")
  }

  @Test func pickles() throws {
    // GLOBAL os system, a string, REDUCE: as the bare stream of torch.save before 1.6.
    let magic: [UInt8] = [
      0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e,
    ]
    let version: [UInt8] = [0x80, 2, 0x4d, 0xe9, 0x03, 0x2e]
    let machine: [UInt8] =
      [0x80, 2, 0x7d, 0x58, 13, 0, 0, 0] + Array("little_endian".utf8) + [0x88, 0x73, 0x2e]
    let system: [UInt8] = [0x80, 2] + Array("cos\nsystem\n".utf8)
    let call: [UInt8] =
      [0x58, 4, 0, 0, 0] + Array("true".utf8) + [0x85, 0x52, 0x2e] + [0x80, 2, 0x5d, 0x2e]
    try weights("system.pth", magic + version + machine + system + call, "os.system")
    try weights("cut.pth", Array(magic.dropLast(3)) + [0, 0, 0, 0], "cut.pth")
  }

  @Test func onnx() throws {
    let opset: [UInt8] = [0x42, 2, 0x10, 13]
    try weights(
      "long.onnx", [0x08, 8, 0x3a] + [UInt8](repeating: 0xff, count: 9) + [1] + opset, "past its end")
    try weights("varint.onnx", [0x08, 8, 0x3a] + [UInt8](repeating: 0x80, count: 16), "64 bits")
    try weights("empty.onnx", [0x08, 8, 0x3a, 0] + opset + opset + opset, "0 inputs")
    // A tensor of 2²⁴ × 2²⁴ × 2²⁴ numbers: field 5 of the graph, three sides, the type.
    let side: [UInt8] = [0x08, 0x80, 0x80, 0x80, 0x08]
    let tensor = side + side + side + [0x10, 1]
    let graph = [0x2a, UInt8(tensor.count)] + tensor
    try weights("huge.onnx", [0x08, 8, 0x3a, UInt8(graph.count)] + graph + opset, "shape")
  }

  @Test func models() throws {
    let network = try fixture.writeWeights()
    let photos = try fixture.writePhotos(2)
    let model = fixture.path("m.edge.safetensors")
    _ = try edge("quantize", network, "--calibration", photos, "--size", "32", "-o", model)
    let whole = try fixture.read("m.edge.safetensors")
    try weights("short.edge.safetensors", Array(whole.dropLast(100)), "short.edge.safetensors")
    var altered = whole
    altered[whole.count - 50] ^= 1
    try weights("altered.edge.safetensors", altered, "checksum")
    try weights("header.edge.safetensors", Array(whole.prefix(400)), "header.edge.safetensors")
  }

  @Test func pictures() throws {
    for (width, height) in [(60_000, 60_000), (0x7fff_ffff, 1), (1, 0x7fff_ffff)] {
      try picture("big.png", PNGFile.declaring(width: width, height: height), "pixels")
    }
    let frame: [UInt8] = [0xff, 0xc2, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0]
    try picture(
      "big.jpg", [0xff, 0xd8] + frame + [UInt8](repeating: 0, count: 180) + [0xff, 0xd9], "pixels")
    let small: [UInt8] = [0xff, 0xc2, 0, 11, 8, 0, 64, 0, 64, 1, 1, 0x11, 0]
    let scan: [UInt8] = [0xff, 0xda, 0, 8, 1, 1, 0, 1, 63, 0] + [UInt8](repeating: 0x55, count: 90)
    try picture(
      "scans.jpg", [0xff, 0xd8] + small + [[UInt8]](repeating: scan, count: 80_000).joined() + [0xff, 0xd9],
      "scans")
    try picture("heic.jpg", [0, 0, 0, 24] + Array("ftypheic".utf8) + [UInt8](repeating: 0, count: 64), "HEI")
  }
}
