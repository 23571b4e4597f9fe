import Glibc
import Int8Kernels
import Synchronization

/// A fixed set of threads that run one piece of work together.
///
/// The caller is worker 0; `threads − 1` pthreads sleep between calls. Inside a call, workers meet at spinning barriers
/// (`WorkerTeam.synchronize`), which cost well under a microsecond where a sleeping one costs ten.
///
/// Calls from several threads wait for each other. Every worker runs with the default floating-point environment.
public final class WorkerPool: @unchecked Sendable {
  public let threads: Int
  private let team: WorkerTeam
  private let calls = Lock()
  private let wake = Lock()
  private let condition = Condition()
  private var handles: [pthread_t] = []
  /// What to run, set while `generation` is raised; guarded by `wake`.
  private var work: (any TeamWork)?
  private var generation = 0
  private var isStopping = false
  private let active = Atomic<Int>(0)

  /// The largest number of threads that `init` accepts.
  public static let limit = 64

  /// - Parameter threads: clamped to 1…`limit`.
  public init(threads: Int) {
    let threads = min(max(threads, 1), Self.limit)
    self.threads = threads
    team = WorkerTeam(workers: threads)
    for index in 1..<max(threads, 1) {
      let start = Unmanaged.passRetained(WorkerStart(pool: self, index: index))
      var handle = pthread_t()
      let status = pthread_create(
        &handle, nil,
        { argument in
          guard let argument else { return nil }
          let start = Unmanaged<WorkerStart>.fromOpaque(argument).takeRetainedValue()
          start.enter()
          return nil
        }, start.toOpaque())
      if status == 0 { handles.append(handle) } else { start.release() }
    }
    team.workers = handles.count + 1
  }

  deinit {
    wake.withLock {
      isStopping = true
      condition.broadcast()
    }
    for handle in handles { pthread_join(handle, nil) }
  }

  /// Runs `work` once on every worker, and returns when all have returned. Allocates nothing.
  ///
  /// - Parameter ownTeam: a caller's team of one. With it, calls of a one-thread pool from several threads do not wait
  ///   for each other: sessions of one engine run side by side.
  package func run(_ work: some TeamWork, ownTeam: WorkerTeam? = nil) {
    if let ownTeam, handles.isEmpty {
      ownTeam.reset()
      return FloatingPointEnvironment.withDefault { work.run(worker: 0, team: ownTeam) }
    }
    calls.withLock {
      team.reset()
      guard !handles.isEmpty else {
        return FloatingPointEnvironment.withDefault { work.run(worker: 0, team: team) }
      }
      active.store(handles.count, ordering: .relaxed)
      wake.withLock {
        self.work = work
        generation += 1
        condition.broadcast()
      }
      FloatingPointEnvironment.withDefault { work.run(worker: 0, team: team) }
      var spins = 0
      while active.load(ordering: .acquiring) > 0 { WorkerTeam.pause(&spins) }
      wake.withLock { self.work = nil }
    }
  }

  /// As `run`, for a closure.
  package func run(_ body: (_ worker: Int, _ team: WorkerTeam) -> Void) {
    withoutActuallyEscaping(body) { run(ClosureWork($0)) }
  }

  private final class ClosureWork: TeamWork {
    private let body: (Int, WorkerTeam) -> Void

    init(_ body: @escaping (Int, WorkerTeam) -> Void) { self.body = body }

    func run(worker: Int, team: WorkerTeam) { body(worker, team) }
  }

  /// Runs `body(index, worker)` for every index; workers take indices as they come.
  public func parallelFor(_ count: Int, _ body: (_ index: Int, _ worker: Int) -> Void) {
    run { worker, team in
      while let index = team.next(below: count) { body(index, worker) }
    }
  }

  /// As `parallelFor`; the error of the lowest failing index is thrown after all have run.
  public func parallelFor(_ count: Int, throwing body: (_ index: Int, _ worker: Int) throws -> Void) throws {
    let failure = Mutex<(index: Int, error: any Error)?>(nil)
    parallelFor(count) { index, worker in
      do {
        try body(index, worker)
      } catch {
        failure.withLock { if index < $0?.index ?? .max { $0 = (index, error) } }
      }
    }
    if let error = failure.withLock({ $0?.error }) { throw error }
  }

  fileprivate func workerLoop(_ index: Int) {
    FloatingPointEnvironment.setDefault()
    var seen = 0
    while runNext(index, seen: &seen) {
      active.subtract(1, ordering: .acquiringAndReleasing)
    }
  }

  /// Waits for the next piece of work and runs it; false when the pool stops.
  ///
  /// A function of its own, never inlined: the caller of `run` checks that nobody holds its closure once `active` is 0,
  /// so this thread's reference must be gone before the count is.
  @inline(never)
  private func runNext(_ index: Int, seen: inout Int) -> Bool {
    let work: (any TeamWork)? = wake.withLock {
      while generation == seen && !isStopping { condition.wait(wake) }
      seen = generation
      return isStopping ? nil : self.work
    }
    guard let work else { return false }
    work.run(worker: index, team: team)
    return true
  }

  /// The pool is not retained by its threads: `deinit` joins them.
  private final class WorkerStart: @unchecked Sendable {
    unowned(unsafe) let pool: WorkerPool
    let index: Int

    init(pool: WorkerPool, index: Int) {
      self.pool = pool
      self.index = index
    }

    func enter() { pool.workerLoop(index) }
  }
}

/// What all workers of a pool do together, with barriers by their team.
package protocol TeamWork: AnyObject {
  func run(worker: Int, team: WorkerTeam)
}

/// The workers of one call: who takes which piece, and where they wait for each other.
package final class WorkerTeam: @unchecked Sendable {
  fileprivate(set) var workers: Int
  private let nextIndex = Atomic<Int>(0)
  private let arrived = Atomic<Int>(0)
  private let phase = Atomic<Int>(0)
  private let shares: UnsafeMutablePointer<Share>
  private let shareCount: Int

  /// How many pieces of one worker's share are taken; a cache line of its own.
  private struct Share: ~Copyable {
    let taken = Atomic<Int>(0)
    let padding: (Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0)
  }

  package init(workers: Int) {
    self.workers = workers
    shareCount = workers
    shares = .allocate(capacity: workers)
    for worker in 0..<workers { (shares + worker).initialize(to: Share()) }
  }

  deinit {
    shares.deinitialize(count: shareCount)
    shares.deallocate()
  }

  fileprivate func reset() {
    nextIndex.store(0, ordering: .relaxed)
    for worker in 0..<workers { shares[worker].taken.store(0, ordering: .relaxed) }
  }

  /// The next piece of work that nobody has taken, or nil when all `count` are.
  @inline(__always)
  package func next(below count: Int) -> Int? {
    let index = nextIndex.wrappingAdd(1, ordering: .relaxed).oldValue
    return index < count ? index : nil
  }

  /// The next piece for `worker`: of its own share, `count` pieces being divided evenly and in order, then of the others'.
  ///
  /// Neighbouring pieces read and write neighbouring parts of a map, so that a worker finds most of what it reads in its
  /// own cache; a slower core loses pieces to the others.
  @inline(__always)
  package func next(below count: Int, worker: Int) -> Int? {
    guard workers > 1 else { return next(below: count) }
    for step in 0..<workers {
      let owner = worker + step < workers ? worker + step : worker + step - workers
      let (first, end) = (owner * count / workers, (owner + 1) * count / workers)
      guard shares[owner].taken.load(ordering: .relaxed) < end - first else { continue }
      let index = first + shares[owner].taken.wrappingAdd(1, ordering: .relaxed).oldValue
      if index < end { return index }
    }
    return nil
  }

  /// Waits until every worker has arrived; then pieces are counted from 0 again.
  package func synchronize() {
    if arrivesLast() { release() }
  }

  /// Waits until every worker has arrived. True for the last one, for which the others go on waiting until it calls `release`.
  package func arrivesLast() -> Bool {
    guard workers > 1 else { return true }
    let current = phase.load(ordering: .relaxed)
    if arrived.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue == workers { return true }
    var spins = 0
    while phase.load(ordering: .acquiring) == current { Self.pause(&spins) }
    return false
  }

  /// Lets the others go on; pieces are counted from 0 again.
  package func release() {
    reset()
    guard workers > 1 else { return }
    arrived.store(0, ordering: .relaxed)
    phase.wrappingAdd(1, ordering: .releasing)
  }

  /// Spins a while, then lets others run: there may be more threads than free cores.
  @inline(__always)
  fileprivate static func pause(_ spins: inout Int) {
    spins += 1
    if spins > 4096 { sched_yield() }
  }
}

private final class Lock: @unchecked Sendable {
  fileprivate let handle: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    handle = .allocate(capacity: 1)
    pthread_mutex_init(handle, nil)
  }

  deinit {
    pthread_mutex_destroy(handle)
    handle.deallocate()
  }

  func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
    pthread_mutex_lock(handle)
    defer { pthread_mutex_unlock(handle) }
    return try body()
  }
}

private final class Condition: @unchecked Sendable {
  private let handle: UnsafeMutablePointer<pthread_cond_t>

  init() {
    handle = .allocate(capacity: 1)
    pthread_cond_init(handle, nil)
  }

  deinit {
    pthread_cond_destroy(handle)
    handle.deallocate()
  }

  func wait(_ lock: Lock) { pthread_cond_wait(handle, lock.handle) }

  func broadcast() { pthread_cond_broadcast(handle) }
}
