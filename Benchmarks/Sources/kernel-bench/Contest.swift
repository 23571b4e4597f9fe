import CPeak
import Glibc

/// One way of computing a workload.
struct Candidate {
  var kernel: String
  /// Whether the engine computes it so.
  var isChosen: Bool
  var run: () -> Void
}

/// Candidates that take turns, A B C A B C, so that what else the machine does disturbs all alike; their least times count.
struct Contest {
  struct Entrant {
    var candidate: Candidate
    /// Seconds of the fastest run, its data in the caches that hold it.
    var hot = Double.infinity
    /// The same after everything was dropped from the caches; nil where it was far behind before.
    var cold: Double?
  }

  /// What the engine's choice may take longer than the fastest.
  static let tolerance = 0.05

  private(set) var entrants: [Entrant]

  init(_ candidates: [Candidate]) { entrants = candidates.map { Entrant(candidate: $0) } }

  /// A choice that seems wrong is measured twice more.
  mutating func measure(seconds: Double) {
    measureHot(seconds: seconds)
    for _ in 0..<2 where choiceLags { measureHot(seconds: 2 * seconds) }
    measureCold(seconds: seconds)
  }

  private var fastest: Double { entrants.map(\.hot).min() ?? .infinity }

  private var choiceLags: Bool {
    entrants.contains { $0.candidate.isChosen && $0.hot > (1 + Self.tolerance) * fastest }
  }

  /// All at first, then the choice and what takes less than twice the least time.
  private var rivals: [Int] {
    let limit = 2 * fastest
    return entrants.indices.filter {
      entrants[$0].candidate.isChosen || entrants[$0].hot < limit || entrants[$0].hot == .infinity
    }
  }

  private mutating func measureHot(seconds: Double) {
    let end = Clock.seconds() + seconds
    var rounds = 0
    while rounds < 3 || Clock.seconds() < end {
      for index in rivals {
        entrants[index].hot = min(
          entrants[index].hot, Self.turn(entrants[index].candidate.run, giveUpAt: 4 * fastest))
      }
      rounds += 1
    }
  }

  /// The least time over a millisecond of runs, or of one run that takes longer. The first run warms up; one that takes
  /// `giveUpAt` is the last.
  private static func turn(_ run: () -> Void, giveUpAt limit: Double) -> Double {
    let once = Clock.time(run)
    if once > max(limit, 1e-3) { return once }
    // Short runs are timed several at once.
    let count = max(1, Int(20e-6 / max(once, 1e-9)))
    var (least, total) = (Double.infinity, 0.0)
    repeat {
      let time = Clock.time { for _ in 0..<count { run() } }
      least = min(least, time / Double(count))
      total += time
    } while total < 1e-3
    return least
  }

  private mutating func measureCold(seconds: Double) {
    let rivals = rivals
    let end = Clock.seconds() + seconds
    var rounds = 0
    while rounds < 3 || Clock.seconds() < end {
      for index in rivals {
        guard peak_flush_writable_memory() else { return }
        let time = Clock.time(entrants[index].candidate.run)
        entrants[index].cold = min(entrants[index].cold ?? .infinity, time)
      }
      rounds += 1
    }
  }
}

enum Clock {
  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  static func time(_ body: () -> Void) -> Double {
    let start = seconds()
    body()
    return seconds() - start
  }
}
