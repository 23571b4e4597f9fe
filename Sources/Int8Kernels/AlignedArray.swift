/// Constant elements on a 64-byte boundary, with readable slack after them: what kernels read.
///
/// Immutable after `init`, hence shared by all workers; freed with the last reference.
package final class AlignedArray<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
  package let base: UnsafePointer<Element>
  package let count: Int

  /// Zeroed memory of `count` elements that `initialize` fills; the slack stays zero.
  package init(count: Int, initialize: (UnsafeMutablePointer<Element>) -> Void) {
    let byteCount = count * MemoryLayout<Element>.stride + LayerBuffers.slackByteCount
    let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: LayerBuffers.alignment)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    let elements = memory.bindMemory(to: Element.self, capacity: count)
    initialize(elements)
    base = UnsafePointer(elements)
    self.count = count
  }

  /// Takes over memory of `count` elements that has room for the slack, which is zeroed.
  ///
  /// - Parameter memory: allocated with the alignment of `LayerBuffers`.
  package init(adopting memory: UnsafeMutablePointer<Element>, count: Int) {
    UnsafeMutableRawPointer(memory + count).initializeMemory(
      as: UInt8.self, repeating: 0, count: LayerBuffers.slackByteCount)
    base = UnsafePointer(memory)
    self.count = count
  }

  package convenience init(_ elements: [Element]) {
    self.init(count: elements.count) { destination in
      elements.withUnsafeBufferPointer { source in
        if let start = source.baseAddress { destination.update(from: start, count: source.count) }
      }
    }
  }

  deinit { UnsafeMutableRawPointer(mutating: base).deallocate() }

  var byteCount: Int { count * MemoryLayout<Element>.stride }
}

extension Int {
  package func dividedRoundingUp(by divisor: Int) -> Int { (self + divisor - 1) / divisor }
  package func roundedUp(toMultipleOf divisor: Int) -> Int { dividedRoundingUp(by: divisor) * divisor }
}
