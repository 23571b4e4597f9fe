import Quant

extension WorkerPool: TileExecutor {
  public var workerCount: Int { threads }
}

extension FloatInterpreter {
  /// The graph's outputs by name for one input, NHWC.
  public func run(_ input: [Float]) throws -> [String: [Float]] {
    let results = try run(input, outputs: graph.outputs.map(\.value))
    return Dictionary(zip(graph.outputs.map(\.name), results), uniquingKeysWith: { first, _ in first })
  }
}
