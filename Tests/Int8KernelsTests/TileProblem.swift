import CInt8Kernels
import Int8Kernels
import TestSupport

/// A convolution (or depthwise convolution) of any size at the micro-kernel's level, so that kernels of
/// different tiles can be compared: `pixels` × `outputs`, sums over `taps` × `depth`.
struct TileProblem: CustomStringConvertible {
  var pixels: Int
  var outputs: Int
  var taps: Int
  var depth: Int
  var isDepthwise = false
  /// Depthwise windows side by side on one map; then `taps` is the square of their size.
  var windows: Windows?
  var fill = Fill.random
  var largestWeight = 127
  var hasResidual = false
  var hasNegativeMultipliers = false
  /// Multipliers of a power of two on small sums: many ties.
  var ties = false
  var seed: UInt64 = 1

  var description: String {
    "\(pixels) pixels × \(outputs) outputs, \(taps) taps × \(depth), \(fill), weights to \(largestWeight), residual \(hasResidual), "
      + (windows.map { "\($0), " } ?? "") + "negative \(hasNegativeMultipliers), ties \(ties), seed \(seed)"
  }
}

/// The data of a problem, the same for every kernel.
struct TileData {
  let problem: TileProblem
  /// `[tap][pixel][depth]`, depthwise `[tap][pixel][outputs]`; the map `[row][column][outputs]` of windows.
  let rows: [Int8]
  /// `[output][tap][depth]`
  let weights: [Int8]
  let bias: [Int32]
  let numbers: Requantization
  let residual: [Int8]

  init(_ problem: TileProblem) {
    var generator = SeededGenerator(seed: problem.seed)
    self.problem = problem
    let (outputs, products) = (problem.outputs, problem.taps * problem.depth)
    let rowLength = problem.isDepthwise ? outputs : problem.depth
    let rowCount = problem.windows?.inputPixels(problem.pixels) ?? problem.taps * problem.pixels
    rows = problem.fill.quantized(rowCount * rowLength, &generator)
    weights = problem.fill.weights(outputs * products, largest: problem.largestWeight, &generator)
    bias = problem.fill.elements(outputs, -40_000...40_000, &generator).map { Int32($0) }
    func multipliers() -> [Float] {
      (0..<outputs).map { _ in
        if problem.ties { return [0.5, 0.25, 0.125][generator.int(in: 0...2)] }
        // Even seeds keep every result within Int32.
        let choices: ClosedRange = problem.seed % 2 == 0 ? 0...2 : 0...3
        return [0.0007, 0.01, 0.3, 1_048_576][generator.int(in: choices)] * generator.float(in: 0.5...1)
      }
    }
    let zeroPoints = problem.fill.quantized(outputs, &generator)
    let minimum = zeroPoints.map { $0 > 0 && generator.int(in: 0...1) == 0 ? $0 : -128 }
    let maximum = zeroPoints.map { Int8(generator.int(in: max(0, Int($0))...127)) }
    let residualNumbers = ResidualOperand(
      multipliers: multipliers(), zeroPoints: problem.fill.quantized(outputs, &generator))
    numbers = Requantization(
      multipliers: multipliers(), negativeMultipliers: problem.hasNegativeMultipliers ? multipliers() : nil,
      zeroPoints: zeroPoints, minimum: minimum, maximum: maximum,
      residual: problem.hasResidual ? residualNumbers : nil)
    residual = Fill.mixed.quantized(problem.pixels * outputs, &generator)
  }
}

extension TileData {
  private var largestSums: [Double] {
    ConvolutionParameters(weights: weights, bias: bias, inputZeroPoints: [], epilogue: .q8(numbers))
      .largestSums
  }

  /// What `kernel` computes, with guard pages after everything it reads or writes.
  func result(of kernel: MicroKernel) -> (elements: [Int], isExact: Bool) {
    let isStrip = kernel.operation == i8k_operation_conv_q16 || kernel.operation == i8k_operation_dw_q16
    let elementSize = isStrip ? 2 : 1
    let layout = PanelLayout(groups: 1, outputsPerGroup: problem.outputs, nr: kernel.nr)
    let table: any KernelRows =
      problem.windows.map { WindowTable(self, $0, kernel) } ?? RowTable(self, kernel)
    let panels = guardedPanels(kernel, layout, turnedDistance: table.turnedDistance)
    let requantization = PackedRequantization(
      numbers, largestSums: largestSums, layout: layout)
    let output = GuardedBuffer(byteCount: problem.pixels * problem.outputs * elementSize)
    let residual = GuardedBuffer(self.residual, slack: layout.panelCount * kernel.nr - problem.outputs)
    let offsets = AlignedArray(table.tapByteOffsets)
    defer { withExtendedLifetime((panels, requantization, residual, table, offsets)) {} }
    for panel in 0..<layout.panelCount {
      let channels = layout.channels(of: panel)
      let first = channels.lowerBound
      table.pointers(channel: first).withUnsafeBufferPointer { rows in
        guard let base = rows.baseAddress else { return }
        var arguments = i8k_convolution_arguments(
          rows: base, rowByteOffset: 0,
          tapByteOffsets: offsets.base, taps: problem.taps,
          depth: problem.isDepthwise ? 1 : problem.depth, panel: panels[panel].start,
          mr: problem.pixels, nr: channels.count,
          output: output.start + first * elementSize, outputStrideBytes: problem.outputs * elementSize,
          residual: numbers.residual == nil ? nil : UnsafePointer(residual.bound(to: Int8.self)) + first,
          residualStrideBytes: problem.outputs, epilogue: requantization.numbers(ofPanel: panel))
        kernel.entry.pointee.run.convolution(&arguments)
      }
    }
    let count = problem.pixels * problem.outputs
    let elements =
      isStrip
      ? output.elements(of: Int16.self, count: count).map { Int($0) }
      : output.elements(of: Int8.self, count: count).map { Int($0) }
    return (elements, output.surroundingsAreIntact)
  }

  private func guardedPanels(
    _ kernel: MicroKernel, _ layout: PanelLayout, turnedDistance: Int
  ) -> [GuardedBuffer] {
    let isDepthwise = problem.isDepthwise
    let depth = isDepthwise ? problem.taps : problem.depth
    let packed = PackedWeights(
      weights: Int8Weights(weights), bias: bias, taps: isDepthwise ? 1 : problem.taps, depth: depth,
      layout: layout,
      kernel: kernel, turnedDistance: turnedDistance)
    let groupsOfK = (isDepthwise ? 1 : problem.taps) * ((depth + kernel.kr - 1) / kernel.kr)
    let grouped = 4 * kernel.nr + groupsOfK * kernel.kr * kernel.nr * kernel.weightByteCount
    return (0..<layout.panelCount).map { panel in
      let byteCount = kernel.readsTurnedRows ? packed.byteCount(ofPanel: panel) : grouped
      let buffer = GuardedBuffer(byteCount: byteCount)
      buffer.start.copyMemory(from: packed.panel(panel), byteCount: byteCount)
      return buffer
    }
  }
}

/// Where a kernel finds its rows.
protocol KernelRows {
  /// For the panel that begins with output `channel`.
  func pointers(channel: Int) -> [UnsafeRawPointer]
  var tapByteOffsets: [Int] { get }
  /// From an element to its second form; 0 where there is none.
  var turnedDistance: Int { get }
}

/// A problem's rows as a kernel reads them, ended by the slack it may read and a guard page, and the pointers
/// to them.
struct RowTable: KernelRows {
  private let data: TileData
  private let kernel: MicroKernel
  private let buffer: GuardedBuffer
  private let rowLength: Int
  /// Pairs of rows joined, if the kernel reads those; ended by a guard page.
  private let joined: GuardedBuffer
  /// Rows of an odd length have no second form: it would begin with an odd element now and then.
  let turnedDistance: Int

  init(_ data: TileData, _ kernel: MicroKernel) {
    self.data = data
    self.kernel = kernel
    let problem = data.problem
    rowLength = problem.isDepthwise ? problem.outputs : problem.depth
    let unit = problem.isDepthwise ? kernel.nr : 16
    let slack = (rowLength + unit - 1) / unit * unit - rowLength
    let byteCount = (data.rows.count + slack) * kernel.rowByteCount
    turnedDistance = kernel.readsTurnedRows && rowLength.isMultiple(of: 2) ? (byteCount + 3) / 4 * 4 : 0
    let buffer = GuardedBuffer(byteCount: byteCount + turnedDistance)
    let distance = turnedDistance
    data.rows.withUnsafeBufferPointer { rows in
      if let base = rows.baseAddress {
        kernel.prepare(
          base, stride: rows.count, into: buffer.start, stride: 0, rows: 1, count: rows.count)
        if distance > 0 {
          kernel.prepareTurned(
            base, stride: rows.count, into: buffer.start + distance, stride: 0, rows: 1, count: rows.count)
        }
      }
    }
    self.buffer = buffer
    let pixels = (problem.pixels + kernel.mr - 1) / kernel.mr * kernel.mr
    joined = GuardedBuffer(
      byteCount: pixels * kernel.joinedByteCount(groups: 1, taps: problem.taps, depth: problem.depth))
  }

  private func row(tap: Int, pixel: Int) -> UnsafeRawPointer {
    let problem = data.problem
    let index = min(tap, problem.taps - 1) * problem.pixels + min(pixel, problem.pixels - 1)
    return UnsafeRawPointer(buffer.start + index * rowLength * kernel.rowByteCount)
  }

  /// The pointers `[block][tap][mr]`; depthwise, to `channel` of every pixel.
  func pointers(channel: Int) -> [UnsafeRawPointer] {
    let problem = data.problem
    if problem.isDepthwise {
      return (0..<problem.pixels).map { row(tap: 0, pixel: $0) + channel * kernel.rowByteCount }
    }
    let blocks = stride(from: 0, to: problem.pixels, by: kernel.mr)
    var rows = blocks.flatMap { first in
      (0..<problem.taps).flatMap { tap in (0..<kernel.mr).map { row(tap: tap, pixel: first + $0) } }
    }
    let blockCount = rows.count / (problem.taps * kernel.mr)
    rows.withUnsafeMutableBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      kernel.join(
        base, blocks: blockCount, groups: 1, taps: problem.taps, depth: problem.depth, into: joined.start)
    }
    return rows
  }

  /// From a pixel's row of tap 0 to that of each tap; the idle ones repeat the last.
  var tapByteOffsets: [Int] {
    let problem = data.problem
    return (0..<(problem.taps + kernel.kr - 1) / kernel.kr * kernel.kr).map { tap in
      min(tap, problem.taps - 1) * problem.pixels * rowLength * kernel.rowByteCount
    }
  }
}
