import Calibrate
import Quant
import TestSupport
import Testing

@Suite struct SimilarityDriftTests {
  /// Points on a circle by their angles in degrees, of any length.
  private static func circle(_ degrees: [Float]) -> [[Float]] {
    // cos and sin of multiples of 15° would need libm: a rational circle has the same order of angles.
    degrees.map { degree in
      let t = degree / 200
      return [1 - t * t, 2 * t]
    }
  }

  private static func random(_ count: Int, columns: Int, seed: UInt64) -> [[Float]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in (0..<columns).map { _ in generator.float(in: -1...1) } }
  }

  /// Three photos side by side, three on the far side. In the other set one has moved across.
  @Test func recallIsWhatCountingByHandGives() throws {
    let reference = Self.circle([0, 2, 5, 90, 93, 99])
    let moved = Self.circle([0, 2, 88, 90, 93, 99])
    let drift = try EmbeddingDrift(moved, against: reference)
    // Nearest, reference: 1 0 1 4 3 4; moved: 1 0 3 2 3 4.
    #expect(drift.recallAt1 == 4.0 / 6)
    // Of five others all five are among the five nearest.
    #expect(drift.recallAt5 == 1 && drift.recallAt10 == 1)
    let similarities = drift.similarities
    #expect(similarities.referenceNeighbours[0].map(\.index) == [1, 2, 3, 4, 5])
    #expect(similarities.neighbours[2].map(\.index) == [3, 4, 5, 1, 0])
    // Two nearest. Reference: {1,2} {0,2} {1,0} {4,5} {3,5} {4,3}; moved: {1,2} {0,2} {3,4} {2,4} {3,2} {4,3}.
    #expect(similarities.recall(at: 2) == 8.0 / 12)
  }

  @Test func recallFallsByWhatIsAskedFor() throws {
    let reference = Self.random(60, columns: 16, seed: 4)
    var other = SeededGenerator(seed: 5)
    let noisy = reference.map { row in row.map { $0 + other.float(in: -0.4...0.4) } }
    let drift = try EmbeddingDrift(noisy, against: reference)
    for (count, recall) in [(1, drift.recallAt1), (5, drift.recallAt5), (10, drift.recallAt10)] {
      var shared = 0
      for query in reference.indices {
        let expected = Set(Self.plainNearest(query, reference).prefix(count))
        shared += Self.plainNearest(query, noisy).prefix(count).count { expected.contains($0) }
      }
      #expect(recall == Double(shared) / Double(60 * count))
    }
    #expect(drift.recallAt1 < 1 && drift.recallAt10 > 0.4)
  }

  private static func plainNearest(_ query: Int, _ rows: [[Float]]) -> [Int] {
    let cosines = rows.map { Cosine.similarity(rows[query], $0) }
    return rows.indices.filter { $0 != query }.sorted { (-cosines[$0], $0) < (-cosines[$1], $1) }
  }

  @Test func equalPhotosStandInTheirOrder() throws {
    let rows: [[Float]] = [[1, 0], [0, 1], [0, 2], [0, 1], [1, 1]]
    #expect(Cosine.nearest(to: 4, in: rows, count: 4) == [0, 1, 2, 3])
    #expect(Cosine.nearest(to: 1, in: rows, count: 2) == [2, 3])
  }

  @Test func aZeroVectorIsLikeNothing() throws {
    let rows: [[Float]] = [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    let drift = try EmbeddingDrift(rows, against: rows)
    #expect(drift.cosines[0] == 0 && drift.recallAt10 == 1)
    #expect(drift.similarities.pairs.map(\.cosine).prefix(2) == [0, 0])
  }

  @Test func pairsHaveTheFiguresOfAPlainComputation() throws {
    let rows = Self.random(30, columns: 9, seed: 7)
    let reference = Self.random(30, columns: 11, seed: 8)
    #expect(throws: InputError.self) { try EmbeddingDrift(rows, against: reference) }
    let other = Self.random(30, columns: 9, seed: 8)
    let similarities = try EmbeddingDrift(rows, against: other).similarities
    #expect(similarities.pairCount == 435 && similarities.pairs.count == 435)
    var (difference, largest) = (0.0, 0.0)
    for pair in similarities.pairs {
      #expect(abs(pair.cosine - Cosine.similarity(rows[pair.first], rows[pair.second])) < 1e-12)
      #expect(abs(pair.reference - Cosine.similarity(other[pair.first], other[pair.second])) < 1e-12)
      difference += abs(pair.cosine - pair.reference)
      largest = max(largest, abs(pair.cosine - pair.reference))
    }
    #expect(abs(similarities.meanDifference - difference / 435) < 1e-12)
    #expect(similarities.largestDifference == largest)
    #expect(abs(try #require(similarities.correlation)) < 0.3)
    let same = try EmbeddingDrift(rows, against: rows).similarities
    #expect(abs(try #require(same.correlation) - 1) < 1e-12 && same.largestDifference == 0)
  }

  /// 150 photos have 11 175 pairs: 5000 of them stand for all.
  @Test func manyPairsAreSelectedEvenlyAndCountedAll() throws {
    let rows = Self.random(150, columns: 8, seed: 1)
    let similarities = try EmbeddingDrift(rows, against: Self.random(150, columns: 8, seed: 2)).similarities
    #expect(similarities.pairCount == 11_175 && similarities.pairs.count == SimilarityDrift.pairLimit)
    let first = similarities.pairs.map(\.first)
    #expect(first == first.sorted() && first.first == 0 && (first.last ?? 0) > 140)
    // Photo 0 has 149 pairs, of which 5000 / 11 175 are 66.7.
    #expect((66...67).contains(first.count { $0 == 0 }))
  }

  @Test func threadsDoNotMatter() throws {
    let (rows, reference) = (Self.random(70, columns: 33, seed: 1), Self.random(70, columns: 33, seed: 2))
    let alone = try EmbeddingDrift(rows, against: reference)
    #expect(try EmbeddingDrift(rows, against: reference, pool: WorkerPool(threads: 3)) == alone)
  }
}
