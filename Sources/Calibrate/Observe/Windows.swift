import Quant

/// Where a convolution's windows lie in its input map.
package struct Windows: Sendable {
  package let convolution: Convolution
  package let input: Shape
  package let output: Shape

  package init(convolution: Convolution, input: Shape, output: Shape) {
    self.convolution = convolution
    self.input = input
    self.output = output
  }

  var count: Int { output.height * output.width }
  package var taps: Int { convolution.kernel.height * convolution.kernel.width }

  /// The output rows, or columns, whose windows have kernel element `tap` inside the map, along one side.
  private static func inside(
    tap: Int, outputs: Int, inputs: Int, stride: Int, dilation: Int, padding: Int
  ) -> Range<Int> {
    let offset = tap * dilation - padding
    let first = offset >= 0 ? 0 : (-offset + stride - 1) / stride
    let last = inputs - 1 - offset
    let end = last < 0 ? 0 : min(outputs, last / stride + 1)
    return min(first, end)..<end
  }

  func rows(tap: Int) -> Range<Int> {
    Self.inside(
      tap: tap, outputs: output.height, inputs: input.height, stride: convolution.stride.height,
      dilation: convolution.dilation.height, padding: convolution.padding.top)
  }

  func columns(tap: Int) -> Range<Int> {
    Self.inside(
      tap: tap, outputs: output.width, inputs: input.width, stride: convolution.stride.width,
      dilation: convolution.dilation.width, padding: convolution.padding.left)
  }

  /// The input pixel that kernel element (ky, kx) of the window of output pixel (y, x) reads; nil in the padding.
  func pixel(y: Int, x: Int, ky: Int, kx: Int) -> Int? {
    let row = y * convolution.stride.height - convolution.padding.top + ky * convolution.dilation.height
    let column = x * convolution.stride.width - convolution.padding.left + kx * convolution.dilation.width
    guard (0..<input.height).contains(row), (0..<input.width).contains(column) else { return nil }
    return row * input.width + column
  }

  /// The input pixel that kernel element `tap` of a window reads; nil in the padding.
  func pixel(tap: Int, ofWindow window: Int) -> Int? {
    let (y, x) = window.quotientAndRemainder(dividingBy: output.width)
    let (ky, kx) = tap.quotientAndRemainder(dividingBy: convolution.kernel.width)
    return pixel(y: y, x: x, ky: ky, kx: kx)
  }

  /// Calls `body` with the kernel element and the first pixel and distance of each run of pixels that it reads, over all
  /// windows of a map.
  func forEachRun(_ body: (_ tap: Int, _ firstPixel: Int, _ step: Int, _ count: Int) -> Void) {
    for ky in 0..<convolution.kernel.height {
      for kx in 0..<convolution.kernel.width {
        let columns = columns(tap: kx)
        guard !columns.isEmpty else { continue }
        for y in rows(tap: ky) {
          guard let first = pixel(y: y, x: columns.lowerBound, ky: ky, kx: kx) else { continue }
          body(ky * convolution.kernel.width + kx, first, convolution.stride.width, columns.count)
        }
      }
    }
  }
}
