import CInt8Kernels

/// The numbers of an activation over a strip, in the order of lanes, with the kernel that computes it.
final class PackedActivation: Sendable {
  private let kernel: MicroKernel
  private let limits: AlignedArray<Int16>
  private let scales: AlignedArray<Int16>
  private let halves: AlignedArray<Int16>
  private let gains: AlignedArray<Int16>
  private let zeroPoints: AlignedArray<Int16>
  private let coefficients: AlignedArray<Int16>
  private let isOdd: Bool
  private let offset: Int16
  private let nr: Int

  init(_ strip: ActivationStrip, layout: PanelLayout, kernels: KernelSet) {
    precondition(strip.shifts.allSatisfy { (1...12).contains($0) })
    kernel = .kernel(for: i8k_operation_activation, in: kernels)
    limits = layout.arrange(strip.shifts.map { Int16((8 << Int($0)) - 1) }, idle: 0)
    scales = layout.arrange(strip.shifts.map { Int16(1 << (12 - Int($0))) }, idle: 0)
    halves = layout.arrange(strip.shifts.map { Int16(1 << (Int($0) - 1)) }, idle: 0)
    gains = layout.arrange(strip.gains, idle: 0)
    zeroPoints = layout.arrange(strip.zeroPoints.map(Int16.init), idle: 0)
    coefficients = AlignedArray(strip.table.a0 + strip.table.a1 + strip.table.a2)
    switch strip.table.form {
    case .rectified: (isOdd, offset) = (false, 0)
    case .odd(let value): (isOdd, offset) = (true, value)
    }
    nr = layout.nr
  }

  var kernelName: String { kernel.name }

  /// `rows` rows of the strip `[rows][nr]` to the `channelCount` channels of `panel`.
  func run(
    panel: Int, strip: UnsafePointer<Int16>, rows: Int, channelCount: Int, output: UnsafeMutablePointer<Int8>,
    outputStride: Int
  ) {
    let lane = panel * nr
    var arguments = i8k_activation_arguments(
      strip: strip, stripStrideBytes: 2 * nr, output: output, outputStrideBytes: outputStride, rows: rows,
      channels: channelCount, limits: limits.base + lane, scales: scales.base + lane,
      halves: halves.base + lane,
      gains: gains.base + lane, zeroPoints: zeroPoints.base + lane, a0: coefficients.base,
      a1: coefficients.base + 16, a2: coefficients.base + 32, isOdd: isOdd, offset: offset)
    kernel.entry.pointee.run.activation(&arguments)
  }
}
