import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

/// Variables that Tests/Goldens/keras/kerasseed.py makes too.
enum KerasSeed {
  static func tensor(_ name: String, _ shape: [Int], tone: Float = 1) -> FloatTensor {
    switch name {
    case "normalization/mean": return FloatTensor(shape: shape, elements: [0.485, 0.456, 0.406])
    case "normalization/variance": return FloatTensor(shape: shape, elements: [0.229, 0.224, 0.225])
    default: break
    }
    var generator = Seeded.generator(name)
    let base = name.split(separator: "/").last ?? ""
    let count = shape.reduce(1, *)
    var scale: Float = 0.25
    var offset: Float = -0.125
    if base.hasSuffix("kernel") {
      let terms = base == "depthwise_kernel" ? shape[0] * shape[1] : shape.dropLast().reduce(1, *)
      let bound = Float((6.0 / Double(terms)).squareRoot())
      return FloatTensor(
        shape: shape,
        elements: [Float](unsafeUninitializedCapacity: count) { buffer, written in
          for index in 0..<count { buffer[index] = (generator.unit() * 2 - 1) * bound }
          written = count
        })
    } else if base == "moving_variance" || base == "variance" {
      (scale, offset) = (1, 0.5)
    } else if base == "gamma" {
      (scale, offset) = (0.5, 0.75)
    }
    let isCentred = scale == 0.25
    let factor = base == "gamma" ? tone : 1
    let elements = (0..<count).map { _ in
      isCentred ? (generator.unit() - 0.5) * scale : (generator.unit() * scale + offset) * factor
    }
    return FloatTensor(shape: shape, elements: elements)
  }

  /// The seed's name of a variable in a file: `conv1_conv/kernel` of `resnet50/conv1_conv/kernel:0`.
  static func name(_ variable: String, depthwise: Bool) -> String {
    let parts = variable.split(separator: ":")[0].split(separator: "/").drop { $0 == "sequential" }
    let base = depthwise && parts.last == "kernel" ? "depthwise_kernel" : String(parts.last ?? "")
    return parts.dropLast().joined(separator: "/") + "/" + base
  }
}

/// A folder of goldens: goldens.zip with all results and texts in one member, and where each stands in it.
final class KerasGoldenSet: Sendable {
  /// What Keras has.
  static let current = KerasGoldenSet("keras")
  /// What it had.
  static let old = KerasGoldenSet("keras-old")

  private let folder: String
  private let bundle: (bytes: ByteView, index: JSON)?

  init(_ name: String) {
    folder =
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Goldens/\(name)").path
    let archive = Self.archive(folder + "/goldens.zip")
    func contents(_ name: String) -> ByteView? {
      archive.flatMap { archive in archive[name].flatMap { try? archive.contents(of: $0) } }
    }
    bundle = contents("bundle").flatMap { bytes in
      contents("index.json").flatMap { try? JSON.parse($0.array) }.map { (bytes, $0) }
    }
  }

  private static func archive(_ path: String) -> ZipArchive? {
    (try? FileBytes(path: path, copied: true)).flatMap { try? ZipArchive(ByteView($0)) }
  }

  func archive(_ name: String) -> ZipArchive? { Self.archive("\(folder)/\(name)") }

  func has(_ name: String) -> Bool { bundle?.index[name] != nil }

  func member(_ name: String) throws -> [UInt8] {
    let (bytes, index) = try #require(bundle)
    let place = try #require(index[name]?.array, "\(name)").compactMap(\.int)
    return try #require(bytes.slice(at: place[0], count: place[1])).array
  }

  func floats(_ name: String) throws -> [Float] {
    let bytes = try member(name)
    return bytes.withUnsafeBytes { raw in
      stride(from: 0, to: raw.count, by: 4).map { offset in
        Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      }
    }
  }

  func cases() -> [KerasGolden] {
    guard let cases = try? JSON.parse(member("cases.json")).array else { return [] }
    return cases.compactMap { fields in
      fields["id"]?.string.map { KerasGolden(id: $0, fields: fields, goldens: self) }
    }
  }
}

/// A case of such a folder.
struct KerasGolden: Sendable, CustomTestStringConvertible {
  let id: String
  let fields: JSON
  let goldens: KerasGoldenSet

  var testDescription: String { id }

  static let all = KerasGoldenSet.current.cases()
  private static let files = KerasGoldenSet.current.archive("files.zip")

  static func all(_ kind: String) -> [KerasGolden] { all.filter { $0.fields["kind"]?.string == kind } }

  static func named(_ id: String) throws -> KerasGolden { try #require(all.first { $0.id == id }) }

  static func floats(_ name: String) throws -> [Float] { try KerasGoldenSet.current.floats(name) }

  /// A file as Keras wrote it.
  static func file(_ name: String) throws -> TemporaryFile {
    let archive = try #require(files)
    return try TemporaryFile(
      archive.contents(of: try #require(archive[name], "\(name)")).array, name: "weights")
  }

  var size: Size2D {
    let side = fields["side"]?.int ?? 0
    return Size2D(height: fields["height"]?.int ?? side, width: fields["width"]?.int ?? side)
  }

  var version: String? { fields["version"]?.string }
  var hasResult: Bool { goldens.has("\(id).embedding.f32") }
  var hasConfiguration: Bool { goldens.has("\(id).config.json") }

  func configuration() throws -> JSON { try JSON.parse(goldens.member("\(id).config.json")) }
  func embedding() throws -> [Float] { try goldens.floats("\(id).embedding.f32") }

  /// Of weights alone: EfficientNet's as published, which divide the input once more.
  func embeddingOfWeights() throws -> [Float] {
    goldens.has("\(id).published.f32") ? try goldens.floats("\(id).published.f32") : try embedding()
  }

  /// What the normalizations' factors are multiplied by.
  private var tone: Float { Float(fields["tone"]?.double ?? 1) }

  /// As a `.h5` file holds them; zeros where only shapes matter.
  func groups(zeros: Bool = false, without missing: String = "") throws -> [KerasWeightGroup] {
    try variables(zeros: zeros).filter { $0.name != missing }.map {
      KerasWeightGroup(name: $0.name, variables: $0.variables.map { .init(name: $0.name, tensor: $0.tensor) })
    }
  }

  private typealias Layer = (name: String, variables: [(name: String, tensor: FloatTensor)])

  /// By layer, in the order of Keras' `model.layers`.
  private func variables(zeros: Bool) throws -> [Layer] {
    let text = String(decoding: try goldens.member("\(id).weights.txt"), as: UTF8.self)
    var groups: [Layer] = []
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      let shape = Self.shape(fields[2])
      let name = KerasSeed.name(
        String(fields[1]), depthwise: shape.count == 4 && isDepthwise(String(fields[1])))
      let tensor =
        zeros || name.hasSuffix("/count")
        ? FloatTensor(shape: shape, elements: .init(repeating: 0, count: shape.reduce(1, *)))
        : KerasSeed.tensor(name, shape, tone: tone)
      if groups.last?.name != String(fields[0]) { groups.append((String(fields[0]), [])) }
      groups[groups.count - 1].variables.append((String(fields[1]), tensor))
    }
    return groups
  }

  /// As a checkpoint of Keras 3 holds them: numbered by class, with gaps.
  func checkpoint() throws -> KerasCheckpoint {
    var counts: [String: Int] = [:]
    let children = try variables(zeros: false).filter { !$0.variables.isEmpty }.map { layer in
      let base = layer.variables[0].name.split(separator: ":")[0].split(separator: "/").last ?? ""
      let name =
        switch base {
        case "kernel" where isDepthwise(layer.name): "depthwise_conv2d"
        case "depthwise_kernel": layer.variables.count > 1 ? "separable_conv2d" : "depthwise_conv2d"
        case "kernel": "conv2d"
        case "mean": "normalization"
        default: "batch_normalization"
        }
      let number = counts[name, default: 0]
      counts[name] = number + 2
      return KerasCheckpoint(
        key: number == 0 ? name : "\(name)_\(number)", variables: layer.variables.map(\.tensor), children: [])
    }
    return KerasCheckpoint(key: "", variables: [], children: children.reversed())
  }

  /// Keras 3 calls a depthwise kernel like others; the applications' and tests' layers tell it by their names.
  private func isDepthwise(_ name: String) -> Bool {
    ["depthwise", "dwconv", "conv_dw_"].contains { name.contains($0) } && !name.contains("pointwise")
  }

  private static func shape(_ text: Substring) -> [Int] {
    text == "-" ? [] : text.split(separator: ",").compactMap { Int($0) }
  }

  func source(configured: Bool, zeros: Bool = false) throws -> KerasSource {
    KerasSource(
      configuration: configured ? try configuration() : nil, version: version,
      weights: .layers(try groups(zeros: zeros)))
  }

  /// Of `picture(height, width)` in Tests/Goldens/torch/seeded.py.
  static func pixels(_ size: Size2D) -> [UInt8] {
    let name = "picture \(size.height)x\(size.width)"
    let columns = (size.width + 24) / 25
    var coarseGenerator = Seeded.generator(name + " coarse")
    let coarse = (0..<(size.height + 24) / 25 * columns * 3).map { _ in Int(coarseGenerator.next() >> 56) }
    var fine = Seeded.generator(name)
    var result: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        for c in 0..<3 {
          let value = coarse[(y / 25 * columns + x / 25) * 3 + c] * 3 + Int(fine.next() >> 56)
          result.append(UInt8(value >> 2))
        }
      }
    }
    return result
  }

  /// The outputs for the seeded picture, by the network's own preprocessing.
  static func run(_ network: FloatNetwork) throws -> [String: [Float]] {
    let input = try NetworkInput(network.recipe)
    return try FloatInterpreter(graph: network.prepared().graph).run(
      input.map(pixels(network.recipe.inputSize)))
  }

  /// max |a − b| / max |b| over what the golden file holds of the result.
  static func error(_ result: [Float], _ golden: [Float]) -> Float {
    relativeError(Array(result.prefix(golden.count)), golden)
  }
}
