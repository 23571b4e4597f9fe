import Int8Kernels
import Quant
import Synchronization

/// One value of a graph for all photos: Float elements, or what the engine stores (Int8 maps, Float vectors).
final class PhotoValues: Sendable {
  private let memory: AlignedMemory
  private let store: PhotoMemory
  private let strideBytes: Int
  let count: Int

  /// - Parameter byteCount: of one photo's value; what kernels read past its end is there too.
  init(photos: Int, byteCount: Int, in store: PhotoMemory) {
    count = photos
    strideBytes = (byteCount + LayerBuffers.slackByteCount).roundedUp(toMultipleOf: LayerBuffers.alignment)
    memory = store.take(byteCount: strideBytes * photos)
    self.store = store
  }

  deinit { store.giveBack(memory) }

  func bytes(_ photo: Int) -> UnsafeMutableRawPointer { memory.start + photo * strideBytes }

  func floats(_ photo: Int) -> UnsafeMutablePointer<Float> {
    bytes(photo).assumingMemoryBound(to: Float.self)
  }

  func elements(_ photo: Int) -> UnsafeMutablePointer<Int8> {
    bytes(photo).assumingMemoryBound(to: Int8.self)
  }
}

/// Memory that values take after one another: the system would zero a hundred megabytes anew for each.
final class PhotoMemory: Sendable {
  /// What values may take at once; what is kept for reuse beside them is within it too.
  static let byteLimit = 1100 << 20

  private struct State {
    /// The oldest first.
    var free: [AlignedMemory] = []
    /// In use or free.
    var byteCount = 0

    /// Drops what is free, while there is more than `limit`.
    mutating func trim(to limit: Int) {
      while byteCount > limit, !free.isEmpty { byteCount -= free.removeFirst().byteCount }
    }
  }

  private let state = Mutex(State())

  /// Memory with anything in it.
  func take(byteCount: Int) -> AlignedMemory {
    state.withLock { state in
      let fitting = state.free.indices.filter { state.free[$0].byteCount >= byteCount }
      if let best = fitting.min(by: { state.free[$0].byteCount < state.free[$1].byteCount }) {
        return state.free.remove(at: best)
      }
      state.byteCount += byteCount
      state.trim(to: Self.byteLimit)
      return AlignedMemory(byteCount: byteCount, isLarge: true)
    }
  }

  /// Makes room for something else that is large.
  func dropUnused() { state.withLock { $0.trim(to: 0) } }

  func giveBack(_ memory: AlignedMemory) {
    state.withLock { state in
      state.free.append(memory)
      state.trim(to: Self.byteLimit)
    }
  }
}
