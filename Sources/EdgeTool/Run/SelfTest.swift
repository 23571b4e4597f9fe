import CBuiltInModels
import Int8Kernels
import Quant

/// Whether this computer computes what every other does: a built-in network with every operation, on every kernel set that
/// the CPU has, with different numbers of threads and pictures at once.
package struct SelfTest {
  /// SHA-256 of the network's outputs for its pictures: little-endian Float32, picture by picture, in the graph's order.
  package static let published = "ff9347335aa0c9707060a5e62f0af71b20189d50d5755acdd105ce1a0795fb0e"

  private static let pictures = 8

  /// One way of running the network.
  package struct Check: Sendable {
    package var kernels: KernelSet
    package var threads: Int
    package var batch: Int
    package var sha256: String
  }

  package let model: QuantizedModel
  /// What the outputs have to be; nil when only the ways are compared with each other.
  package let expected: String?

  /// The built-in network.
  package init() throws {
    var byteCount = 0
    let start = bim_selftest_model(&byteCount)
    let bytes = FileBytes(
      resident: UnsafeRawBufferPointer(start: start, count: byteCount), named: "built-in network")
    model = try QuantizedModel(bytes)
    expected = Self.published
  }

  /// A model of the user's own: all ways have to agree. With a published result they have to agree with that.
  package init(model: QuantizedModel, expected: String? = nil) {
    self.model = model
    self.expected = expected
  }

  /// The model at `path`, where `default` is the built-in one, whose result is published.
  ///
  /// - Throws: `InputError` that names the file.
  package init(_ path: FilePath) throws {
    self.init(
      model: try NetworkFile.model(path),
      expected: path == BuiltInModel.name ? BuiltInModel.publishedOutputsSHA256 : nil)
  }

  /// Every kernel set of this CPU with one thread, the best one in more ways.
  package func checks(maximumThreads: Int) throws -> [Check] {
    var result: [Check] = []
    for kernels in KernelSet.available {
      let threads = kernels == .best ? Array(1...max(1, min(8, maximumThreads))) : [1]
      for count in threads {
        let engine = try Engine(model: model, kernels: kernels, pool: WorkerPool(threads: count))
        for batch in kernels == .best ? [1, 3, 8] : [1] {
          result.append(
            Check(
              kernels: kernels, threads: count, batch: batch,
              sha256: try Self.outputs(of: engine, batch: batch)))
        }
      }
    }
    return result
  }

  package func passes(_ checks: [Check]) -> Bool {
    guard let first = checks.first else { return false }
    return checks.allSatisfy { $0.sha256 == expected ?? first.sha256 }
  }

  private static func outputs(of engine: Engine, batch: Int) throws -> String {
    let size = engine.recipe.inputSize
    let images = (0..<pictures).map { SyntheticImage.pixels($0, size: size) }
    let session = engine.makeSession(batch: batch)
    var hash = SHA256()
    for first in stride(from: 0, to: images.count, by: batch) {
      let chunk = images[first..<min(first + batch, images.count)]
      Array(chunk.joined()).withUnsafeBufferPointer { session.run($0, count: chunk.count) }
      for image in 0..<chunk.count {
        for output in engine.graph.outputs {
          hash.update(try session.output(output.name, image: image).littleEndianBytes)
        }
      }
    }
    return SHA256.hex(hash.finalize())
  }
}
