/// Sizes of a pooling over a map, checked by the graph: every window covers at least one element of the map.
package struct PoolingGeometry: Hashable, Sendable {
  package var input: MapExtent
  package var outputHeight: Int
  package var outputWidth: Int
  package var kernelHeight: Int
  package var kernelWidth: Int
  package var strideHeight: Int
  package var strideWidth: Int
  package var paddingTop: Int
  package var paddingLeft: Int

  package init(
    input: MapExtent, outputHeight: Int, outputWidth: Int, kernelHeight: Int, kernelWidth: Int,
    strideHeight: Int,
    strideWidth: Int, paddingTop: Int, paddingLeft: Int
  ) {
    self.input = input
    self.outputHeight = outputHeight
    self.outputWidth = outputWidth
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideHeight = strideHeight
    self.strideWidth = strideWidth
    self.paddingTop = paddingTop
    self.paddingLeft = paddingLeft
  }

  var taps: Int { kernelHeight * kernelWidth }

  /// The part of the window of output row `y` that lies on the map.
  func rows(of y: Int) -> Range<Int> {
    clipped(y * strideHeight - paddingTop, kernelHeight, input.height)
  }

  func columns(of x: Int) -> Range<Int> {
    clipped(x * strideWidth - paddingLeft, kernelWidth, input.width)
  }

  private func clipped(_ first: Int, _ length: Int, _ limit: Int) -> Range<Int> {
    let lower = min(max(first, 0), limit)
    return lower..<max(lower, min(first + length, limit))
  }

  /// Every count of map elements under a window: what average pooling without padding divides by.
  package var tapCounts: [Int] {
    let heights = Set((0..<outputHeight).map { rows(of: $0).count })
    let widths = Set((0..<outputWidth).map { columns(of: $0).count })
    return Set(heights.flatMap { height in widths.map { height * $0 } }).sorted()
  }

  /// Writes pointers to the pixels of the map under the window of (y, x); returns how many.
  func fill(
    _ table: UnsafeMutablePointer<UnsafePointer<Int8>>, y: Int, x: Int, map: UnsafePointer<Int8>
  ) -> Int {
    var count = 0
    for row in rows(of: y) {
      for column in columns(of: x) {
        table[count] = map + (row * input.width + column) * input.channels
        count += 1
      }
    }
    return count
  }
}
