import Quant

/// Runs a float graph: the reference that calibration measures ranges with and drift is told against.
///
/// Every sum has one definition (Docs/numerics.md, "The float reference"): kernel set, executor and passes that only fuse
/// do not change a bit. The interpreter is immutable; a `FloatSession` holds the memory of one run at a time.
public final class FloatInterpreter: Sendable {
  public let graph: FloatGraph
  public let kernels: FloatKernelSet
  let executor: any TileExecutor
  let checksFinite: Bool
  let layers: [FloatLayer]
  /// The graph's input is the caller's and has no place in it.
  let plan: MemoryPlan

  /// - Parameter checksFinite: whether a NaN or infinity in any value is an error that names the layer.
  /// - Throws: `InputError` naming the node whose parameters do not fit its attributes or are not finite.
  public init(
    graph: FloatGraph, kernels: FloatKernelSet = .best, executor: any TileExecutor = InOrderExecutor(),
    checksFinite: Bool = true
  ) throws {
    self.graph = graph
    self.kernels = kernels
    self.executor = executor
    self.checksFinite = checksFinite
    layers = try graph.nodes.enumerated().map { index, node in
      try FloatLayer(
        node: node, inputShapes: node.inputs.map { graph.shapes[$0] }, outputShape: graph.shapes[index + 1],
        kernels: kernels)
    }
    plan = MemoryPlan(
      byteCounts: graph.shapes.enumerated().map {
        $0 == 0 ? 0 : $1.elementCount * MemoryLayout<Float>.stride
      },
      lifetimes: graph.lifetimes, alignment: 64)
  }

  /// Bytes of the arena that a session holds for values.
  public var arenaByteCount: Int { plan.byteCount }

  /// Memory for one run at a time; not for use by two threads at once.
  public func makeSession() -> FloatSession { FloatSession(self) }

  /// The values `outputs` for one input, NHWC, in a session of its own.
  public func run(_ input: [Float], outputs: [ValueID]) throws -> [[Float]] {
    try makeSession().run(input, outputs: outputs)
  }

  /// Calls `body` with every node's result, in order, in a session of its own.
  public func run(
    _ input: [Float], forEach body: (_ value: ValueID, _ elements: UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    try makeSession().run(input, forEach: body)
  }

  /// Which nodes the values `outputs` depend on.
  func nodesNeeded(for outputs: [ValueID]) throws -> [Bool] {
    var needed = [Bool](repeating: false, count: graph.shapes.count)
    for output in outputs {
      guard needed.indices.contains(output) else {
        throw InputError(.usage, "", "the graph has no value \(output)")
      }
      needed[output] = true
    }
    for index in graph.nodes.indices.reversed() where needed[index + 1] {
      for input in graph.nodes[index].inputs { needed[input] = true }
    }
    return Array(needed.dropFirst())
  }
}
