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
