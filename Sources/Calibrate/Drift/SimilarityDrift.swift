import Quant

/// Two sets of embeddings of the same photos, seen through the cosines between photos within each set: what a search or a
/// grouping by similarity would notice.
public struct SimilarityDrift: Hashable, Sendable {
  /// Two photos' cosine in the reference set and in the other.
  public struct Pair: Hashable, Sendable {
    public var first: Int
    public var second: Int
    public var reference: Double
    public var cosine: Double
  }

  /// Of each photo the ten nearest others (fewer in a small set), best first.
  public var neighbours: [[Neighbour]]
  /// The same in the reference set.
  public var referenceNeighbours: [[Neighbour]]
  /// n · (n − 1) / 2 of n photos.
  public var pairCount: Int
  /// |cosine − reference| over all pairs; 0 without a pair.
  public var meanDifference: Double
  public var largestDifference: Double
  /// Pearson's, over all pairs; nil where one of the two does not vary.
  public var correlation: Double?
  /// All pairs, or an even selection of `pairLimit` of them, by first and second photo.
  public var pairs: [Pair]

  public static let neighbourLimit = 10
  public static let pairLimit = 5000

  /// The part of each photo's `count` nearest others (fewer in a small set) that both sets agree on, averaged; 1 for a
  /// single photo.
  public func recall(at count: Int) -> Double {
    let count = min(count, Self.neighbourLimit, neighbours.count - 1)
    guard count > 0 else { return 1 }
    var shared = 0
    for (own, reference) in zip(neighbours, referenceNeighbours) {
      let expected = Set(reference.prefix(count).map(\.index))
      shared += own.prefix(count).count { expected.contains($0.index) }
    }
    return Double(shared) / Double(count * neighbours.count)
  }
}

extension SimilarityDrift {
  /// - Precondition: as many rows in both, each set's of one length.
  init(_ rows: [[Float]], against reference: [[Float]], pool: WorkerPool?) {
    let (own, other) = (RowCosines(rows), RowCosines(reference))
    let blocks = (rows.count + Block.size - 1) / Block.size
    var results = [Block?](repeating: nil, count: blocks)
    results.withUnsafeMutableBufferPointer { results in
      let slots = SendableBuffer(results)
      pool.parallelFor(blocks) { index in
        let start = index * Block.size
        slots.buffer[index] = Block(start..<min(start + Block.size, rows.count), own, other)
      }
    }
    let done = results.compactMap(\.self)
    let sums = done.reduce(into: PairSums()) { $0.add($1.sums) }
    self.init(
      neighbours: done.flatMap(\.neighbours), referenceNeighbours: done.flatMap(\.referenceNeighbours),
      pairCount: sums.count, meanDifference: sums.meanDifference, largestDifference: sums.largestDifference,
      correlation: sums.correlation, pairs: done.flatMap(\.pairs))
  }

  /// What some photos' cosines with all others give.
  private struct Block: Sendable {
    /// Photos at a time: each other row is widened to Double once for all of them.
    static let size = 8

    var neighbours: [[Neighbour]] = []
    var referenceNeighbours: [[Neighbour]] = []
    var sums = PairSums()
    var pairs: [Pair] = []

    init(_ photos: Range<Int>, _ own: RowCosines, _ reference: RowCosines) {
      let count = own.rows.count
      let selection = PairSelection(photos: count)
      let (ownCosines, referenceCosines) = (own.cosines(of: photos), reference.cosines(of: photos))
      for (place, photo) in photos.enumerated() {
        let start = place * count
        neighbours.append(Self.nearest(to: photo, ownCosines[start..<start + count]))
        referenceNeighbours.append(Self.nearest(to: photo, referenceCosines[start..<start + count]))
        for second in photo + 1..<max(count, photo + 1) {
          let (cosine, expected) = (ownCosines[start + second], referenceCosines[start + second])
          sums.add(cosine, expected)
          guard selection.contains(photo, second) else { continue }
          pairs.append(Pair(first: photo, second: second, reference: expected, cosine: cosine))
        }
      }
    }

    private static func nearest(to photo: Int, _ cosines: ArraySlice<Double>) -> [Neighbour] {
      var nearest = NearestRows(limit: neighbourLimit)
      for (index, cosine) in cosines.enumerated() where index != photo { nearest.offer(index, cosine) }
      return nearest.rows
    }
  }
}

/// All pairs of some photos, or `SimilarityDrift.pairLimit` of them at even distances in the order (0, 1), (0, 2), …
private struct PairSelection {
  private let photos: Int
  private let total: Int

  init(photos: Int) {
    self.photos = photos
    total = photos * (photos - 1) / 2
  }

  func contains(_ first: Int, _ second: Int) -> Bool {
    guard total > SimilarityDrift.pairLimit else { return true }
    let place = first * (2 * photos - first - 1) / 2 + second - first - 1
    return place * SimilarityDrift.pairLimit % total < SimilarityDrift.pairLimit
  }
}

/// Sums over pairs of cosines.
private struct PairSums: Sendable {
  var count = 0
  var difference = 0.0
  var largestDifference = 0.0
  private var (x, y, xx, yy, xy) = (0.0, 0.0, 0.0, 0.0, 0.0)

  mutating func add(_ x: Double, _ y: Double) {
    count += 1
    difference += abs(x - y)
    largestDifference = max(largestDifference, abs(x - y))
    self.x += x
    self.y += y
    xx += x * x
    yy += y * y
    xy += x * y
  }

  mutating func add(_ other: PairSums) {
    count += other.count
    difference += other.difference
    largestDifference = max(largestDifference, other.largestDifference)
    x += other.x
    y += other.y
    xx += other.xx
    yy += other.yy
    xy += other.xy
  }

  var meanDifference: Double { count > 0 ? difference / Double(count) : 0 }

  var correlation: Double? {
    let n = Double(count)
    let (spreadX, spreadY) = (n * xx - x * x, n * yy - y * y)
    // What rounding leaves of equal numbers is no variation.
    guard spreadX > 1e-12 * n * xx, spreadY > 1e-12 * n * yy else { return nil }
    let both = n * xy - x * y
    return min(max(both / (spreadX.squareRoot() * spreadY.squareRoot()), -1), 1)
  }
}
