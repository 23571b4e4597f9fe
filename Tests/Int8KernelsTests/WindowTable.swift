import CInt8Kernels
import Int8Kernels
import TestSupport

/// Windows of `size` × `size` elements over one map, `width` of them a row, `stride` apart.
struct Windows: CustomStringConvertible {
  var width: Int
  var size: Int
  var stride: Int

  var description: String { "windows \(size)×\(size), \(width) a row, stride \(stride)" }

  var inputWidth: Int { (width - 1) * stride + size }

  /// Pixels of a map that holds `count` windows.
  func inputPixels(_ count: Int) -> Int { (((count + width - 1) / width - 1) * stride + size) * inputWidth }

  /// The map's pixel where a window begins.
  func start(of window: Int) -> Int { window / width * stride * inputWidth + window % width * stride }

  /// From there to a kernel element.
  func offset(ofTap tap: Int) -> Int { tap / size * inputWidth + tap % size }
}

/// The map as a depthwise driver prepares it: a block a panel, `[row][column][nr]`, each ended by a guard page.
struct WindowTable: KernelRows {
  private let windows: Windows
  private let kernel: MicroKernel
  private let pixels: Int
  private let taps: Int
  private let blocks: [GuardedBuffer]

  init(_ data: TileData, _ windows: Windows, _ kernel: MicroKernel) {
    self.windows = windows
    self.kernel = kernel
    (pixels, taps) = (data.problem.pixels, data.problem.taps)
    let outputs = data.problem.outputs
    let inputPixels = windows.inputPixels(pixels)
    let padded = data.rows + [Int8](repeating: 0, count: 16)
    blocks = stride(from: 0, to: outputs, by: kernel.nr).map { first in
      let byteCount = inputPixels * kernel.nr * kernel.rowByteCount
      let buffer = GuardedBuffer(byteCount: byteCount)
      padded.withUnsafeBufferPointer { rows in
        guard let base = rows.baseAddress else { return }
        kernel.prepare(
          base + first, stride: outputs, into: buffer.start, stride: kernel.nr * kernel.rowByteCount,
          rows: inputPixels, count: min(kernel.nr, outputs - first))
      }
      return buffer
    }
  }

  /// Depthwise kernels read one form.
  let turnedDistance = 0

  private var pixelByteCount: Int { kernel.nr * kernel.rowByteCount }

  func pointers(channel: Int) -> [UnsafeRawPointer] {
    let block = blocks[channel / kernel.nr]
    return (0..<pixels).map { UnsafeRawPointer(block.start + windows.start(of: $0) * pixelByteCount) }
  }

  /// The idle ones repeat the last.
  var tapByteOffsets: [Int] {
    (0..<(taps + kernel.kr - 1) / kernel.kr * kernel.kr).map { tap in
      windows.offset(ofTap: min(tap, taps - 1)) * pixelByteCount
    }
  }
}
