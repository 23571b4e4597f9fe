import ImageDecode
import Quant

/// Runs any number of photos through a network on all threads, in order, with a bounded number of them in memory.
package struct PhotoEmbedder: Sendable {
  package struct Result: Sendable {
    package var path: FilePath
    /// One vector an output asked for, or why there is none.
    package var vectors: Swift.Result<[[Float]], InputError>
  }

  private let network: any VectorNetwork
  private let outputs: [String]
  private let augmentation: TestTimeAugmentation
  private let pool: WorkerPool
  private let decoding: PhotoDecoding
  private let workers: Workers
  /// Photos between two deliveries, for each thread.
  private static let chunkPerThread = 32

  /// What a worker has of its own: it decodes a photo and runs the network on it while others do the same.
  private struct Workers: @unchecked Sendable {
    let all: [(runner: any NetworkRunner, buffer: PixelBuffer)]
  }

  /// - Throws: `InputError` when the network has no output of one of the names.
  package init(
    _ network: any VectorNetwork, outputs: [String], augmentation: TestTimeAugmentation = .none,
    decoding: PhotoDecoding = .full, pool: WorkerPool
  ) throws {
    for output in outputs { _ = try network.requireOutput(output) }
    self.network = network
    self.outputs = outputs
    self.augmentation = augmentation
    self.decoding = decoding
    self.pool = pool
    workers = Workers(all: (0..<pool.threads).map { _ in (network.makeRunner(), PixelBuffer()) })
  }

  /// Calls `deliver` once for every path, in order, from the calling thread.
  package func run(
    _ paths: [FilePath], progress: @Sendable (Double) -> Void = { _ in }, deliver: (Result) throws -> Void
  ) rethrows {
    let reader = PhotoReader(recipe: network.recipe, decoding: decoding)
    let chunk = Self.chunkPerThread * pool.threads
    for start in stride(from: 0, to: paths.count, by: chunk) {
      let part = Array(paths[start..<min(start + chunk, paths.count)])
      let (outputs, workers, augmentation) = (self.outputs, self.workers, self.augmentation)
      let size = network.recipe.inputSize
      let update: @Sendable (Double) -> Void = {
        progress((Double(start) + $0 * Double(part.count)) / Double(paths.count))
      }
      let results = pool.mapInParallel(part.count, progress: update) { index, worker in
        let own = workers.all[worker]
        return Result(
          path: part[index],
          vectors: Swift.Result {
            let pixels = try reader.pixels(part[index], buffer: own.buffer)
            return try augmentation.vectors(of: pixels, size: size) {
              try own.runner.run($0, outputs: outputs)
            }
          }.mapError { InputError($0, file: part[index]) })
      }
      for result in results { try deliver(result) }
    }
  }
}

extension Result {
  package var failure: Failure? {
    if case .failure(let error) = self { error } else { nil }
  }
}
