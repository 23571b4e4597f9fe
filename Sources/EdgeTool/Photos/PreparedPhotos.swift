import Calibrate
import ImageDecode
import ImagePrepare
import Quant

/// Photos that were read once and found good, for work that goes through them more than once.
///
/// Prepared pixels stay in memory up to a limit; photos beyond it are read again each time.
package struct PreparedPhotos: Sendable {
  package let paths: [FilePath]
  /// Of the photos left out, in order.
  package let failures: [InputError]
  package let photos: Photos
  /// The same photos and random variants of them, to calibrate on; without variants the photos themselves.
  package let widened: Photos
  /// Of each photo.
  package let variantCount: Int

  package static let byteLimit = 384 << 20

  /// - Parameters:
  ///   - variantCount: random variants of each photo in `widened`.
  ///   - progress: called from any thread with the part that is done.
  package init(
    _ candidates: [FilePath], recipe: Recipe, decoding: PhotoDecoding = .full, variantCount: Int = 0,
    pool: WorkerPool,
    byteLimit: Int = PreparedPhotos.byteLimit,
    progress: @Sendable (Double) -> Void = { _ in }
  ) {
    let reader = PhotoReader(recipe: recipe, decoding: decoding)
    let pixelByteCount = max(1, recipe.inputSize.height * recipe.inputSize.width * 3)
    let keptCount = byteLimit / pixelByteCount
    let buffers = WorkerBuffers(count: pool.threads)
    let results = pool.mapInParallel(candidates.count, progress: progress) { index, worker in
      Result { () throws -> [UInt8]? in
        let pixels = try reader.pixels(candidates[index], buffer: buffers.all[worker])
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
    let photos = Photos(count: kept.count) { index in
      try kept[index].pixels ?? reader.pixels(kept[index].path)
    }
    self.photos = photos
    self.variantCount = variantCount
    let order = WidenedOrder(photos: kept.count, variants: variantCount)
    widened = Photos(count: order.count) { index in
      let (photo, variant) = order[index]
      if variant == 0 { return try photos.pixels(photo) }
      let seed = UInt64(photo) << 32 | UInt64(variant)
      return try reader.pixels(kept[photo].path, variant: RandomVariant(seed: seed))
    }
  }
}

/// One buffer a worker: a worker uses its own only.
private struct WorkerBuffers: @unchecked Sendable {
  let all: [PixelBuffer]

  init(count: Int) { all = (0..<count).map { _ in PixelBuffer() } }
}

/// Photos and their variants in one row, so that a photo and its variants all stand at even or all at odd places: whoever
/// sets something by half of them and judges it by the other half never judges by a variant of what it was set by.
package struct WidenedOrder {
  package let photos: Int
  package let variants: Int

  package init(photos: Int, variants: Int) {
    self.photos = photos
    self.variants = variants
  }

  /// The last of an odd number of photos has no variants.
  package var count: Int { photos / 2 * 2 * (1 + variants) + photos % 2 }

  /// Variant 0 is the photo itself.
  package subscript(index: Int) -> (photo: Int, variant: Int) {
    let (pair, place) = index.quotientAndRemainder(dividingBy: 2 * (1 + variants))
    return (pair * 2 + place % 2, place / 2)
  }
}

extension InputError {
  /// Any error as one about `file`.
  package init(_ error: any Error, file: FilePath) {
    self = error as? InputError ?? InputError(.unreadable, file.text, "\(error)")
  }
}
