import CInt8Kernels
import Int8Kernels

extension Workload {
  /// Activations over strips as convolutions leave them in the nearest cache.
  static var strips: [Workload] {
    [strip(16, isOdd: false), strip(32, isOdd: false), strip(32, isOdd: true)]
  }

  private static func strip(_ channels: Int, isOdd: Bool) -> Workload {
    let rows = 96
    return Workload(
      family: "activation", shape: "\(rows)×\(channels) \(isOdd ? "odd" : "rectified")",
      work: .bytes(3 * rows * channels)
    ) {
      var random = RandomNumbers()
      let strip = Buffer(random.map(2 * rows * channels))
      let output = Buffer(byteCount: rows * channels)
      let numbers = [16_383, 2, 1024, 500, -10].map { value in
        Buffer([Int16](repeating: Int16(value), count: channels))
      }
      let table = [ActivationTable.falling.a0, ActivationTable.falling.a1, ActivationTable.falling.a2]
        .map { Buffer($0) }
      return { set in
        Candidate.kernels(of: i8k_operation_activation, in: set) { kernel in
          var arguments = i8k_activation_arguments(
            strip: strip.elements(Int16.self), stripStrideBytes: 2 * channels,
            output: output.elements(Int8.self), outputStrideBytes: channels, rows: rows, channels: channels,
            limits: numbers[0].elements(Int16.self), scales: numbers[1].elements(Int16.self),
            halves: numbers[2].elements(Int16.self), gains: numbers[3].elements(Int16.self),
            zeroPoints: numbers[4].elements(Int16.self), a0: table[0].elements(Int16.self),
            a1: table[1].elements(Int16.self), a2: table[2].elements(Int16.self), isOdd: isOdd,
            offset: isOdd ? 16384 : 0)
          kernel.entry.pointee.run.activation(&arguments)
        }
      }
    }
  }

  /// The two passes of a bilinear resize to a short side of 256.
  static var pictures: [Workload] {
    [
      resampleRows(width: 640, rows: 480, outputs: 341), resampleRows(width: 4000, rows: 64, outputs: 341),
      resampleColumns(width: 341, rows: 480, outputs: 256),
      resampleColumns(width: 341, rows: 3000, outputs: 256),
    ]
  }

  /// Taps of an antialiased bilinear filter, and the weight that each has if they are alike.
  private static func taps(_ inputs: Int, _ outputs: Int) -> (count: Int, weight: Int32) {
    let count = 2 * ((inputs + outputs - 1) / outputs)
    return (count, Int32((1 << 22) / count))
  }

  private static func resampleRows(width: Int, rows: Int, outputs: Int) -> Workload {
    Workload(
      family: "resample rows", shape: "\(width)→\(outputs) \(rows) rows",
      work: .bytes(3 * rows * (width + outputs))
    ) {
      var random = RandomNumbers()
      let (count, weight) = taps(width, outputs)
      // A multiple of eight, as the resize pads them.
      let padded = (count + 7) / 8 * 8
      let input = Buffer(random.bytes(3 * rows * width))
      let output = Buffer(byteCount: 3 * rows * outputs)
      let starts = Buffer((0..<outputs).map { min($0 * width / outputs, width - padded) })
      let weights = (0..<outputs * padded).map { $0 % padded < count ? weight : 0 }
      let high = weights.map { Int16(($0 + 1 << 11) >> 12) }
      let low = Buffer(zip(weights, high).map { Int16($0 - Int32($1) << 12) })
      let upper = Buffer(high)
      return { set in
        Candidate.kernels(of: i8k_operation_resample_rows, in: set) { kernel in
          var arguments = i8k_resample_rows_arguments(
            input: input.elements(UInt8.self), inputStrideBytes: 3 * width, rows: rows, width: width,
            outputs: outputs, taps: padded, starts: starts.elements(Int.self),
            low: low.elements(Int16.self), high: upper.elements(Int16.self),
            output: output.elements(UInt8.self), outputStrideBytes: 3 * outputs)
          kernel.entry.pointee.run.resample_rows(&arguments)
        }
      }
    }
  }

  private static func resampleColumns(width: Int, rows: Int, outputs: Int) -> Workload {
    let byteCount = 3 * width
    return Workload(
      family: "resample columns", shape: "\(rows)→\(outputs) \(width) wide",
      work: .bytes(byteCount * (rows + outputs))
    ) {
      var random = RandomNumbers()
      let (count, weight) = taps(rows, outputs)
      let input = Buffer(random.bytes(byteCount * rows))
      let output = Buffer(byteCount: byteCount * outputs)
      let weights = Buffer([Int32](repeating: weight, count: count))
      return { set in
        Candidate.kernels(of: i8k_operation_resample_columns, in: set) { kernel in
          for y in 0..<outputs {
            let start = min(y * rows / outputs, rows - count)
            var arguments = i8k_resample_columns_arguments(
              input: input.elements(UInt8.self) + start * byteCount, inputStrideBytes: byteCount,
              count: byteCount, taps: count, weights: weights.elements(Int32.self),
              output: output.elements(UInt8.self) + y * byteCount)
            kernel.entry.pointee.run.resample_columns(&arguments)
          }
        }
      }
    }
  }
}
