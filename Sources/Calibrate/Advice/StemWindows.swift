import Quant

/// Means and covariances of what the first convolution reads, in bytes: from them follow the mean and variance of its sums
/// for any scaling and order of the channels, without running it again.
struct StemWindows: Sendable {
  /// The mean of each byte of a window, photo by photo: `[photo][ky][kx][R, G, B]`.
  let photoMeans: [[Double]]
  /// Of the bytes of all photos' windows.
  let mean: [Double]
  /// `[terms][terms]`, over all photos' windows.
  let covariance: [Double]

  /// Windows a photo, along each side.
  private static let side = 14
  /// Evenly spread among more.
  private static let photoLimit = 256

  /// nil when a window does not fit into the picture.
  ///
  /// - Throws: `InputError` when a photo cannot be read.
  init?(_ photos: Photos, size: Size2D, of stem: FirstNormalization, pool: WorkerPool) throws {
    let rows = Self.starts(size.height, kernel: stem.kernel.height)
    let columns = Self.starts(size.width, kernel: stem.kernel.width)
    guard photos.count > 0, !rows.isEmpty, !columns.isEmpty else { return nil }
    let count = min(photos.count, Self.photoLimit)
    let results = pool.mapInParallel(count) { index in
      Result { () throws -> PhotoSums in
        let pixels = try photos.pixels(index * photos.count / count)
        guard pixels.count == size.height * size.width * 3 else {
          throw InputError(.mismatch, "pixels", "there are \(pixels.count) bytes for an input of \(size)")
        }
        var sums = PhotoSums(terms: stem.terms)
        for row in rows {
          for column in columns { sums.add(pixels, row: row, column: column, width: size.width, stem.kernel) }
        }
        return sums
      }
    }
    let sums = try results.map { try $0.get() }
    let windows = Double(rows.count * columns.count)
    let means = sums.map { $0.sums.map { Double($0) / windows } }
    let mean = (0..<stem.terms).map { term in
      let sum = means.reduce(0.0) { $0 + $1[term] }
      return sum / Double(count)
    }
    // Sums of whole numbers below 2⁵³: exact in any order.
    var products = [Double](repeating: 0, count: stem.terms * stem.terms)
    for photo in sums {
      for (index, product) in photo.products.enumerated() { products[index] += Double(product) }
    }
    covariance = products.indices.map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: stem.terms)
      let product = mean[row] * mean[column]
      return products[index] / (windows * Double(count)) - product
    }
    photoMeans = means
    self.mean = mean
  }

  /// Window starts spread over a side, all inside the picture: padding would be a value of its own.
  private static func starts(_ side: Int, kernel: Int) -> [Int] {
    guard side >= kernel else { return [] }
    let count = min(Self.side, side - kernel + 1)
    return (0..<count).map { (2 * $0 + 1) * (side - kernel) / (2 * count) }
  }
}

/// One photo's sums over its windows.
private struct PhotoSums: Sendable {
  var sums: [UInt32]
  /// `[terms][terms]`; at most 14² · 255² < 2³².
  var products: [UInt32]
  private var window: [UInt32]

  init(terms: Int) {
    sums = Array(repeating: 0, count: terms)
    products = Array(repeating: 0, count: terms * terms)
    window = sums
  }

  mutating func add(_ pixels: [UInt8], row: Int, column: Int, width: Int, _ kernel: Size2D) {
    let bytes = kernel.width * 3
    for ky in 0..<kernel.height {
      let start = ((row + ky) * width + column) * 3
      for index in 0..<bytes { window[ky * bytes + index] = UInt32(pixels[start + index]) }
    }
    let terms = window.count
    for (index, value) in window.enumerated() {
      sums[index] += value
      for other in 0..<terms { products[index * terms + other] &+= value &* window[other] }
    }
  }
}
