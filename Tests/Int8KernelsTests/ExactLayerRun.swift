import Dispatch
import Int8Kernels
import TestSupport
import Testing

/// One execution of a layer as a session could make it at its worst: tiles in shuffled order on several threads, noise in
/// everything that may be read but not used.
enum ExactLayerRun {
  /// Buffers and layer are shared by the threads of one run; tiles write disjoint parts.
  private struct Shared: @unchecked Sendable {
    let layer: any LayerKernel
    let inputs: UnsafePointer<UnsafeRawPointer>
    let output: UnsafeMutableRawPointer
    let scratches: [GuardedBuffer]
  }

  /// What the layer wrote, or nil, with an issue recorded, when it wrote beside its output.
  static func output<Element: BitwiseCopyable>(
    _ layer: any LayerKernel, _ inputs: [GuardedBuffer], count: Int, as type: Element.Type, seed: UInt64,
    threads: Int = 3
  ) -> [Element] {
    var generator = SeededGenerator(seed: seed ^ 0x5eed)
    let output = GuardedBuffer(byteCount: count * MemoryLayout<Element>.stride, side: .before)
    fill(output, &generator)
    let scratches = (0..<threads).map { _ in
      let scratch = GuardedBuffer(byteCount: layer.scratchByteCount.roundedUp64)
      fill(scratch, &generator)
      return scratch
    }
    let order = (0..<layer.tileCount).shuffled(using: &generator)
    let before = inputs.map { $0.elements(of: UInt8.self, count: $0.byteCount) }
    let pointers = inputs.map { UnsafeRawPointer($0.start) }
    pointers.withUnsafeBufferPointer { table in
      guard let base = table.baseAddress else { return }
      let shared = Shared(layer: layer, inputs: base, output: output.start, scratches: scratches)
      DispatchQueue.concurrentPerform(iterations: threads) { worker in
        let scratch = shared.scratches[worker].start
        let buffers = LayerBuffers(inputs: shared.inputs, output: shared.output, scratch: scratch)
        for position in stride(from: worker, to: order.count, by: threads) {
          shared.layer.run(tile: order[position], buffers)
        }
      }
    }
    let after = inputs.map { $0.elements(of: UInt8.self, count: $0.byteCount) }
    if before != after { Issue.record("\(layer.kernelName) wrote to an input, seed \(seed)") }
    if !output.surroundingsAreIntact {
      Issue.record("\(layer.kernelName) wrote beside its output, seed \(seed)")
    }
    if !scratches.allSatisfy(\.surroundingsAreIntact) {
      Issue.record("\(layer.kernelName) wrote beside its scratch memory, seed \(seed)")
    }
    return output.elements(of: type, count: count)
  }

  /// A buffer on a 64-byte boundary with noise in the slack that follows the elements, a guard page close behind it.
  static func buffer<Element: BitwiseCopyable>(_ elements: [Element], seed: UInt64) -> GuardedBuffer {
    var generator = SeededGenerator(seed: seed ^ 0xb0f)
    let byteCount = elements.count * MemoryLayout<Element>.stride
    let buffer = GuardedBuffer(byteCount: (byteCount + LayerBuffers.slackByteCount).roundedUp64)
    fill(buffer, &generator)
    elements.withUnsafeBytes { source in
      if let base = source.baseAddress { buffer.start.copyMemory(from: base, byteCount: byteCount) }
    }
    return buffer
  }

  private static func fill(_ buffer: GuardedBuffer, _ generator: inout SeededGenerator) {
    let bytes = buffer.bound(to: UInt8.self)
    for index in 0..<buffer.byteCount { bytes[index] = UInt8(truncatingIfNeeded: generator.next()) }
  }

  /// Records where a layer's result leaves the expected one.
  static func expectEqual<Element: Equatable>(_ actual: [Element], _ expected: [Element], _ what: String) {
    guard actual != expected else { return }
    guard actual.count == expected.count else {
      Issue.record("\(what): \(actual.count) elements instead of \(expected.count)")
      return
    }
    let wrong = actual.indices.filter { actual[$0] != expected[$0] }
    guard let first = wrong.first else { return }
    Issue.record(
      """
      \(what): \(wrong.count) of \(actual.count) differ, \
      first [\(first)] is \(actual[first]) instead of \(expected[first])
      """)
  }

  /// As above, by bits: neither a NaN nor the sign of a zero slips through.
  static func expectSameBits(_ actual: [Float], _ expected: [Float], _ what: String) {
    expectEqual(actual.map(\.bitPattern), expected.map(\.bitPattern), what)
  }
}

extension Int {
  fileprivate var roundedUp64: Int { (self + 63) / 64 * 64 }
}
