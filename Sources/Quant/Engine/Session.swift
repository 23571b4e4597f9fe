import Glibc
import Int8Kernels

/// The memory of one caller of an engine: run pictures through it, then read the outputs. Use it from one thread at a time.
public final class Session {
  public let engine: Engine
  public let batch: Int
  private let arena: AlignedMemory
  private let scratch: AlignedMemory
  private let ownTeam = WorkerTeam(workers: 1)
  /// For each step, image after image: the pointers to its inputs.
  private let inputPointers: UnsafeMutablePointer<UnsafeRawPointer>
  private let steps: [BoundStep]
  private let pixelPointers: UnsafeMutablePointer<UnsafeRawPointer>
  private let inputStep: BoundStep
  /// Pictures that are standardized one by one.
  private let standardized: AlignedMemory?
  /// Where worker 0 notes when each layer begins, while layers are timed.
  private var clock: UnsafeMutablePointer<Int>?
  /// Pictures of the run under way.
  private var count = 0

  private struct BoundStep {
    let layer: any LayerKernel
    let tileCount: Int
    let inputs: UnsafePointer<UnsafeRawPointer>
    let inputCount: Int
    let output: UnsafeMutableRawPointer
  }

  init(engine: Engine, batch: Int) {
    self.engine = engine
    self.batch = batch
    let plan = engine.plan
    arena = AlignedMemory(byteCount: plan.arenaByteCount * batch + LayerBuffers.slackByteCount)
    scratch = AlignedMemory(
      byteCount: plan.scratchByteCount * engine.pool.threads + LayerBuffers.slackByteCount)
    pixelPointers = .allocate(capacity: batch)
    standardized =
      engine.recipe.standardization == .image
      ? AlignedMemory(byteCount: batch * engine.inputByteCount + LayerBuffers.slackByteCount) : nil
    let pointerCount = plan.steps.reduce(0) { $0 + $1.inputOffsets.count }
    inputPointers = .allocate(capacity: max(pointerCount * batch, 1))
    var position = inputPointers
    var steps: [BoundStep] = []
    for step in plan.steps {
      steps.append(
        BoundStep(
          layer: step.layer, tileCount: step.layer.tileCount, inputs: position,
          inputCount: step.inputOffsets.count,
          output: arena.start + step.outputOffset))
      for image in 0..<batch {
        for offset in step.inputOffsets {
          position.initialize(to: UnsafeRawPointer(arena.start + image * plan.arenaByteCount + offset))
          position += 1
        }
      }
    }
    self.steps = steps
    inputStep = BoundStep(
      layer: plan.inputLayer, tileCount: plan.inputLayer.tileCount, inputs: pixelPointers, inputCount: 1,
      output: arena.start + plan.offsets[0])
  }

  deinit {
    inputPointers.deallocate()
    pixelPointers.deallocate()
  }

  /// Runs `count` pictures that stand one after the other in `pixels`: RGB bytes as the recipe prepares them.
  ///
  /// Allocates nothing.
  /// - Precondition: `1 <= count <= batch` and `pixels.count == count · engine.inputByteCount`.
  public func run(_ pixels: UnsafeBufferPointer<UInt8>, count: Int = 1) {
    precondition((1...batch).contains(count) && pixels.count == count * engine.inputByteCount)
    guard let start = pixels.baseAddress else { return }
    for image in 0..<count {
      (pixelPointers + image).initialize(to: prepared(start + image * engine.inputByteCount, image: image))
    }
    self.count = count
    engine.pool.run(self, ownTeam: ownTeam)
  }

  /// The picture as the input layer reads it.
  private func prepared(_ start: UnsafePointer<UInt8>, image: Int) -> UnsafeRawPointer {
    guard let standardized else { return UnsafeRawPointer(start) }
    let pixels = UnsafeBufferPointer(start: start, count: engine.inputByteCount)
    let standardization = ImageStandardization(pixels)
    let target = standardized.start.assumingMemoryBound(to: UInt8.self) + image * pixels.count
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 256) { table in
      for byte in 0..<256 { table[byte] = standardization.standardized(UInt8(byte)) }
      for index in pixels.indices { target[index] = table[Int(pixels[index])] }
    }
    return UnsafeRawPointer(target)
  }

  @inline(__always)
  private func run(_ step: BoundStep, worker: Int, team: WorkerTeam, scratch: UnsafeMutableRawPointer) {
    while let piece = team.next(below: step.tileCount * count, worker: worker) {
      run(step, piece: piece, scratch: scratch)
    }
  }

  @inline(__always)
  private func run(_ step: BoundStep, piece: Int, scratch: UnsafeMutableRawPointer) {
    let (image, tile) = piece.quotientAndRemainder(dividingBy: step.tileCount)
    step.layer.run(
      tile: tile,
      LayerBuffers(
        inputs: step.inputs + image * step.inputCount,
        output: step.output + image * engine.plan.arenaByteCount, scratch: scratch))
  }

  /// Runs one picture and returns the named vector.
  ///
  /// - Throws: `InputError` when the model has no such output or the pixels are not of its size.
  public func run(_ pixels: [UInt8], output name: String = "embedding") throws -> [Float] {
    guard pixels.count == engine.inputByteCount else {
      throw InputError(
        .mismatch, "", "\(pixels.count) bytes of pixels, the model takes \(engine.inputByteCount)")
    }
    pixels.withUnsafeBufferPointer { run($0) }
    return try output(name)
  }

  /// The named vector of picture `image` of the last run.
  public func output(_ name: String = "embedding", image: Int = 0) throws -> [Float] {
    guard let value = engine.graph.output(named: name), !engine.graph.shapes[value].isMap else {
      let names = engine.graph.outputs.map(\.name).joined(separator: ", ")
      throw InputError(.usage, name, "the model has no such output", remedy: "it has \(names)")
    }
    return withBytes(of: value, image: image) { Array($0.bindMemory(to: Float.self)) }
  }

  /// The bytes of any value of the last run, of its first image. What kernels read past a value's end is there too.
  ///
  /// - Precondition: the engine retains values.
  package func withRetainedBytes<Result>(
    of value: ValueID, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    precondition(engine.plan.retainsValues)
    return try withBytes(of: value, image: 0, body)
  }

  /// The bytes of a graph's output; of other values only while nothing has overwritten them.
  func withBytes<Result>(of value: ValueID, image: Int, _ body: (UnsafeRawBufferPointer) throws -> Result)
    rethrows
    -> Result
  {
    precondition((0..<batch).contains(image))
    let start = arena.start + image * engine.plan.arenaByteCount + engine.plan.offsets[value]
    return try body(
      UnsafeRawBufferPointer(start: start, count: engine.graph.shapes[value].int8ByteCount))
  }
}

extension Session: TeamWork {
  /// One worker's part of a run. Steps of a single piece are the last arriver's, while the others wait for it anyway: no
  /// barrier stands between them and what follows.
  package func run(worker: Int, team: WorkerTeam) {
    let scratch = scratch.start + worker * engine.plan.scratchByteCount
    run(inputStep, worker: worker, team: team, scratch: scratch)
    var index = 0
    while index < steps.count || clock != nil {
      let first = index
      while index < steps.count, steps[index].tileCount * count == 1 { index += 1 }
      if team.arrivesLast() {
        for single in first..<index {
          clock?[single] = monotonicNanoseconds()
          run(steps[single], piece: 0, scratch: scratch)
        }
        clock?[index] = monotonicNanoseconds()
        team.release()
      }
      guard index < steps.count else { return }
      run(steps[index], worker: worker, team: team, scratch: scratch)
      index += 1
    }
  }

  /// Runs one picture and returns the nanoseconds of each of `Engine.layers`.
  public func layerNanoseconds(_ pixels: UnsafeBufferPointer<UInt8>) -> [Int] {
    withUnsafeTemporaryAllocation(of: Int.self, capacity: steps.count + 1) { times in
      clock = times.baseAddress
      defer { clock = nil }
      run(pixels)
      return steps.indices.map { times[$0 + 1] - times[$0] }
    }
  }
}

private func monotonicNanoseconds() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}

/// Zeroed memory on a 64-byte boundary; its pages are there from when they are first used.
package final class AlignedMemory: @unchecked Sendable {
  package let start: UnsafeMutableRawPointer
  package let byteCount: Int

  /// - Parameter isLarge: many megabytes that are written from end to end: in huge pages, where the system has them for
  ///   those who ask.
  package init(byteCount: Int, isLarge: Bool = false) {
    self.byteCount = max(byteCount, 1)
    let memory = mmap(nil, self.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("out of memory") }
    start = memory
    #if os(Linux)
      if isLarge { madvise(memory, self.byteCount, MADV_HUGEPAGE) }
    #endif
  }

  deinit { munmap(start, byteCount) }
}
