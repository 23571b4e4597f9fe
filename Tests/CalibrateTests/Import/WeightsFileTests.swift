import Calibrate
import Foundation
import Quant
import Testing

private func refused(_ path: String) -> InputError? {
  do {
    _ = try WeightsFile.load(path)
    return nil
  } catch { return error as? InputError }
}

private func safetensors(_ header: String, length: UInt64? = nil, data: [UInt8] = []) -> [UInt8] {
  little(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + data
}

private func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }

@Suite struct WeightsFileTests {
  @Test func readsSafetensorsOfEveryFloatType() throws {
    let header = """
      {"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},\
      "h":{"dtype":"F16","shape":[1,3],"data_offsets":[8,14]},"b":{"dtype":"BF16","shape":[],"data_offsets":[14,16]},\
      "d":{"dtype":"F64","shape":[1],"data_offsets":[16,24]},"n":{"dtype":"I64","shape":[1],"data_offsets":[24,32]}}
      """
    var data = little(Float(1.5).bitPattern) + little(Float(-2).bitPattern)
    data += little(UInt16(0x3c01)) + little(UInt16(0x8001)) + little(UInt16(0x7bff)) + little(UInt16(0xbf80))
    data += little(Double(0.1).bitPattern) + little(Int64(7))
    let file = try TemporaryFile(safetensors(header, data: data), name: "model.bin")
    try file.add("config.json", #"{"architectures": ["ResNet"]}"#)
    let weights = try WeightsFile.load(file.path)
    let source = try #require(weights.source as? StateDictionarySource)
    #expect(weights.format == "safetensors")
    #expect(source.state.names == ["a", "h", "b", "d"])
    #expect(source.state["a"]?.elements == [1.5, -2])
    let halves: [Float] = [1 + 0x1p-10, -0x1p-24, 65_504]
    #expect(source.state["h"] == FloatTensor(shape: [1, 3], elements: halves))
    #expect(source.state["b"] == FloatTensor(shape: [], elements: [-1]))
    #expect(source.state["d"]?.elements == [0.1])
    #expect(source.config?["architectures"]?.array?.first?.string == "ResNet")
    #expect(weights.notes.count == 1)
  }

  /// Every binary16 but the NaNs, by the definition of the format.
  @Test func convertsEveryHalfExactly() throws {
    let patterns = (UInt16.min...UInt16.max).filter { $0 & 0x7fff <= 0x7c00 }
    let bytes = patterns.flatMap { little($0) }
    let values = try #require(bytes.withUnsafeBytes { ElementType.f16.floats($0, count: patterns.count) })
    for (pattern, value) in zip(patterns, values) {
      let magnitude = Self.magnitude(half: pattern)
      #expect(value.bitPattern == (pattern & 0x8000 == 0 ? magnitude : -magnitude).bitPattern)
    }
  }

  private static func magnitude(half pattern: UInt16) -> Float {
    let exponent = Int(pattern >> 10 & 31)
    let fraction = Float(pattern & 1023) * 0x1p-10
    if exponent == 31 { return .infinity }
    if exponent == 0 { return fraction * 0x1p-14 }
    return (1 + fraction) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
  }

  private static let tensor = #""dtype":"F32","shape":[1],"data_offsets""#

  private static let hostile: [NamedBytes] = [
    NamedBytes("header of 0 bytes", safetensors("{{{{{{{{{{{{{{{{", length: 0)),
    NamedBytes("header of 7 bytes", safetensors("{      }        ", length: 7)),
    NamedBytes("header of 10⁸ + 1", safetensors("{}              ", length: 100_000_001)),
    NamedBytes("header of 2⁶⁴ − 1", safetensors("{}              ", length: .max)),
    NamedBytes("header past the end", safetensors("{}              ", length: 17)),
    NamedBytes("no object", safetensors("{\"a\":[]}        ")),
    NamedBytes("overlap", safetensors("{\"a\":{\(tensor):[0,4]},\"b\":{\(tensor):[0,4]}}", data: zeros(4))),
    NamedBytes("gap", safetensors("{\"a\":{\(tensor):[0,4]},\"b\":{\(tensor):[8,12]}}", data: zeros(12))),
    NamedBytes("gap at the start", safetensors("{\"a\":{\(tensor):[4,8]}}", data: zeros(8))),
    NamedBytes("bytes left", safetensors("{\"a\":{\(tensor):[0,4]}}", data: zeros(8))),
    NamedBytes("bytes missing", safetensors("{\"a\":{\(tensor):[0,4]}}", data: [0, 0])),
    NamedBytes("backwards", safetensors("{\"a\":{\(tensor):[4,0]}}", data: zeros(4))),
    NamedBytes("negative", safetensors("{\"a\":{\(tensor):[-4,0]}}", data: zeros(4))),
    NamedBytes("fraction", safetensors("{\"a\":{\(tensor):[0,4.5]}}", data: zeros(4))),
    NamedBytes(
      "repeated key", safetensors("{\"a\":{\(tensor):[0,4]},\"a\":{\(tensor):[0,4]}}", data: zeros(4))),
    NamedBytes("NUL padding", safetensors("{\"a\":{\(tensor):[0,4]}}\0\0", data: zeros(4))),
    NamedBytes(
      "metadata of numbers",
      safetensors("{\"__metadata__\":{\"a\":1},\"a\":{\(tensor):[0,4]}}", data: zeros(4))),
    NamedBytes(
      "unknown type",
      safetensors("{\"a\":{\"dtype\":\"F4\",\"shape\":[1],\"data_offsets\":[0,4]}}", data: zeros(4))),
    NamedBytes(
      "shape over 2⁶⁴",
      safetensors(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,2],\"data_offsets\":[0,4]}}",
        data: zeros(4))),
    NamedBytes(
      "shape that wraps to 0",
      safetensors(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,0]}}        ")),
    NamedBytes(
      "negative side",
      safetensors("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", data: zeros(4))),
    NamedBytes(
      "rank 9",
      safetensors(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}", data: zeros(4))),
    NamedBytes("deep header", safetensors("{\"a\":" + String(repeating: "[", count: 100_000))),
    NamedBytes("1e999", safetensors("{\"a\":1e999}          ")),
    NamedBytes("no tensors", safetensors("{}              ")),
    NamedBytes("NaN", safetensors("{\"a\":{\(tensor):[0,4]}}", data: little(Float.nan.bitPattern))),
  ]

  @Test(arguments: hostile)
  func refusesHostileSafetensors(content: NamedBytes) throws {
    let file = try TemporaryFile(content.bytes, name: "hostile.safetensors")
    var error: InputError?
    let time = ContinuousClock().measure { error = refused(file.path) }
    #expect(error?.subject == file.path)
    #expect(time < .milliseconds(500))
  }

  private static let others: [NamedBytes] = [
    NamedBytes("HDF5", [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] + zeros(40)),
    NamedBytes("Git LFS", Array("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n".utf8)),
    NamedBytes("web page", Array("\n <!DOCTYPE html><html><head></head></html>".utf8)),
    NamedBytes("GGUF", Array("GGUF".utf8) + zeros(40)),
    NamedBytes("TensorFlow Lite", [0x1c, 0, 0, 0] + Array("TFL3".utf8) + zeros(40)),
    NamedBytes("tar", [0x61] + zeros(256) + Array("ustar".utf8) + zeros(300)),
    NamedBytes("gzip", [0x1f, 0x8b, 8] + zeros(40)),
    NamedBytes("text", Array("epoch,loss\n1,0.5\n2,0.25\n".utf8)),
    NamedBytes("pickle that torch.save", [0x80, 4, 0x95] + zeros(40)),
    NamedBytes("no weight file", [UInt8](repeating: 0xaa, count: 64)),
  ]

  @Test(arguments: others)
  func namesOtherKindsOfFiles(content: NamedBytes) throws {
    let file = try TemporaryFile(content.bytes)
    let error = try #require(refused(file.path))
    #expect(error.kind == .unsupported)
    #expect(error.reason.contains(content.name))
    #expect(!error.remedy.isEmpty)
  }

  @Test func refusesWhatIsNoReadableFile() throws {
    let file = try TemporaryFile([1])
    let folder = (file.path as NSString).deletingLastPathComponent
    let fifo = folder + "/fifo"
    #expect(mkfifo(fifo, 0o600) == 0)
    try file.add("empty", "")
    for path in [folder, fifo, folder + "/missing", folder + "/empty", "/dev/zero", file.path, "", "a\0b"] {
      let error = try #require(refused(path))
      #expect(error.subject == path)
    }
    let sparse = folder + "/sparse"
    let descriptor = open(sparse, O_CREAT | O_WRONLY, 0o600)
    #expect(ftruncate(descriptor, 1 << 40) == 0)
    close(descriptor)
    #expect(refused(sparse)?.kind == .tooLarge)
  }
}
