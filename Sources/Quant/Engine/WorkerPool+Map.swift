extension WorkerPool {
  /// The results of `transform(0)` to `transform(count − 1)`, computed on all threads.
  package func mapInParallel<Value: Sendable>(
    _ count: Int, progress: @Sendable (Double) -> Void = { _ in }, _ transform: @Sendable (Int) -> Value
  ) -> [Value] {
    mapInParallel(count, progress: progress) { index, _ in transform(index) }
  }

  /// As above; `transform` is told which worker runs it.
  package func mapInParallel<Value: Sendable>(
    _ count: Int, progress: @Sendable (Double) -> Void = { _ in }, _ transform: @Sendable (Int, Int) -> Value
  ) -> [Value] {
    let done = Counter()
    var results = [Value?](repeating: nil, count: count)
    results.withUnsafeMutableBufferPointer { buffer in
      let slots = SendableBuffer(buffer)
      parallelFor(count) { index, worker in
        slots.buffer[index] = transform(index, worker)
        progress(Double(done.increment()) / Double(count))
      }
    }
    return results.compactMap(\.self)
  }
}

extension WorkerPool? {
  /// Runs `body` for every index: on the pool, or in order on the calling thread where there is none, as inside work that
  /// is shared out already.
  package func parallelFor(_ count: Int, _ body: (_ index: Int) -> Void) {
    if let pool = self {
      pool.parallelFor(count) { index, _ in body(index) }
    } else {
      for index in 0..<count { body(index) }
    }
  }
}
