/// Immutable Floats at a fixed address, aligned to 64 bytes, freed with their owner.
final class FloatBuffer: @unchecked Sendable {
  let pointer: UnsafePointer<Float>
  let count: Int

  convenience init(_ values: [Float]) {
    self.init(count: values.count) { target in
      for index in values.indices { target[index] = values[index] }
    }
  }

  convenience init(zeros count: Int) { self.init(count: count) { _ in } }

  /// All zeros, then what `fill` writes.
  init(count: Int, fill: (UnsafeMutablePointer<Float>) throws -> Void) rethrows {
    let storage = FloatBuffer.allocate(count)
    try fill(storage)
    pointer = UnsafePointer(storage)
    self.count = count
  }

  deinit { UnsafeMutableRawPointer(mutating: pointer).deallocate() }

  /// Null for an empty array, as the kernels' optional operands are passed.
  static func optional(_ values: [Float]) -> FloatBuffer? { values.isEmpty ? nil : FloatBuffer(values) }

  /// `count` zeros; freed with `deallocate`.
  static func allocate(_ count: Int) -> UnsafeMutablePointer<Float> {
    let bytes = max(count, 1) * MemoryLayout<Float>.stride
    let storage = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
      .bindMemory(to: Float.self, capacity: max(count, 1))
    storage.initialize(repeating: 0, count: max(count, 1))
    return storage
  }
}
