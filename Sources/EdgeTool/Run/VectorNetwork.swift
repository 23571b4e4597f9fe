import Int8Kernels
import Quant

/// An Int8 model or a float reference, seen as what turns a photo's bytes into vectors.
package protocol VectorNetwork: Sendable {
  var recipe: Recipe { get }
  /// Class names by index of the logits; empty when unknown.
  var labels: [String] { get }
  var architecture: String { get }
  /// As `--kernels` names them, or the float reference's.
  var kernelsUsed: String { get }
  /// The names of the vectors that it computes, with their lengths.
  var outputs: [(name: String, count: Int)] { get }
  /// A runner's memory, for one thread.
  func makeRunner() -> any NetworkRunner
}

/// The working memory of one thread.
package protocol NetworkRunner {
  /// The named vectors of one photo, in the order of the names.
  func run(_ pixels: [UInt8], outputs: [String]) throws -> [[Float]]
}

extension VectorNetwork {
  /// - Throws: `InputError` (usage) that lists what there is, when there is no output of this name.
  package func requireOutput(_ name: String) throws -> Int {
    guard let output = outputs.first(where: { $0.name == name }) else {
      let names = outputs.map(\.name).joined(separator: ", ")
      let reason = name == "logits" ? "it has no classifier" : "it has no such output"
      throw InputError(.usage, name, reason, remedy: "it computes \(names)")
    }
    return output.count
  }
}

/// An engine of one thread, so that several photos run side by side.
package struct Int8Network: VectorNetwork {
  package let engine: Engine

  package init(model: QuantizedModel, kernels: KernelSet) throws {
    engine = try Engine(model: model, kernels: kernels)
  }

  package var recipe: Recipe { engine.recipe }
  package var labels: [String] { engine.provenance.labels }
  package var architecture: String { engine.provenance.architecture }
  package var kernelsUsed: String { engine.kernels.rawValue }

  package var outputs: [(name: String, count: Int)] {
    engine.graph.outputs.map { ($0.name, engine.graph.shapes[$0.value].elementCount) }
  }

  package func makeRunner() -> any NetworkRunner { Int8Runner(session: engine.makeSession()) }
}

private struct Int8Runner: NetworkRunner {
  let session: Session

  func run(_ pixels: [UInt8], outputs: [String]) throws -> [[Float]] {
    guard let first = outputs.first else { return [] }
    return try [session.run(pixels, output: first)] + outputs.dropFirst().map { try session.output($0) }
  }
}

extension KernelSet {
  /// The set called `name`, or the best when nil.
  ///
  /// - Throws: `InputError` (usage) that lists the sets this CPU runs.
  package static func chosen(_ name: String?) throws -> KernelSet {
    guard let name else { return .best }
    do {
      return try KernelSet.named(name)
    } catch {
      throw InputError(.usage, "--kernels \(name)", error.description)
    }
  }
}
