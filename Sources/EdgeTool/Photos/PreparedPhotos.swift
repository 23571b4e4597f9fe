import Calibrate
import Quant

/// Photos that were read once and found good, for work that goes through them more than once.
///
/// Prepared pixels stay in memory up to a limit; photos beyond it are read again each time.
package struct PreparedPhotos: Sendable {
  package let paths: [FilePath]
  /// Of the photos left out, in order.
  package let failures: [InputError]
  package let photos: Photos

  package static let byteLimit = 384 << 20

  /// - Parameter progress: called from any thread with the part that is done.
  package init(
    _ candidates: [FilePath], recipe: Recipe, pool: WorkerPool, byteLimit: Int = PreparedPhotos.byteLimit,
    progress: @Sendable (Double) -> Void = { _ in }
  ) {
    let reader = PhotoReader(recipe: recipe)
    let pixelByteCount = max(1, recipe.inputSize.height * recipe.inputSize.width * 3)
    let keptCount = byteLimit / pixelByteCount
    let results = pool.mapInParallel(candidates.count, progress: progress) { index in
      Result { () throws -> [UInt8]? in
        let pixels = try reader.pixels(candidates[index])
        return index < keptCount ? pixels : nil
      }
    }
    var good: [(path: FilePath, pixels: [UInt8]?)] = []
    var failures: [InputError] = []
    for (path, result) in zip(candidates, results) {
      switch result {
      case .success(let pixels): good.append((path, pixels))
      case .failure(let error): failures.append(InputError(error, file: path))
      }
    }
    let kept = good
    paths = good.map(\.path)
    self.failures = failures
    photos = Photos(count: kept.count) { index in try kept[index].pixels ?? reader.pixels(kept[index].path) }
  }
}

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

extension InputError {
  /// Any error as one about `file`.
  package init(_ error: any Error, file: FilePath) {
    self = error as? InputError ?? InputError(.unreadable, file.text, "\(error)")
  }
}
