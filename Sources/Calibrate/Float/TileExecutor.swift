/// Who computes a layer's tiles: in order on the calling thread, or a pool of workers.
public protocol TileExecutor: Sendable {
  /// The workers that may run at the same time; at least 1.
  var workerCount: Int { get }

  /// Calls `body(task, worker)` once for every task in `0 ..< count`, worker in `0 ..< workerCount`, in any order,
  /// never two tasks at once on one worker, and returns when all are done.
  func parallelFor(_ count: Int, _ body: @Sendable (_ task: Int, _ worker: Int) -> Void)
}

/// Every tile in order on the calling thread.
public struct InOrderExecutor: TileExecutor {
  public init() {}

  public var workerCount: Int { 1 }

  public func parallelFor(_ count: Int, _ body: @Sendable (_ task: Int, _ worker: Int) -> Void) {
    for task in 0..<count { body(task, 0) }
  }
}
