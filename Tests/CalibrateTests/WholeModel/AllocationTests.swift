import AllocationCounter
import Calibrate
import Int8Kernels
import Quant
import Testing

/// A run of the engine takes no memory from the heap, on any worker.
@Suite struct AllocationTests {
  @Test func seesAllocations() {
    let before = allocation_count()
    let array = [Int](unsafeUninitializedCapacity: 1000) { $1 = 1000 }
    #expect(array.count == 1000)
    #expect(allocation_count() > before)
  }

  @Test(arguments: [1, 2, 3])
  func runAllocatesNothing(threads: Int) throws {
    let model = try WholeModelTests.quantized(threads: 1).1
    let pixels = try (0..<2).flatMap { try TinyNetwork.photos().pixels($0) }
    for kernels in KernelSet.available {
      let pool = WorkerPool(threads: threads)
      let session = try Engine(model: model, kernels: kernels, pool: pool).makeSession(batch: 2)
      func counts() -> [Int] {
        var counts = [Int](repeating: 0, count: threads)
        counts.withUnsafeMutableBufferPointer { buffer in
          let counts = Counts(start: buffer.baseAddress)
          pool.run { worker, _ in counts.start?[worker] = allocation_count() }
        }
        return counts
      }
      func allocations(runs: Int) -> [Int] {
        let before = counts()
        pixels.withUnsafeBufferPointer { pixels in
          for _ in 0..<runs { session.run(pixels, count: 2) }
        }
        return zip(counts(), before).map { $0 - $1 }
      }
      // Counting itself allocates; as much however often the engine runs between.
      _ = allocations(runs: 1)
      let none = allocations(runs: 0)
      #expect(allocations(runs: 5) == none, "\(kernels)")
    }
  }

  private struct Counts: @unchecked Sendable {
    let start: UnsafeMutablePointer<Int>?
  }
}
