import Int8Kernels

/// What a run does: the layers in order, and where in one arena each reads and writes. Made once, never changed.
final class ExecutionPlan: Sendable {
  struct Step: Sendable {
    let layer: any LayerKernel
    /// Byte offsets into an image's arena.
    let inputOffsets: [Int]
    let outputOffset: Int
  }

  let steps: [Step]
  /// Offset of every value of the graph.
  let offsets: [Int]
  /// Of one image's values, a multiple of the alignment; the slack that kernels may read is not in it.
  let arenaByteCount: Int
  /// Of one worker.
  let scratchByteCount: Int
  let inputLayer: any LayerKernel
  let retainsValues: Bool

  /// - Throws: `InputError` when a layer cannot be built or the arena is over 4 GiB.
  init(model: QuantizedModel, kernels: KernelSet, retainingValues: Bool) throws {
    let graph = model.graph
    let factory = LayerFactory(kernels: kernels)
    let lifetimes =
      retainingValues ? graph.shapes.map { _ in 0...max(graph.nodes.count - 1, 0) } : graph.lifetimes
    let plan = MemoryPlan(
      byteCounts: graph.shapes.map(\.int8ByteCount), lifetimes: lifetimes, alignment: LayerBuffers.alignment)
    guard plan.byteCount <= 1 << 32 else {
      throw InputError(
        .tooLarge, "", "the model needs \(plan.byteCount >> 20) MiB of working memory for one picture")
    }
    offsets = plan.offsets
    retainsValues = retainingValues
    arenaByteCount = plan.byteCount
    inputLayer = try factory.makeInputLayer(shape: graph.inputShape)
    steps = try graph.nodes.enumerated().map { index, node in
      Step(
        layer: try factory.makeLayer(
          node, inputShapes: node.inputs.map { graph.shapes[$0] }, outputShape: graph.shapes[index + 1],
          inputQuantization: node.inputs.map { model.quantization[$0] },
          outputQuantization: model.quantization[index + 1]),
        inputOffsets: node.inputs.map { plan.offsets[$0] }, outputOffset: plan.offsets[index + 1])
    }
    let scratch = steps.map(\.layer.scratchByteCount) + [inputLayer.scratchByteCount]
    scratchByteCount = (scratch.max() ?? 0).roundedUp(to: LayerBuffers.alignment)
  }
}

extension Shape {
  /// Bytes of a value in the quantized graph: one an element of a map, four of a vector.
  package var int8ByteCount: Int { isMap ? elementCount : 4 * elementCount }
}

extension Int {
  package func roundedUp(to multiple: Int) -> Int { (self + multiple - 1) / multiple * multiple }
}
