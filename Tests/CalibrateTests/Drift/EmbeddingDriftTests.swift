import Calibrate
import Quant
import TestSupport
import Testing

@Suite struct EmbeddingDriftTests {
  private static func rows(_ count: Int, seed: UInt64, noise: Float = 0) -> [[Float]] {
    var generator = SeededGenerator(seed: seed)
    var other = SeededGenerator(seed: seed + 1)
    return (0..<count).map { _ in
      (0..<24).map { _ in generator.float(in: -1...1) + noise * other.float(in: -1...1) }
    }
  }

  @Test func equalEmbeddingsDoNotDrift() throws {
    let rows = Self.rows(20, seed: 1)
    let drift = try EmbeddingDrift(rows, against: rows, logits: rows, referenceLogits: rows)
    #expect(abs(drift.meanCosine - 1) < 1e-12 && abs(drift.minimumCosine - 1) < 1e-12)
    #expect(drift.recallAt10 == 1 && drift.top1Agreement == 1)
  }

  @Test func figuresAreWhatTheySay() throws {
    let rows: [[Float]] = [[1, 0], [0, 1], [1, 1]]
    let other: [[Float]] = [[1, 0], [0, 2], [1, 0]]
    let drift = try EmbeddingDrift(
      rows, against: other, logits: rows, referenceLogits: [[1, 0], [1, 0], [1, 0]])
    let last = 0.5.squareRoot()
    #expect(abs(drift.meanCosine - (2 + last) / 3) < 1e-12)
    #expect(abs(drift.minimumCosine - last) < 1e-12 && drift.worstPhoto == 2)
    #expect(
      abs(drift.firstPercentileCosine - (last + 0.02 * (1 - last))) < 1e-12, "numpy's linear interpolation")
    #expect(drift.top1Agreement == 2.0 / 3, "ties go to the first logit")
  }

  @Test func recallCountsSharedNeighboursAndLeavesTheQueryOut() throws {
    // Twelve points on a circle; the other set turns the last one to the far side.
    let rows: [[Float]] = [[1, 0], [0.9, 0.1], [0.8, 0.2], [0, 1], [0.1, 0.9], [0.2, 0.8]]
    #expect(Cosine.nearest(to: 0, in: rows, count: 2) == [1, 2])
    #expect(Cosine.nearest(to: 3, in: rows, count: 5) == [4, 5, 2, 1, 0])
    let drift = try EmbeddingDrift(Self.rows(40, seed: 3, noise: 0.5), against: Self.rows(40, seed: 3))
    #expect(drift.recallAt10 > 0.4 && drift.recallAt10 < 0.95)
  }

  @Test func refusesWhatDoesNotBelongTogether() {
    let rows = Self.rows(3, seed: 1)
    #expect(throws: InputError.self) { try EmbeddingDrift(rows, against: Self.rows(4, seed: 1)) }
    #expect(throws: InputError.self) { try EmbeddingDrift([[1]], against: [[1, 2]]) }
    #expect(throws: InputError.self) { try EmbeddingDrift([], against: []) }
  }
}
