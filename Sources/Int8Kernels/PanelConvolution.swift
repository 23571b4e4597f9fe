import CInt8Kernels

/// What all convolution drivers share: packed weights, epilogue, and the loop over panels and blocks of
/// pixels.
final class PanelConvolution: Sendable {
  let kernel: MicroKernel
  let layout: PanelLayout
  let taps: Int
  let depth: Int
  private let weights: PackedWeights
  private let requantization: PackedRequantization
  private let activation: PackedActivation?
  private let outputChannels: Int
  private let hasResidual: Bool

  let isDepthwise: Bool

  init(
    _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, taps: Int, depth: Int,
    kernels: KernelSet
  ) {
    isDepthwise = geometry.isDepthwise
    kernel = Self.kernel(for: parameters.epilogue, isDepthwise: isDepthwise, in: kernels)
    // A depthwise panel is nr channels, each summed over its taps alone.
    layout =
      isDepthwise
      ? PanelLayout(groups: 1, outputsPerGroup: geometry.outputChannels, nr: kernel.nr)
      : PanelLayout(
        groups: geometry.groups, outputsPerGroup: geometry.outputChannels / geometry.groups, nr: kernel.nr)
    weights = PackedWeights(
      weights: parameters.weights, bias: parameters.foldedBias(geometry), taps: isDepthwise ? 1 : taps,
      depth: isDepthwise ? taps : depth, layout: layout, kernel: kernel)
    self.taps = taps
    self.depth = depth
    outputChannels = geometry.outputChannels
    switch parameters.epilogue {
    case .q8(let numbers):
      requantization = PackedRequantization(numbers, layout: layout)
      activation = nil
      hasResidual = numbers.residual != nil
    case .q16(let strip):
      requantization = PackedRequantization(multipliers: strip.multipliers, layout: layout)
      activation = PackedActivation(strip, layout: layout, kernels: kernels)
      hasResidual = false
    }
  }

  private static func kernel(for epilogue: Epilogue, isDepthwise: Bool, in set: KernelSet) -> MicroKernel {
    switch (epilogue, isDepthwise) {
    case (.q8, false): .kernel(for: i8k_operation_conv_q8, in: set)
    case (.q16, false): .kernel(for: i8k_operation_conv_q16, in: set)
    case (.q8, true): .kernel(for: i8k_operation_dw_q8, in: set)
    case (.q16, true): .kernel(for: i8k_operation_dw_q16, in: set)
    }
  }

  func pointerCount(pixels: Int) -> Int {
    isDepthwise ? pixels : taps * pixels.roundedUp(toMultipleOf: kernel.mr)
  }

  func stripByteCount(pixels: Int) -> Int {
    activation == nil ? 0 : pixels * kernel.nr * 2 + LayerBuffers.slackByteCount
  }

  /// Computes `panels` of the pixels from `firstPixel` on, whose row pointers are `rows`.
  func run(
    panels: Range<Int>, firstPixel: Int, pixelCount: Int, rows: UnsafePointer<UnsafeRawPointer>,
    tapByteOffsets: UnsafePointer<Int>? = nil, strip: UnsafeMutableRawPointer, _ buffers: LayerBuffers
  ) {
    let output = buffers.output.assumingMemoryBound(to: Int8.self) + firstPixel * outputChannels
    let residual =
      hasResidual
      ? buffers.inputs[1].assumingMemoryBound(to: Int8.self) + firstPixel * outputChannels : nil
    for panel in panels {
      let channels = layout.channels(of: panel)
      runPanel(
        panel, pixelCount: pixelCount, rows: rows, tapByteOffsets: tapByteOffsets,
        residual: residual.map { $0 + channels.lowerBound },
        output: activation == nil ? UnsafeMutableRawPointer(output + channels.lowerBound) : strip)
      activation?.run(
        panel: panel, strip: strip.assumingMemoryBound(to: Int16.self), rows: pixelCount,
        channelCount: channels.count, output: output + channels.lowerBound, outputStride: outputChannels)
    }
  }

  private func runPanel(
    _ panel: Int, pixelCount: Int, rows: UnsafePointer<UnsafeRawPointer>, tapByteOffsets: UnsafePointer<Int>?,
    residual: UnsafePointer<Int8>?, output: UnsafeMutableRawPointer
  ) {
    var arguments = i8k_convolution_arguments(
      rows: rows, rowByteOffset: isDepthwise ? 0 : layout.group(of: panel) * depth * kernel.rowByteCount,
      tapByteOffsets: tapByteOffsets, taps: taps, depth: depth, panel: weights.panel(panel), mr: pixelCount,
      nr: layout.channels(of: panel).count, output: output,
      outputStrideBytes: activation == nil ? outputChannels : 2 * kernel.nr,
      residual: residual, residualStrideBytes: outputChannels,
      epilogue: requantization.numbers(ofPanel: panel))
    kernel.entry.pointee.run.convolution(&arguments)
  }
}
