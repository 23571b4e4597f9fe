import Int8Kernels
import Quant

/// One value of a graph for all photos: Float elements, or what the engine stores (Int8 maps, Float vectors).
final class PhotoValues: Sendable {
  private let memory: AlignedMemory
  private let strideBytes: Int
  let count: Int

  /// - Parameter byteCount: of one photo's value; what kernels read past its end is there too.
  init(photos: Int, byteCount: Int) {
    count = photos
    strideBytes = (byteCount + LayerBuffers.slackByteCount).roundedUp(toMultipleOf: LayerBuffers.alignment)
    memory = AlignedMemory(byteCount: strideBytes * photos)
  }

  func bytes(_ photo: Int) -> UnsafeMutableRawPointer { memory.start + photo * strideBytes }

  func floats(_ photo: Int) -> UnsafeMutablePointer<Float> {
    bytes(photo).assumingMemoryBound(to: Float.self)
  }

  func elements(_ photo: Int) -> UnsafeMutablePointer<Int8> {
    bytes(photo).assumingMemoryBound(to: Int8.self)
  }
}
