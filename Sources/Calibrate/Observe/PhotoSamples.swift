import Quant

/// What one photo shows of a network's maps, sampled for each view: `positions × width` Floats.
///
/// In one piece of memory of its own, which goes back to the system with it: hundreds of megabytes in small arrays would
/// stay with the process.
final class PhotoSamples: @unchecked Sendable {
  private let memory: AlignedMemory
  /// Of each view, in Floats.
  private let offsets: [Int]
  private var counts: [Int]

  init(_ plan: SamplingPlan) {
    var offsets: [Int] = []
    var end = 0
    for view in plan.views {
      offsets.append(end)
      end += view.positions * view.width
    }
    self.offsets = offsets
    counts = .init(repeating: 0, count: offsets.count)
    memory = AlignedMemory(byteCount: end * MemoryLayout<Float>.stride)
  }

  private func start(_ view: Int) -> UnsafeMutablePointer<Float> {
    memory.start.assumingMemoryBound(to: Float.self) + offsets[view]
  }

  /// What was appended of a view; valid as long as this object.
  subscript(view: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: start(view), count: counts[view])
  }

  func append(_ elements: UnsafeBufferPointer<Float>.SubSequence, to view: Int) {
    let target = start(view) + counts[view]
    for (index, element) in elements.enumerated() { target[index] = element }
    counts[view] += elements.count
  }

  /// Memory is zero from the start.
  func appendZeros(_ count: Int, to view: Int) { counts[view] += count }
}
