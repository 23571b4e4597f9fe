import Int8Kernels
import Quant

/// Runs an engine's layers one by one, each on the float network's own values rounded to what the model stores.
///
/// Holds one photo's Int8 values, those alone that a later layer still reads. Not for use by two threads at once.
final class IsolatedLayers {
  private let graph: Graph<NoParameters>
  private let layers: [any LayerKernel]
  private let plan: MemoryPlan
  private let arena: AlignedMemory
  private let result: AlignedMemory
  private let scratch: AlignedMemory

  /// - Parameter engine: one that retains values.
  init(_ engine: Engine) {
    graph = engine.graph
    layers = engine.nodeLayers
    plan = MemoryPlan(
      byteCounts: graph.shapes.map(\.int8ByteCount), lifetimes: graph.lifetimes,
      alignment: LayerBuffers.alignment)
    let slack = LayerBuffers.slackByteCount
    arena = AlignedMemory(byteCount: plan.byteCount + slack)
    result = AlignedMemory(byteCount: (graph.shapes.map(\.int8ByteCount).max() ?? 0) + slack)
    scratch = AlignedMemory(byteCount: (layers.map(\.scratchByteCount).max() ?? 0) + slack)
  }

  /// Where a value that later layers read is to be stored, before any of them runs; values come in the graph's order.
  func place(of value: ValueID) -> UnsafeMutableRawPointer { arena.start + plan.offsets[value] }

  /// The result of the node that makes `value`, from the inputs that were stored; valid until the next call.
  func run(_ value: ValueID) -> UnsafeRawPointer {
    layers[value - 1].run(
      inputs: graph.nodes[value - 1].inputs.map { UnsafeRawPointer(place(of: $0)) }, output: result.start,
      scratch: scratch.start)
    return UnsafeRawPointer(result.start)
  }
}
