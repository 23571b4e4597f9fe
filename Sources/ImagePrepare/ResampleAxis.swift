/// One axis of a resize on a stored picture: the coefficients of the axis as seen, moved to where its pixels are stored.
///
/// - Invariant: `0 ≤ starts[i]`, `starts[i] + counts[i] ≤ extent`.
struct ResampleAxis {
  /// Pixels of the stored axis.
  let extent: Int
  private(set) var starts: [Int] = []
  private(set) var counts: [Int] = []
  /// [outputs][stride], as in `ResampleCoefficients`.
  private(set) var weights: [Int32] = []
  let stride: Int

  /// - Parameters:
  ///   - offset: where the part of the axis, as seen, begins that the coefficients read.
  ///   - isMirrored: whether the axis is stored the other way round; the outputs then are too.
  init(_ coefficients: ResampleCoefficients, extent: Int, offset: Int, isMirrored: Bool) {
    self.extent = extent
    stride = coefficients.stride
    guard isMirrored else {
      starts = coefficients.starts.map { $0 + offset }
      (counts, weights) = (coefficients.counts, coefficients.weights)
      return
    }
    weights.reserveCapacity(coefficients.weights.count)
    for output in coefficients.starts.indices.reversed() {
      let count = coefficients.counts[output]
      starts.append(extent - offset - coefficients.starts[output] - count)
      counts.append(count)
      let taps = coefficients.weights[output * stride..<output * stride + count]
      weights += taps.reversed()
      weights += repeatElement(0, count: stride - count)
    }
  }

  /// The pixels that any of the outputs reads.
  var inputs: Range<Int> {
    guard let first = starts.min(), let end = zip(starts, counts).map(+).max() else { return 0..<0 }
    return first..<end
  }

  func weights(of output: Int) -> ArraySlice<Int32> {
    weights[output * stride..<output * stride + counts[output]]
  }
}

/// Weights of some outputs of an axis as `i8k_resample_rows_arguments` has them.
struct ResampleTable {
  /// A multiple of 8 where the axis is long enough.
  let taps: Int
  private(set) var starts: [Int] = []
  private(set) var low: [Int16] = []
  private(set) var high: [Int16] = []

  /// Outputs whose weights together stay in a core's cache, and in bounded memory.
  static func outputsPerTable(_ axis: ResampleAxis) -> Int { max(1, (1 << 16) / max(1, axis.stride)) }

  /// - Parameter pixels: the part of the axis that there is.
  init(_ axis: ResampleAxis, outputs: Range<Int>, in pixels: Range<Int>) {
    let count = axis.counts[outputs].max() ?? 0
    let padded = (count + 7) / 8 * 8
    taps = padded <= pixels.count ? padded : count
    low = [Int16](repeating: 0, count: outputs.count * taps)
    high = low
    for (index, output) in outputs.enumerated() {
      // A window moves back where its padding would reach beyond the axis.
      let start = min(axis.starts[output] - pixels.lowerBound, pixels.count - taps)
      let place = index * taps + axis.starts[output] - pixels.lowerBound - start
      for (tap, weight) in axis.weights(of: output).enumerated() {
        let upper = (weight + 1 << 11) >> 12
        high[place + tap] = Int16(upper)
        low[place + tap] = Int16(weight - upper << 12)
      }
      starts.append(start)
    }
  }
}
