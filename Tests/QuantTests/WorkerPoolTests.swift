import Glibc
import Quant
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
  @Test(arguments: [1, 2, 3, 8])
  func runsEveryIndexOnce(threads: Int) {
    let pool = WorkerPool(threads: threads)
    for count in [0, 1, 2, 7, 1_000] {
      var seen = [Int](repeating: 0, count: count)
      seen.withUnsafeMutableBufferPointer { seen in
        let seen = SendableBuffer(seen)
        pool.parallelFor(count) { index, worker in
          seen.buffer[index] += 1
          if !(0..<threads).contains(worker) { Issue.record("worker \(worker) of \(threads)") }
        }
      }
      #expect(seen.allSatisfy { $0 == 1 })
    }
  }

  @Test(arguments: [1, 2, 5])
  func barriersSeparateSteps(threads: Int) {
    let pool = WorkerPool(threads: threads)
    let done = Atomic<Int>(0)
    let early = Atomic<Int>(0)
    pool.run { _, team in
      for step in 0..<200 {
        while team.next(below: 3) != nil {
          if done.load(ordering: .relaxed) < step * 3 { early.add(1, ordering: .relaxed) }
          done.add(1, ordering: .relaxed)
        }
        team.synchronize()
      }
    }
    #expect(done.load(ordering: .relaxed) == 600)
    #expect(early.load(ordering: .relaxed) == 0)
  }

  @Test(arguments: [1, 2, 3, 5])
  func sharesAreTakenWhole(threads: Int) {
    let pool = WorkerPool(threads: threads)
    let counts = [1, 2, 3, 7, 64]
    let taken = (0..<64 * counts.count).map { _ in Counter() }
    let own = Atomic<Int>(0)
    pool.run { worker, team in
      for (step, count) in counts.enumerated() {
        var isFirst = true
        while let index = team.next(below: count, worker: worker) {
          taken[64 * step + index].value.add(1, ordering: .relaxed)
          // Nobody is done with 64 pieces before the others begin, so each begins with its own.
          if isFirst, count == 64, index == worker * count / threads { own.add(1, ordering: .relaxed) }
          isFirst = false
          if count == 64 { usleep(200) }
        }
        team.synchronize()
      }
    }
    for (step, count) in counts.enumerated() {
      let values = taken[64 * step..<64 * step + 64].map { $0.value.load(ordering: .relaxed) }
      #expect(values.prefix(count).allSatisfy { $0 == 1 } && values.dropFirst(count).allSatisfy { $0 == 0 })
    }
    #expect(own.load(ordering: .relaxed) >= 1)
  }

  private final class Counter: Sendable {
    let value = Atomic<Int>(0)
  }

  @Test func throwsTheErrorOfTheLowestIndex() {
    let pool = WorkerPool(threads: 3)
    #expect(throws: InputError(.malformed, "3", "")) {
      try pool.parallelFor(40) { index, _ in
        if index % 10 == 3 { throw InputError(.malformed, "\(index)", "") }
      }
    }
  }
}
