import EdgeTool
import Foundation
import Quant
import TestSupport

/// A folder with a tiny network's weights and a few pictures, made by the test and removed with it.
final class Fixture {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("edge-cli-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

  @discardableResult
  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let url = folder.appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appendingPathComponent(name)))
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// All names in the folder, hidden ones too.
  var names: Set<String> { Set((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []) }

  /// Writes `photos/0.png`, … and returns the folder.
  @discardableResult
  func writePhotos(_ count: Int = 6, seed: UInt64 = 1) throws -> String {
    for index in 0..<count {
      try write(
        "photos/\(index).png", PNGFile.picture(seed: seed * 100 + UInt64(index), height: 40, width: 48))
    }
    return path("photos")
  }

  /// Writes the weights of a ResNet-18 of `width` channels with a classifier of ten, as torchvision names them.
  @discardableResult
  func writeWeights(_ name: String = "tiny.safetensors", width: Int = 8, seed: UInt64 = 5) throws -> String {
    try write(name, TinyResNet(width: width, seed: seed).safetensors)
  }
}

/// A ResNet-18 with random weights.
struct TinyResNet {
  private var tensors: [(name: String, shape: [Int], values: [Float])] = []
  private var generator: SeededGenerator

  init(width: Int, seed: UInt64) {
    generator = SeededGenerator(seed: seed)
    addConvolution("conv1", 3, width, 7)
    addNorm("bn1", width)
    var input = width
    for stage in 0..<4 {
      let output = width << stage
      for block in 0..<2 {
        let name = "layer\(stage + 1).\(block)"
        addConvolution(name + ".conv1", input, output, 3)
        addNorm(name + ".bn1", output)
        addConvolution(name + ".conv2", output, output, 3)
        addNorm(name + ".bn2", output)
        if block == 0 && stage > 0 {
          addConvolution(name + ".downsample.0", input, output, 1)
          addNorm(name + ".downsample.1", output)
        }
        input = output
      }
    }
    add("fc.weight", [10, input], spread: 0.3)
    add("fc.bias", [10], spread: 0.1)
  }

  private mutating func add(_ name: String, _ shape: [Int], spread: Float, around centre: Float = 0) {
    let values = (0..<shape.reduce(1, *)).map { _ in centre + generator.float(in: -spread...spread) }
    tensors.append((name, shape, values))
  }

  private mutating func addConvolution(_ name: String, _ input: Int, _ output: Int, _ kernel: Int) {
    let spread = (6 / Float(input * kernel * kernel)).squareRoot()
    add(name + ".weight", [output, input, kernel, kernel], spread: spread)
  }

  private mutating func addNorm(_ name: String, _ channels: Int) {
    add(name + ".weight", [channels], spread: 0.3, around: 0.9)
    add(name + ".bias", [channels], spread: 0.2)
    add(name + ".running_mean", [channels], spread: 0.2)
    add(name + ".running_var", [channels], spread: 0.3, around: 1)
  }

  var safetensors: [UInt8] {
    var header: [String: JSON] = [:]
    var data: [UInt8] = []
    for tensor in tensors {
      let start = data.count
      data += tensor.values.littleEndianBytes
      header[tensor.name] = [
        "dtype": "F32", "shape": .array(tensor.shape.map { .integer($0) }),
        "data_offsets": [.integer(start), .integer(data.count)],
      ]
    }
    var text = Array(JSON.object(header).text().utf8)
    while text.count % 8 != 0 { text.append(0x20) }
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) } + text + data
  }
}

/// PNG files without compression.
enum PNGFile {
  /// Coarse blocks of random colour.
  static func picture(seed: UInt64, height: Int, width: Int) -> [UInt8] {
    var generator = SeededGenerator(seed: seed)
    let colours = (0..<64).map { _ in (0..<3).map { _ in UInt8(generator.int(in: 0...255)) } }
    return encode(height: height, width: width) { y, x in colours[(y / 8 * 7 + x / 8) % 64] }
  }

  static func encode(height: Int, width: Int, _ pixel: (Int, Int) -> [UInt8]) -> [UInt8] {
    var raw: [UInt8] = []
    for y in 0..<height {
      raw.append(0)
      for x in 0..<width { raw += pixel(y, x) }
    }
    return signature
      + chunk("IHDR", bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 2, 0, 0, 0])
      + chunk("IDAT", stored(raw)) + chunk("IEND", [])
  }

  /// A header of these sides, and next to no data.
  static func declaring(width: Int, height: Int) -> [UInt8] {
    let sides = bigEndian(UInt32(truncatingIfNeeded: width)) + bigEndian(UInt32(truncatingIfNeeded: height))
    return signature + chunk("IHDR", sides + [8, 2, 0, 0, 0]) + chunk("IDAT", stored([0, 0, 0, 0]))
      + chunk("IEND", [])
  }

  private static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  private static func stored(_ raw: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x78, 0x01]
    for start in stride(from: 0, to: raw.count, by: 65_535) {
      let part = raw[start..<min(start + 65_535, raw.count)]
      let count = UInt16(part.count)
      bytes.append(start + part.count == raw.count ? 1 : 0)
      bytes += [UInt8(count & 0xff), UInt8(count >> 8), UInt8(~count & 0xff), UInt8(~count >> 8)] + part
    }
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in raw {
      a = (a + UInt32(byte)) % 65_521
      b = (b + a) % 65_521
    }
    return bytes + bigEndian(b << 16 | a)
  }

  private static func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(type.utf8) + data
    var crc: UInt32 = 0xffff_ffff
    for byte in body {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xedb8_8320 : crc >> 1 }
    }
    return bigEndian(UInt32(data.count)) + body + bigEndian(~crc)
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
  }
}
