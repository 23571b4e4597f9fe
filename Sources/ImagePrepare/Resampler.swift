/// The two passes of a resize, on memory: the only unsafe code of this module.
///
/// Shapes  rows of interleaved RGB bytes without gaps.
struct Resampler {
  private static let half: Int32 = 1 << (ResampleCoefficients.precisionBits - 1)

  @inline(__always)
  private static func byte(_ sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: max(0, min(255, sum >> ResampleCoefficients.precisionBits)))
  }

  /// Resamples `rows` of a picture along x.
  ///
  /// Shapes  pixels [≥ rows.upperBound][width][3]; result [rows.count][columns.starts.count][3].
  static func horizontal(
    _ pixels: [UInt8], width: Int, rows: Range<Int>, columns: ResampleCoefficients
  ) -> [UInt8] {
    precondition(rows.upperBound * width * 3 <= pixels.count && columns.inputs.upperBound <= width)
    let byteCount = rows.count * columns.starts.count * 3
    return [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
      pixels.withUnsafeBufferPointer { pixels in
        guard let input = pixels.baseAddress, let out = output.baseAddress else { return }
        for (index, row) in rows.enumerated() {
          resampleRow(
            input + row * width * 3, into: out + index * columns.starts.count * 3, columns: columns)
        }
        initialized = byteCount
      }
    }
  }

  private static func resampleRow(
    _ row: UnsafePointer<UInt8>, into out: UnsafeMutablePointer<UInt8>, columns: ResampleCoefficients
  ) {
    columns.weights.withUnsafeBufferPointer { weights in
      for x in 0..<columns.starts.count {
        var source = row + columns.starts[x] * 3
        var (red, green, blue) = (half, half, half)
        for t in x &* columns.stride..<x &* columns.stride &+ columns.counts[x] {
          let weight = weights[t]
          red &+= Int32(source[0]) &* weight
          green &+= Int32(source[1]) &* weight
          blue &+= Int32(source[2]) &* weight
          source += 3
        }
        out[x &* 3] = byte(red)
        out[x &* 3 &+ 1] = byte(green)
        out[x &* 3 &+ 2] = byte(blue)
      }
    }
  }

  /// Resamples rows of `rowBytes` bytes along y; input row 0 is row `firstRow` of the coefficients.
  ///
  /// Shapes  pixels [rows][rowBytes]; result [coefficients.starts.count][rowBytes].
  static func vertical(
    _ pixels: [UInt8], rowBytes: Int, firstRow: Int, rows: ResampleCoefficients
  ) -> [UInt8] {
    precondition(rows.inputs.lowerBound >= firstRow)
    precondition((rows.inputs.upperBound - firstRow) * rowBytes <= pixels.count)
    let byteCount = rows.starts.count * rowBytes
    var sums = [Int32](repeating: half, count: rowBytes)
    return [UInt8](unsafeUninitializedCapacity: byteCount) { output, initialized in
      pixels.withUnsafeBufferPointer { pixels in
        guard let input = pixels.baseAddress, let out = output.baseAddress else { return }
        for y in 0..<rows.starts.count {
          for index in 0..<rowBytes { sums[index] = half }
          for t in 0..<rows.counts[y] {
            add(
              input + (rows.starts[y] - firstRow + t) * rowBytes,
              times: rows.weights[y * rows.stride + t], to: &sums)
          }
          for index in 0..<rowBytes { out[y * rowBytes + index] = byte(sums[index]) }
        }
        initialized = byteCount
      }
    }
  }

  private static func add(_ row: UnsafePointer<UInt8>, times weight: Int32, to sums: inout [Int32]) {
    sums.withUnsafeMutableBufferPointer { sums in
      for index in 0..<sums.count { sums[index] &+= Int32(row[index]) &* weight }
    }
  }
}
