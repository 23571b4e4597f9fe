import Int8Kernels

/// A model packed for this CPU, ready to run: immutable, to be shared by any number of threads.
///
/// The bytes of every result are the same for every kernel set, thread count and batch.
public final class Engine: Sendable {
  /// The model's graph; its weights live in the packed layers alone.
  public let graph: Graph<NoParameters>
  public let quantization: [ChannelQuantization?]
  public let recipe: Recipe
  public let provenance: Provenance
  public let kernels: KernelSet
  let pool: WorkerPool
  let plan: ExecutionPlan

  /// - Parameters:
  ///   - kernels: nil for the best that this CPU has.
  ///   - pool: the threads that run the model; one thread when nil.
  ///   - retainingValues: keep every layer's result until the next run, for `Session.withRetainedBytes`, at the price of memory.
  /// - Throws: `InputError` when this CPU lacks the kernel set or the model cannot be run.
  public init(
    model: QuantizedModel, kernels: KernelSet? = nil, pool: WorkerPool? = nil, retainingValues: Bool = false
  ) throws {
    let kernels = kernels ?? .best
    guard KernelSet.available.contains(kernels) else {
      throw InputError(
        .usage, "--kernels \(kernels.rawValue)", "this CPU cannot run these kernels",
        remedy: "it has \(KernelSet.available.map(\.rawValue).joined(separator: ", "))")
    }
    graph = try model.graph.mapParameters { _ in NoParameters() }
    quantization = model.quantization
    recipe = model.recipe
    provenance = model.provenance
    self.kernels = kernels
    self.pool = pool ?? WorkerPool(threads: 1)
    plan = try ExecutionPlan(
      model: model, kernels: kernels, workers: self.pool.threads, retainingValues: retainingValues)
  }

  /// Bytes of pixels that one picture has: height · width · 3, RGB.
  public var inputByteCount: Int { graph.inputShape.elementCount }

  /// The length of the named output vector, or nil when the model has none of this name.
  public func outputCount(_ name: String) -> Int? {
    graph.output(named: name).map { graph.shapes[$0].elementCount }
  }

  /// A session for up to `batch` pictures at once.
  public func makeSession(batch: Int = 1) -> Session { Session(engine: self, batch: max(batch, 1)) }

  /// The layers in the order they run: the nodes that each computes, its micro-kernels, and why these (empty where there is
  /// none to choose).
  public var layers: [(nodes: Range<Int>, kernel: String, reason: String)] {
    plan.steps.map { ($0.nodes, $0.layer.kernelName, $0.layer.kernelReason(in: kernels)) }
  }

  /// The packed layer of each node, to be run by itself: the very kernels and numbers of the engine.
  ///
  /// - Precondition: the engine retains values, so that no two nodes run as one.
  package var nodeLayers: [any LayerKernel] {
    precondition(plan.retainsValues)
    return plan.steps.map(\.layer)
  }
}
