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
    pool.run { worker, team in
      for (step, count) in counts.enumerated() {
        while let index = team.next(below: count, worker: worker) {
          taken[64 * step + index].value.add(1, ordering: .relaxed)
        }
        team.synchronize()
      }
    }
    for (step, count) in counts.enumerated() {
      let values = taken[64 * step..<64 * step + 64].map { $0.value.load(ordering: .relaxed) }
      #expect(values.prefix(count).allSatisfy { $0 == 1 } && values.dropFirst(count).allSatisfy { $0 == 0 })
    }
  }

  @Test func aWorkerBeginsWithItsOwnShare() {
    let team = WorkerTeam(workers: 3)
    var pieces: [Int] = []
    while let piece = team.next(below: 7, worker: 1) { pieces.append(piece) }
    #expect(pieces == [2, 3, 4, 5, 6, 0, 1])
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
