import Quant

/// Which input pixels a window reads for an output pixel, as pointers to their channels.
struct WindowRows: Sendable {
  let input: Shape
  let outputWidth: Int
  let kernel: Size2D
  let stride: Size2D
  let dilation: Size2D
  let top: Int
  let left: Int

  init(
    input: Shape, output: Shape, kernel: Size2D, stride: Size2D, dilation: Size2D = Size2D(1),
    padding: Padding
  ) {
    self.input = input
    outputWidth = output.width
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    top = padding.top
    left = padding.left
  }

  var taps: Int { kernel.height * kernel.width }

  /// Writes the pointer of every tap of output pixel `pixel`, in (kh, kw) order, to `rows[tap · step]`; padding reads
  /// `padding`.
  func write(
    _ pixel: Int, of map: UnsafePointer<Float>, padding: UnsafePointer<Float>,
    to rows: UnsafeMutablePointer<UnsafePointer<Float>>, step: Int
  ) {
    let firstY = pixel / outputWidth * stride.height - top
    let firstX = pixel % outputWidth * stride.width - left
    var target = rows
    for kh in 0..<kernel.height {
      let y = firstY + kh * dilation.height
      let isInside = y >= 0 && y < input.height
      for kw in 0..<kernel.width {
        let x = firstX + kw * dilation.width
        target.pointee =
          isInside && x >= 0 && x < input.width ? map + (y * input.width + x) * input.channels : padding
        target += step
      }
    }
  }

  /// Writes the pointers of the taps that are not padding, in order, and returns their number.
  func writeInside(
    _ pixel: Int, of map: UnsafePointer<Float>, to rows: UnsafeMutablePointer<UnsafePointer<Float>>
  ) -> Int {
    let firstY = pixel / outputWidth * stride.height - top
    let firstX = pixel % outputWidth * stride.width - left
    var count = 0
    for kh in 0..<kernel.height {
      let y = firstY + kh * dilation.height
      guard y >= 0, y < input.height else { continue }
      for kw in 0..<kernel.width {
        let x = firstX + kw * dilation.width
        guard x >= 0, x < input.width else { continue }
        rows[count] = map + (y * input.width + x) * input.channels
        count += 1
      }
    }
    return count
  }
}

/// C's `const float *const *`, whose elements are imported as optionals of the same layout.
func rowPointers(
  _ rows: UnsafeMutablePointer<UnsafePointer<Float>>
) -> UnsafePointer<UnsafePointer<Float>?> {
  UnsafeRawPointer(rows).assumingMemoryBound(to: UnsafePointer<Float>?.self)
}
