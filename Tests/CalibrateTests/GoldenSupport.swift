import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

/// Weights and pictures that Tests/Goldens/torch/seeded.py makes too.
enum Seeded {
  static func generator(_ name: String) -> SeededGenerator {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return SeededGenerator(seed: hash)
  }

  static func tensor(_ name: String, _ shape: [Int]) -> FloatTensor {
    var generator = generator(name)
    var elements = (0..<shape.reduce(1, *)).map { _ in generator.unit() }
    if shape.count > 1 {
      let bound = Float((6.0 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
      for index in elements.indices { elements[index] = (elements[index] * 2 - 1) * bound }
    } else if name.hasSuffix(".running_var") {
      for index in elements.indices { elements[index] += 0.5 }
    } else if name.hasSuffix(".weight") {
      for index in elements.indices { elements[index] = elements[index] * 0.5 + 0.75 }
    } else {
      for index in elements.indices { elements[index] = (elements[index] - 0.5) * 0.25 }
    }
    return FloatTensor(shape: shape, elements: elements)
  }

  /// The picture of `size`: a coarse pattern of 25-pixel squares under a quarter of noise, RGB.
  static func picture(_ size: Size2D, _ variant: String = "") -> [UInt8] {
    let name = "picture \(size.height)x\(size.width)" + variant
    let columns = (size.width + 24) / 25
    var coarseGenerator = generator(name + " coarse")
    let coarse = (0..<(size.height + 24) / 25 * columns * 3).map { _ in Int(coarseGenerator.next() >> 56) }
    var fine = generator(name)
    var result: [UInt8] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        for c in 0..<3 {
          let byte = (coarse[(y / 25 * columns + x / 25) * 3 + c] * 3 + Int(fine.next() >> 56)) >> 2
          result.append(UInt8(byte))
        }
      }
    }
    return result
  }

  /// The network's input of `size`, NHWC, with torchvision's mean and deviation.
  static func input(_ size: Size2D) -> [Float] {
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    return picture(size).enumerated().map { index, byte in
      (Float(byte) / 255 - mean[index % 3]) / deviation[index % 3]
    }
  }
}

/// One network of Tests/Goldens/torch/cases.json.
struct GoldenCase: Sendable, CustomTestStringConvertible {
  struct Run: Sendable {
    let size: Size2D
    let hasLogits: Bool
  }

  let id: String
  let architecture: String?
  let runs: [Run]
  /// Whether the importer's recipe makes the input: it stands for a normalization of the framework's own.
  let feedsRecipe: Bool
  /// What every normalization's factors are multiplied by.
  let normScale: Float

  var testDescription: String { id }

  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Goldens/torch").path

  static let all: [GoldenCase] = {
    guard let data = FileManager.default.contents(atPath: folder + "/cases.json"),
      let cases = try? JSON.parse([UInt8](data)).array
    else { return [] }
    return cases.compactMap { entry in
      guard let id = entry["id"]?.string, let runs = entry["runs"]?.array else { return nil }
      return GoldenCase(
        id: id, architecture: entry["architecture"]?.string,
        runs: runs.compactMap { run in
          guard let height = run["height"]?.int, let width = run["width"]?.int else { return nil }
          return Run(size: Size2D(height: height, width: width), hasLogits: run["logits"]?.bool ?? false)
        }, feedsRecipe: entry["feeds_recipe"]?.bool ?? false, normScale: entry["norm_scale"]?.float ?? 1)
    }
  }()

  static func named(_ id: String) throws -> GoldenCase {
    guard let found = all.first(where: { $0.id == id }) else {
      throw InputError(.unreadable, id, "there is no such golden case")
    }
    return found
  }

  /// The network's state dictionary, in the framework's order.
  func state() throws -> StateDictionary {
    var state = StateDictionary()
    let text = try String(contentsOfFile: "\(Self.folder)/\(id).tensors.txt", encoding: .utf8)
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      let name = String(fields[0])
      var tensor = Seeded.tensor(name, fields.dropFirst().compactMap { Int($0) })
      if tensor.shape.count == 1, name.hasSuffix(".weight") {
        tensor = FloatTensor(shape: tensor.shape, elements: tensor.elements.map { $0 * normScale })
      }
      state.set(name, tensor)
    }
    return state
  }

  /// What the network is given for `size`.
  func input(_ size: Size2D, of network: FloatNetwork) throws -> [Float] {
    feedsRecipe ? try NetworkInput(network.recipe).map(Seeded.picture(size)) : Seeded.input(size)
  }

  func golden(_ run: Run, _ output: String) throws -> [Float] {
    let file = "\(id).\(run.size.height)x\(run.size.width).\(output).npy"
    return try NumPyArray(path: "\(Self.folder)/\(file)").elements
  }
}

extension GoldenCase {
  /// The run that takes least time.
  func smallestRun() throws -> Run {
    guard let run = runs.min(by: { $0.size.height * $0.size.width < $1.size.height * $1.size.width }) else {
      throw InputError(.malformed, id, "the case has no runs")
    }
    return run
  }

  func network(_ size: Size2D) throws -> FloatNetwork {
    try ArchitectureImporter.network(from: state(), architecture: architecture, inputSize: size)
  }

  /// How far the embedding is from the framework's when every operation is what `change` makes of it.
  func error(changing change: (FloatGraph.Node) -> Quant.Operation) throws -> Float {
    let run = try smallestRun()
    let network = try network(run.size)
    var graph = try FloatGraph(inputShape: network.graph.inputShape)
    for node in network.graph.nodes {
      try graph.append(node.name, change(node), inputs: node.inputs, parameters: node.parameters)
    }
    for output in network.graph.outputs { try graph.addOutput(output.name, output.value) }
    let outputs = try FloatInterpreter(graph: graph).run(input(run.size, of: network))
    return relativeError(outputs["embedding"] ?? [], try golden(run, "embedding"))
  }

  /// The same for one activation in another's place.
  func error(with replacement: Activation, for activation: Activation) throws -> Float {
    try error { node in
      switch node.operation {
      case .activation(activation): return .activation(replacement)
      case .dense(var dense) where dense.activation == activation:
        dense.activation = replacement
        return .dense(dense)
      default: return node.operation
      }
    }
  }

  func error(withEpsilon epsilon: Float) throws -> Float {
    try error { node in
      guard case .batchNormalization = node.operation else { return node.operation }
      return .batchNormalization(epsilon: epsilon)
    }
  }
}

/// max |a − b| / max |b|, infinite when the counts differ.
func relativeError(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count, let scale = b.map(abs).max(), scale > 0 else { return .infinity }
  return (zip(a, b).map { abs($0 - $1) }.max() ?? 0) / scale
}

func cosine(_ a: [Float], _ b: [Float]) -> Double {
  func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
  return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
}
