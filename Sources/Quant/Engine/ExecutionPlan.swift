import Int8Kernels

/// What a run does: the layers in order, and where in one arena each reads and writes. Made once, never changed.
final class ExecutionPlan: Sendable {
  struct Step: Sendable {
    /// The nodes it computes: one, or two that run as one.
    let nodes: Range<Int>
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

  /// - Parameter workers: threads that will share each layer's work.
  /// - Throws: `InputError` when a layer cannot be built or the arena is over 4 GiB.
  init(model: QuantizedModel, kernels: KernelSet, workers: Int, retainingValues: Bool) throws {
    let graph = model.graph
    let factory = LayerFactory(kernels: kernels, workers: workers)
    let layers = try Self.layers(of: model, factory, fusing: !retainingValues)
    let plan = Self.memory(of: graph, layers.map(\.nodes), retainingValues: retainingValues)
    guard plan.byteCount <= 1 << 32 else {
      throw InputError(
        .tooLarge, "", "the model needs \(plan.byteCount >> 20) MiB of working memory for one picture")
    }
    offsets = plan.offsets
    retainsValues = retainingValues
    arenaByteCount = plan.byteCount
    inputLayer = try factory.makeInputLayer(shape: graph.inputShape)
    steps = layers.map { nodes, layer in
      Step(
        nodes: nodes, layer: layer,
        inputOffsets: Self.inputs(of: nodes, graph).map { plan.offsets[$0] },
        outputOffset: plan.offsets[nodes.upperBound])
    }
    let scratch = steps.map(\.layer.scratchByteCount) + [inputLayer.scratchByteCount]
    scratchByteCount = (scratch.max() ?? 0).roundedUp(toMultipleOf: LayerBuffers.alignment)
  }

  /// What a step reads: what its nodes read of other steps, in order.
  private static func inputs(of nodes: Range<Int>, _ graph: Int8Graph) -> [Int] {
    nodes.flatMap { node in graph.nodes[node].inputs.filter { !nodes.dropLast().contains($0 - 1) } }
  }

  private static func layers(
    of model: QuantizedModel, _ factory: LayerFactory, fusing: Bool
  ) throws -> [(nodes: Range<Int>, layer: any LayerKernel)] {
    var result: [(nodes: Range<Int>, layer: any LayerKernel)] = []
    var node = 0
    while node < model.graph.nodes.count {
      if fusing, let layer = try factory.makeFusedLayer(node, of: model) {
        result.append((node..<node + 2, layer))
      } else {
        result.append((node..<node + 1, try factory.makeLayer(node, of: model)))
      }
      let next = result[result.count - 1].nodes.upperBound
      for packed in node..<next { model.graph.nodes[packed].parameters.giveBack() }
      node = next
    }
    return result
  }

  /// A value within a step takes no memory; what a step reads lives until its last node.
  private static func memory(
    of graph: Int8Graph, _ steps: [Range<Int>], retainingValues: Bool
  ) -> MemoryPlan {
    var byteCounts = graph.shapes.map(\.int8ByteCount)
    var lifetimes =
      retainingValues ? graph.shapes.map { _ in 0...max(graph.nodes.count - 1, 0) } : graph.lifetimes
    for nodes in steps {
      for node in nodes.dropLast() {
        byteCounts[node + 1] = 0
        for value in graph.nodes[node].inputs {
          lifetimes[value] =
            lifetimes[value].lowerBound...max(lifetimes[value].upperBound, nodes.upperBound - 1)
        }
      }
    }
    return MemoryPlan(byteCounts: byteCounts, lifetimes: lifetimes, alignment: LayerBuffers.alignment)
  }
}

extension Shape {
  /// Bytes of a value in the quantized graph: one an element of a map, four of a vector.
  package var int8ByteCount: Int { isMap ? elementCount : 4 * elementCount }
}
