import CInt8Kernels
import Int8Kernels
import TestSupport
import Testing

@Suite struct ResampleKernelTests {
  /// Weights whose absolute sum stays below 2²³, of either sign; `isExtreme`: one takes all of it.
  private func weights(_ taps: Int, _ generator: inout SeededGenerator, isExtreme: Bool) -> [Int32] {
    var weights = [Int32](repeating: 0, count: taps)
    guard taps > 0 else { return weights }
    let limit = 1 << 23 - 1
    if isExtreme {
      weights[generator.int(in: 0...taps - 1)] = Int32(generator.int(in: 0...1) == 0 ? limit : -limit)
      return weights
    }
    for tap in 0..<taps { weights[tap] = Int32(generator.int(in: -limit / taps...limit / taps)) }
    return weights
  }

  private func bytes(_ count: Int, _ generator: inout SeededGenerator, isExtreme: Bool) -> [UInt8] {
    (0..<count).map { _ in isExtreme ? 255 : UInt8(generator.int(in: 0...255)) }
  }

  /// The definition, in Int.
  private func value(_ products: [Int]) -> UInt8 {
    let sum = products.reduce(1 << 21, +)
    return UInt8(min(255, max(0, sum >> 22)))
  }

  @Test(arguments: kernels(of: i8k_operation_resample_rows).map(\.name))
  func rowsMatchTheDefinition(_ name: String) throws {
    let kernel = try #require(MicroKernel.all.first { $0.name == name })
    var generator = SeededGenerator(seed: 11)
    for taps in [1, 2, 3, 4, 5, 7, 8, 12, 16, 24, 48] {
      for slack in [0, 1, 2, 3, 4, 9] {
        let isExtreme = (taps + slack) % 5 == 0
        check(
          kernel, taps: taps, width: taps + slack, rows: (taps + slack) % 7 + 1, isExtreme, &generator)
      }
    }
  }

  private func check(
    _ kernel: MicroKernel, taps: Int, width: Int, rows: Int, _ isExtreme: Bool,
    _ generator: inout SeededGenerator
  ) {
    let outputs = 2 * (width - taps + 1)
    let starts = (0..<outputs).map { $0 / 2 }
    let all = (0..<outputs).map { _ in weights(taps, &generator, isExtreme: isExtreme) }
    let pixels = bytes(rows * width * 3, &generator, isExtreme: isExtreme)
    let flat = all.flatMap { $0 }
    let high = flat.map { Int16(($0 + 1 << 11) >> 12) }
    let low = zip(flat, high).map { Int16($0 - Int32($1) << 12) }
    let expected = (0..<rows * outputs * 3).map { index -> UInt8 in
      let (row, x, colour) = (index / 3 / outputs, index / 3 % outputs, index % 3)
      let first = (row * width + starts[x]) * 3 + colour
      return value((0..<taps).map { Int(pixels[first + $0 * 3]) * Int(all[x][$0]) })
    }
    for side in GuardedBuffer.Side.allCases {
      let input = GuardedBuffer(pixels, side: side)
      let output = GuardedBuffer(byteCount: expected.count, side: side)
      let tables = (GuardedBuffer(starts), GuardedBuffer(low), GuardedBuffer(high))
      var arguments = i8k_resample_rows_arguments(
        input: UnsafePointer(input.bound(to: UInt8.self)), inputStrideBytes: width * 3, rows: rows,
        width: width, outputs: outputs, taps: taps, starts: UnsafePointer(tables.0.bound(to: Int.self)),
        low: UnsafePointer(tables.1.bound(to: Int16.self)),
        high: UnsafePointer(tables.2.bound(to: Int16.self)), output: output.bound(to: UInt8.self),
        outputStrideBytes: outputs * 3)
      withExtendedLifetime((input, tables)) { kernel.entry.pointee.run.resample_rows(&arguments) }
      #expect(
        output.elements(of: UInt8.self, count: expected.count) == expected,
        "\(taps) of \(width), \(rows) rows")
      #expect(output.surroundingsAreIntact)
    }
  }

  @Test(arguments: kernels(of: i8k_operation_resample_columns).map(\.name))
  func columnsMatchTheDefinition(_ name: String) throws {
    let kernel = try #require(MicroKernel.all.first { $0.name == name })
    var generator = SeededGenerator(seed: 12)
    for count in [1, 2, 15, 31, 32, 33, 63, 64, 65, 100, 127, 129, 200] {
      for taps in [0, 1, 2, 5, 23] {
        let isExtreme = (taps + count) % 5 == 0
        let weights = weights(taps, &generator, isExtreme: isExtreme)
        let stride = count + taps % 3
        // The last row ends with the memory.
        let pixels = bytes(max(0, taps - 1) * stride + count, &generator, isExtreme: isExtreme)
        let expected = (0..<count).map { index in
          value((0..<taps).map { Int(pixels[$0 * stride + index]) * Int(weights[$0]) })
        }
        let (input, table) = (GuardedBuffer(pixels), GuardedBuffer(weights))
        let output = GuardedBuffer(byteCount: count)
        var arguments = i8k_resample_columns_arguments(
          input: UnsafePointer(input.bound(to: UInt8.self)), inputStrideBytes: stride, count: count,
          taps: taps, weights: UnsafePointer(table.bound(to: Int32.self)),
          output: output.bound(to: UInt8.self))
        withExtendedLifetime((input, table)) { kernel.entry.pointee.run.resample_columns(&arguments) }
        #expect(output.elements(of: UInt8.self, count: count) == expected, "\(count) bytes, \(taps) taps")
        #expect(output.surroundingsAreIntact)
      }
    }
  }
}
