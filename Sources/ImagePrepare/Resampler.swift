import CInt8Kernels
import Int8Kernels

/// The two passes of a resize, on memory: the only unsafe code of this module.
///
/// Shapes  rows of interleaved RGB bytes without gaps.
struct Resampler {
  let kernels: ResampleKernels

  /// Resamples the part `rows` of a picture along x.
  ///
  /// - Parameter columns: the part of the axis that the picture has.
  /// Shapes  pixels [≥ rows.upperBound][columns.count][3]; result [rows.count][outputs of axis][3].
  func alongX(_ pixels: [UInt8], columns: Range<Int>, rows: Range<Int>, axis: ResampleAxis) -> [UInt8] {
    let rowBytes = columns.count * 3
    precondition(rows.upperBound * rowBytes <= pixels.count)
    precondition(axis.inputs.lowerBound >= columns.lowerBound && axis.inputs.upperBound <= columns.upperBound)
    let outputs = axis.starts.count
    return filled(rows.count * outputs * 3) { output in
      pixels.withUnsafeBufferPointer { pixels in
        guard let input = pixels.baseAddress else { return }
        let step = ResampleTable.outputsPerTable(axis)
        for first in stride(from: 0, to: outputs, by: step) {
          let part = first..<min(outputs, first + step)
          ResampleTable(axis, outputs: part, in: columns).withPointers { taps, starts, low, high in
            var arguments = i8k_resample_rows_arguments(
              input: input + rows.lowerBound * rowBytes, inputStrideBytes: rowBytes, rows: rows.count,
              width: columns.count, outputs: part.count, taps: taps, starts: starts, low: low, high: high,
              output: output + first * 3, outputStrideBytes: outputs * 3)
            kernels.resampleRows(&arguments)
          }
        }
      }
    }
  }

  /// Resamples the part `columns` of a picture along y.
  ///
  /// - Parameter rows: the part of the axis that the picture has.
  /// Shapes  pixels [rows.count][width][3]; result [outputs of axis][columns.count][3].
  func alongY(_ pixels: [UInt8], width: Int, rows: Range<Int>, columns: Range<Int>, axis: ResampleAxis)
    -> [UInt8]
  {
    precondition(rows.count * width * 3 <= pixels.count && columns.upperBound <= width)
    precondition(axis.inputs.lowerBound >= rows.lowerBound && axis.inputs.upperBound <= rows.upperBound)
    let byteCount = columns.count * 3
    return filled(axis.starts.count * byteCount) { output in
      pixels.withUnsafeBufferPointer { pixels in
        axis.weights.withUnsafeBufferPointer { weights in
          guard let input = pixels.baseAddress, let weights = weights.baseAddress else { return }
          for y in axis.starts.indices {
            let place = ((axis.starts[y] - rows.lowerBound) * width + columns.lowerBound) * 3
            var arguments = i8k_resample_columns_arguments(
              input: input + place, inputStrideBytes: width * 3, count: byteCount, taps: axis.counts[y],
              weights: weights + y * axis.stride, output: output + y * byteCount)
            kernels.resampleColumns(&arguments)
          }
        }
      }
    }
  }

  private func filled(_ byteCount: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Void) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, initialized in
      if let base = buffer.baseAddress { body(base) }
      initialized = byteCount
    }
  }
}

extension ResampleTable {
  fileprivate func withPointers(
    _ body: (Int, UnsafePointer<Int>, UnsafePointer<Int16>, UnsafePointer<Int16>) -> Void
  ) {
    starts.withUnsafeBufferPointer { starts in
      low.withUnsafeBufferPointer { low in
        high.withUnsafeBufferPointer { high in
          // Without taps there is nothing to read.
          guard let starts = starts.baseAddress, let low = low.baseAddress, let high = high.baseAddress else {
            return
          }
          body(taps, starts, low, high)
        }
      }
    }
  }
}
