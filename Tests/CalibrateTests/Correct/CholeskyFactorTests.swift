import Calibrate
import Quant
import TestSupport
import Testing

@Suite struct CholeskyFactorTests {
  /// Bᵀ · B of random B, `[row][column]`.
  private static func definite(size: Int, seed: UInt64) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    let b = (0..<size * size).map { _ in Double(generator.float(in: -1...1)) }
    var result = [Double](repeating: 0, count: size * size)
    for i in 0..<size {
      for j in 0..<size {
        for k in 0..<size { result[i * size + j] += b[k * size + i] * b[k * size + j] }
      }
      result[i * size + i] += 0.5
    }
    return result
  }

  private static func rows(_ factor: CholeskyFactor) -> [[Double]] {
    factor.withElements { elements in
      (0..<factor.size).map { row in Array(elements[row * factor.size...row * factor.size + row]) }
    }
  }

  @Test(arguments: [1, 2, 47, 48, 49, 120])
  func productIsTheMatrix(size: Int) throws {
    let matrix = Self.definite(size: size, seed: UInt64(size))
    let rows = Self.rows(try #require(CholeskyFactor(matrix, size: size, pool: nil)))
    for i in 0..<size {
      for j in 0...i {
        let product = zip(rows[i], rows[j]).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(product - matrix[i * size + j]) < 1e-10 * Double(size))
      }
    }
  }

  @Test func bitsDependOnNeitherThreadsNorKernels() throws {
    let matrix = Self.definite(size: 331, seed: 5)
    let alone = try #require(CholeskyFactor(matrix, size: 331, pool: nil, kernels: .scalar))
    for kernels in FloatKernelSet.supported {
      let together = try #require(
        CholeskyFactor(matrix, size: 331, pool: WorkerPool(threads: 3), kernels: kernels))
      #expect(Self.rows(alone) == Self.rows(together), "\(kernels)")
    }
  }

  @Test func refusesWhatIsNotDefinite() {
    #expect(CholeskyFactor([1, 0, 2, 1], size: 2, pool: nil) == nil)
    #expect(CholeskyFactor([0], size: 1, pool: nil) == nil)
    #expect(CholeskyFactor([.nan], size: 1, pool: nil) == nil)
  }
}
