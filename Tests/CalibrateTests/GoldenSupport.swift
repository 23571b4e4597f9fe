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

  /// The network's input of `size`, NHWC, with torchvision's mean and deviation.
  static func input(_ size: Size2D) -> [Float] {
    let name = "picture \(size.height)x\(size.width)"
    let columns = (size.width + 24) / 25
    var coarseGenerator = generator(name + " coarse")
    let coarse = (0..<(size.height + 24) / 25 * columns * 3).map { _ in Int(coarseGenerator.next() >> 56) }
    var fine = generator(name)
    let mean: [Float] = [0.485, 0.456, 0.406]
    let deviation: [Float] = [0.229, 0.224, 0.225]
    var result: [Float] = []
    for y in 0..<size.height {
      for x in 0..<size.width {
        for c in 0..<3 {
          let byte = (coarse[(y / 25 * columns + x / 25) * 3 + c] * 3 + Int(fine.next() >> 56)) >> 2
          result.append((Float(byte) / 255 - mean[c]) / deviation[c])
        }
      }
    }
    return result
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
        })
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
      state.set(name, Seeded.tensor(name, fields.dropFirst().compactMap { Int($0) }))
    }
    return state
  }

  func golden(_ run: Run, _ output: String) throws -> [Float] {
    let file = "\(id).\(run.size.height)x\(run.size.width).\(output).npy"
    return try NumPyArray(path: "\(Self.folder)/\(file)").elements
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
