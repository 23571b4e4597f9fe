import Glibc
import Quant

/// Times a model from prepared bytes to the normalized embedding, over a few different pictures.
package final class Benchmark {
  package static let imageCount = 8

  private let engine: Engine
  private let session: Session
  private let batch: Int
  /// The pictures twice over, so that any batch up to `imageCount` is one piece of it.
  private let pixels: [UInt8]
  private var next = 0

  /// - Throws: `InputError` (usage) for a batch that is not within 1…8.
  package init(engine: Engine, batch: Int) throws {
    guard (1...Self.imageCount).contains(batch) else {
      throw InputError(.usage, "--batch \(batch)", "a batch has 1 to \(Self.imageCount) pictures")
    }
    self.engine = engine
    self.batch = batch
    session = engine.makeSession(batch: batch)
    let images = (0..<Self.imageCount).map { SyntheticImage.pixels($0, size: engine.recipe.inputSize) }
    pixels = (images + images).flatMap { $0 }
  }

  /// Milliseconds a picture of each of `runs` runs.
  package func milliseconds(runs: Int) throws -> [Double] {
    try (0..<runs).map { _ in try timedRun() }
  }

  private func timedRun() throws -> Double {
    let first = next * engine.inputByteCount
    next = (next + batch) % Self.imageCount
    let start = Self.nanoseconds()
    pixels.withUnsafeBufferPointer { pixels in
      session.run(
        UnsafeBufferPointer(rebasing: pixels[first..<first + batch * engine.inputByteCount]), count: batch)
    }
    for image in 0..<batch { _ = Normalization.l2(try session.output(image: image)) }
    return Double(Self.nanoseconds() - start) / 1e6 / Double(batch)
  }

  /// The least time of each layer over `runs` runs of one picture.
  package func layers(runs: Int) -> [LayerTime] {
    let times = (0..<runs).map { run -> [Int] in
      let first = run % Self.imageCount * engine.inputByteCount
      return pixels.withUnsafeBufferPointer {
        session.layerNanoseconds(UnsafeBufferPointer(rebasing: $0[first..<first + engine.inputByteCount]))
      }
    }
    return engine.layers.enumerated().map { index, layer in
      let nodes = layer.nodes.map { engine.graph.nodes[$0] }
      let products = layer.nodes.map {
        engine.graph.nodes[$0].operation.multiplyAccumulates(result: engine.graph.shapes[$0 + 1])
      }
      return LayerTime(
        name: nodes.map(\.name).joined(separator: " + "), kernel: layer.kernel,
        shape: engine.graph.shapes[layer.nodes.upperBound], products: products.reduce(0, +),
        milliseconds: Double(times.map { $0[index] }.min() ?? 0) / 1e6)
    }
  }

  /// SHA-256 of the pictures' normalized embeddings, little-endian Float32 one after the other.
  package func embeddingSHA256() throws -> String {
    var hash = SHA256()
    for image in 0..<Self.imageCount {
      let start = image * engine.inputByteCount
      let embedding = try session.run(Array(pixels[start..<start + engine.inputByteCount]))
      hash.update((Normalization.l2(embedding) ?? embedding).littleEndianBytes)
    }
    return SHA256.hex(hash.finalize())
  }

  private static func nanoseconds() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1_000_000_000 + time.tv_nsec
  }
}

/// Pictures made from numbers alone, the same everywhere.
package enum SyntheticImage {
  /// RGB bytes: coarse blocks of random colour with fine noise, so that activations look like those of photos.
  package static func pixels(_ index: Int, size: Size2D) -> [UInt8] {
    var generator = SplitMix64(seed: UInt64(index) &+ 1)
    let block = 16
    let columns = size.width / block + 2
    let coarse = (0..<(size.height / block + 2) * columns * 3).map { _ in Int(generator.next() >> 56) }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(size.height * size.width * 3)
    for y in 0..<size.height {
      let (row, fy) = y.quotientAndRemainder(dividingBy: block)
      for x in 0..<size.width {
        let (column, fx) = x.quotientAndRemainder(dividingBy: block)
        let noise = generator.next()
        for channel in 0..<3 {
          func corner(_ dy: Int, _ dx: Int) -> Int {
            coarse[((row + dy) * columns + column + dx) * 3 + channel]
          }
          let top = corner(0, 0) * (block - fx) + corner(0, 1) * fx
          let bottom = corner(1, 0) * (block - fx) + corner(1, 1) * fx
          let smooth = (top * (block - fy) + bottom * fy) / (block * block)
          let value = smooth + Int(noise >> (8 * UInt64(channel)) & 31) - 16
          pixels.append(UInt8(clamping: value))
        }
      }
    }
    return pixels
  }
}

/// What one layer takes.
package struct LayerTime: Sendable {
  package var name: String
  package var kernel: String
  package var shape: Shape
  package var products: Int
  package var milliseconds: Double

  /// Billions of multiply-accumulates a second.
  package var speed: Double { Double(products) / max(milliseconds, 1e-9) / 1e6 }
}

/// What many timings come to.
package struct LatencySummary: Hashable, Sendable {
  package var minimum: Double
  package var median: Double
  package var mean: Double

  /// - Precondition: there is at least one.
  package init(_ milliseconds: [Double]) {
    precondition(!milliseconds.isEmpty)
    let sorted = milliseconds.sorted()
    let middle = sorted.count / 2
    minimum = sorted[0]
    median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    mean = sorted.reduce(0, +) / Double(sorted.count)
  }
}
