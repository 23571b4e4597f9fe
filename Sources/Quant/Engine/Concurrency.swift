import Synchronization

/// A buffer whose elements different threads write, each its own.
package struct SendableBuffer<Element>: @unchecked Sendable {
  package let buffer: UnsafeMutableBufferPointer<Element>

  package init(_ buffer: UnsafeMutableBufferPointer<Element>) { self.buffer = buffer }
}

/// Counts from several threads.
package final class Counter: Sendable {
  private let value = Atomic<Int>(0)

  package init() {}

  /// Adds one and returns the new count.
  package func increment() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
}
