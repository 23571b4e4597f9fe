import CFloatKernels
import Quant
import Synchronization

/// Runs a float graph: the reference that everything Int8 is measured against.
///
/// Every sum has one definition (Docs/numerics.md, "The float reference"): the same bits on every CPU. An interpreter is
/// immutable but for arenas it keeps for later runs; run it from any number of threads.
public final class FloatInterpreter: Sendable {
  public let graph: FloatGraph
  private let layers: [FloatLayer]
  private let plan: MemoryPlan
  private let spareArenas = Mutex<[FloatArena]>([])

  /// - Throws: `InputError` when a node's parameters do not fit its attributes.
  public init(graph: FloatGraph, kernels: FloatKernelSet = .best) throws {
    self.graph = graph
    layers = try graph.nodes.enumerated().map { index, node in
      try FloatLayer(
        node: node, inputShapes: node.inputs.map { graph.shapes[$0] }, outputShape: graph.shapes[index + 1],
        kernels: kernels)
    }
    plan = MemoryPlan(
      byteCounts: graph.shapes.map { 4 * $0.elementCount }, lifetimes: graph.lifetimes, alignment: 64)
    guard plan.byteCount <= 8 << 30 else {
      throw InputError(
        .tooLarge, "", "the network needs \(plan.byteCount >> 20) MiB of working memory for one picture")
    }
  }

  /// Runs one input and shows every value of the graph, in order, while it is there.
  ///
  /// - Parameter input: NHWC, of the graph's input shape.
  /// - Throws: `InputError` naming the first layer with a NaN or an infinity; what `observe` throws.
  public func run(
    _ input: [Float], observe: (_ value: ValueID, _ elements: UnsafeBufferPointer<Float>) throws -> Void
  ) throws {
    guard input.count == graph.inputShape.elementCount else {
      throw InputError(.mismatch, "", "\(input.count) numbers for an input of \(graph.inputShape)")
    }
    let arena = spareArenas.withLock { $0.popLast() } ?? FloatArena(byteCount: plan.byteCount)
    defer { spareArenas.withLock { $0.append(arena) } }
    let before = fk_set_floating_point()
    defer { fk_restore_floating_point(before) }
    let first = pointer(to: 0, in: arena)
    input.withUnsafeBufferPointer { input in
      if let start = input.baseAddress { first.update(from: start, count: input.count) }
    }
    try observe(0, UnsafeBufferPointer(start: first, count: input.count))
    for (index, layer) in layers.enumerated() {
      let result = pointer(to: index + 1, in: arena)
      layer.run(
        inputs: graph.nodes[index].inputs.map { UnsafePointer(pointer(to: $0, in: arena)) }, output: result)
      let elements = UnsafeBufferPointer(
        start: UnsafePointer(result), count: graph.shapes[index + 1].elementCount)
      guard elements.areFinite else {
        throw InputError(
          .malformed, graph.nodes[index].name, "the layer's result has a NaN or an infinity",
          remedy: "look at these weights, or at the picture's preprocessing")
      }
      try observe(index + 1, elements)
    }
  }

  /// The named outputs for one input; all of the graph's outputs when `names` is nil.
  public func run(_ input: [Float], outputs names: [String]? = nil) throws -> [String: [Float]] {
    var results: [String: [Float]] = [:]
    let wanted = graph.outputs.filter { names?.contains($0.name) ?? true }
    try run(input) { value, elements in
      for output in wanted where output.value == value { results[output.name] = Array(elements) }
    }
    return results
  }

  private func pointer(to value: ValueID, in arena: FloatArena) -> UnsafeMutablePointer<Float> {
    (arena.start + plan.offsets[value]).assumingMemoryBound(to: Float.self)
  }
}

private final class FloatArena: @unchecked Sendable {
  let start: UnsafeMutableRawPointer

  init(byteCount: Int) { start = .allocate(byteCount: max(byteCount, 64), alignment: 64) }

  deinit { start.deallocate() }
}

extension UnsafeBufferPointer<Float> {
  /// Whether no element is a NaN or an infinity, whose exponents are all ones.
  fileprivate var areFinite: Bool {
    var bad: UInt32 = 0
    for element in self { bad |= (element.bitPattern & 0x7f80_0000 == 0x7f80_0000) ? 1 : 0 }
    return bad == 0
  }
}
