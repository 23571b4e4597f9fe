import CInt8Kernels

/// What is known of a convolution's panels before its weights are packed: the drivers cut their tiles by it.
struct PanelPlan: Sendable {
  let kernel: MicroKernel
  let layout: PanelLayout
  let taps: Int
  let depth: Int
  let isDepthwise: Bool
  private let hasActivation: Bool
  private let outputWidth: Int

  /// - Parameter kernel: instead of the one that pays.
  init(
    _ geometry: ConvolutionGeometry, _ epilogue: Epilogue, taps: Int, depth: Int, kernels: KernelSet,
    kernel: MicroKernel?
  ) {
    self.taps = taps
    self.depth = depth
    isDepthwise = geometry.isDepthwise
    outputWidth = geometry.outputWidth
    // Longer rows than the dealt weights' offsets reach are left to the plainer kernel.
    let countedTaps = depth <= i8k_pairs_offset_limit() ? taps : 0
    let kernel =
      kernel
      ?? MicroKernel.kernel(
        for: epilogue.operation(isDepthwise: isDepthwise), in: kernels, taps: countedTaps, depth: depth)
    self.kernel = kernel
    hasActivation = epilogue.hasActivation
    // A depthwise panel is nr channels, each summed over its taps alone.
    layout =
      isDepthwise
      ? PanelLayout(groups: 1, outputsPerGroup: geometry.outputChannels, nr: kernel.nr)
      : PanelLayout(
        groups: geometry.groups, outputsPerGroup: geometry.outputChannels / geometry.groups, nr: kernel.nr)
  }

  /// A convolution of one group that `kernel` computes from whole windows.
  init(_ geometry: ConvolutionGeometry, kernel: MicroKernel, hasActivation: Bool) {
    taps = geometry.kernelHeight * geometry.kernelWidth
    depth = geometry.inputChannels
    isDepthwise = false
    outputWidth = geometry.outputWidth
    self.hasActivation = hasActivation
    self.kernel = kernel
    layout = PanelLayout(groups: 1, outputsPerGroup: geometry.outputChannels, nr: kernel.nr)
  }

  /// Row pointers that stand for `pixels` pixels.
  func pointerCount(pixels: Int) -> Int {
    isDepthwise ? pixels : taps * pixels.roundedUp(toMultipleOf: kernel.mr)
  }

  var pointersPerPixel: Int { isDepthwise ? 1 : taps }

  /// Bytes from a group's rows to the next group's.
  var groupByteCount: Int {
    if isDepthwise { return 0 }
    return kernel.joinsRows
      ? 2 * kernel.joinedByteCount(groups: 1, taps: taps, depth: depth) : depth * kernel.rowByteCount
  }

  /// Bytes of the joined rows of `pixels` pixels; 0 if the kernel reads rows as they stand.
  func joinedByteCount(pixels: Int) -> Int {
    pixels.roundedUp(toMultipleOf: kernel.mr)
      * kernel.joinedByteCount(groups: layout.groups, taps: taps, depth: depth)
  }

  /// Joins the rows of `pixels` pixels if the kernel reads them so; the pointers are `rows`.
  func join(
    _ rows: UnsafeMutablePointer<UnsafeRawPointer>, pixels: Int, into scratch: UnsafeMutableRawPointer
  ) {
    kernel.join(
      rows, blocks: pixels.dividedRoundingUp(by: kernel.mr), groups: layout.groups, taps: taps, depth: depth,
      into: scratch)
  }

  /// Bytes of a strip: results of the q16 epilogue that wait in the nearest cache for their activation.
  var stripByteCount: Int {
    hasActivation ? stripPixels * kernel.nr * 2 + LayerBuffers.slackByteCount : 0
  }

  /// About a hundred pixels: whole blocks of them, or pairs of rows, where depthwise kernels may share what both read.
  var stripPixels: Int {
    if !isDepthwise { return 96.roundedUp(toMultipleOf: kernel.mr) }
    let pair = 2 * outputWidth
    return pair > 256 ? 96 : pair * max(1, 96 / pair)
  }

  /// Products of a panel for one pixel, and what its row costs to prepare, in products: bytes that are copied, and pointers.
  func costs(pixelsPerPosition: Int = 1, halo: Int = 0) -> TileChoice.Costs {
    TileChoice.Costs(
      panel: pixelsPerPosition * taps * depth * (isDepthwise ? 8 * kernel.nr : kernel.nr),
      preparation: pixelsPerPosition * ((isDepthwise ? 0 : 6 * depth) + 100 * pointersPerPixel), halo: halo)
  }

  func reason(in kernels: KernelSet) -> String { kernel.reason(in: kernels, taps: taps, depth: depth) }

  /// Bytes of prepared rows of `byteCount` bytes, and from an element to its second form, 0 where there is none.
  ///
  /// Turned elements are the odd ones of a row, so every row must begin with an even one.
  func rowBytes(_ byteCount: Int, channels: Int) -> (byteCount: Int, turnedDistance: Int) {
    guard kernel.readsTurnedRows, channels.isMultiple(of: 2), layout.groups == 1 || depth.isMultiple(of: 2)
    else { return (byteCount, 0) }
    let distance = byteCount.roundedUp(toMultipleOf: LayerBuffers.alignment)
    guard distance + depth <= i8k_pairs_offset_limit() else { return (byteCount, 0) }
    return (distance + byteCount, distance)
  }
}

extension Epilogue {
  var hasActivation: Bool {
    switch self {
    case .q8: false
    case .q16: true
    }
  }

  func operation(isDepthwise: Bool) -> i8k_operation {
    switch self {
    case .q8: isDepthwise ? i8k_operation_dw_q8 : i8k_operation_conv_q8
    case .q16: isDepthwise ? i8k_operation_dw_q16 : i8k_operation_conv_q16
    }
  }
}

/// What all convolution drivers share: packed weights, epilogue, activation, and the loop over panels.
final class PanelConvolution: Sendable {
  let plan: PanelPlan
  private let weights: PackedWeights
  private let requantization: PackedRequantization
  private let activation: PackedActivation?
  private let hasResidual: Bool

  var kernel: MicroKernel { plan.kernel }
  var kernelName: String { activation.map { "\(kernel.name) + \($0.kernelName)" } ?? kernel.name }
  var layout: PanelLayout { plan.layout }

  /// - Parameter turnedDistance: of the rows that will be read.
  init(
    _ plan: PanelPlan, _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters,
    kernels: KernelSet,
    turnedDistance: Int = 0
  ) {
    self.plan = plan
    weights = PackedWeights(
      weights: parameters.weights, bias: parameters.foldedBias(geometry),
      taps: plan.isDepthwise ? 1 : plan.taps,
      depth: plan.isDepthwise ? plan.taps : plan.depth, layout: plan.layout, kernel: plan.kernel,
      turnedDistance: turnedDistance)
    switch parameters.epilogue {
    case .q8(let numbers):
      requantization = PackedRequantization(
        numbers, largestSums: parameters.largestSums, layout: plan.layout)
      activation = nil
      hasResidual = numbers.residual != nil
    case .q16(let strip):
      requantization = PackedRequantization(
        multipliers: strip.multipliers, largestSums: parameters.largestSums, layout: plan.layout)
      activation = PackedActivation(strip, layout: plan.layout, kernels: kernels)
      hasResidual = false
    }
  }

  /// Where pixel `firstPixel` of the layer's output begins, at the first channel of `panel`.
  func place(
    _ firstPixel: Int, panel: Int, _ geometry: ConvolutionGeometry, _ buffers: LayerBuffers
  ) -> PixelPlace {
    let channels = geometry.outputChannels
    let offset = firstPixel * channels + layout.channels(of: panel).lowerBound
    return PixelPlace(
      output: buffers.output.assumingMemoryBound(to: Int8.self) + offset, outputStride: channels,
      residual: hasResidual ? buffers.map(1) + offset : nil, residualStride: channels)
  }

  /// Computes the `panels` of `pixelCount` pixels, whose row pointers are `rows`, into `place`: channel 0 of the first
  /// panel's first pixel.
  func run(
    panels: Range<Int>, pixelCount: Int, rows: UnsafePointer<UnsafeRawPointer>,
    tapByteOffsets: UnsafePointer<Int>? = nil, strip: UnsafeMutableRawPointer, into place: PixelPlace
  ) {
    for panel in panels {
      let channels = layout.channels(of: panel)
      runPanel(
        panel, channels.count, pixelCount: pixelCount, rows: rows, tapByteOffsets: tapByteOffsets,
        strip: strip,
        place + (channels.lowerBound - layout.channels(of: panels.lowerBound).lowerBound))
    }
  }

  private func runPanel(
    _ panel: Int, _ channelCount: Int, pixelCount: Int, rows: UnsafePointer<UnsafeRawPointer>,
    tapByteOffsets: UnsafePointer<Int>?, strip: UnsafeMutableRawPointer, _ place: PixelPlace
  ) {
    var arguments = i8k_convolution_arguments(
      rows: rows,
      rowByteOffset: layout.group(of: panel) * plan.groupByteCount,
      tapByteOffsets: tapByteOffsets, taps: plan.taps, depth: plan.depth, panel: weights.panel(panel),
      mr: pixelCount,
      nr: channelCount, output: place.output, outputStrideBytes: place.outputStride,
      residual: place.residual, residualStrideBytes: place.residualStride,
      epilogue: requantization.numbers(ofPanel: panel))
    guard let activation else { return kernel.entry.pointee.run.convolution(&arguments) }
    arguments.output = strip
    arguments.outputStrideBytes = 2 * kernel.nr
    for first in stride(from: 0, to: pixelCount, by: plan.stripPixels) {
      arguments.rows = rows + first * plan.pointersPerPixel
      arguments.mr = min(plan.stripPixels, pixelCount - first)
      kernel.entry.pointee.run.convolution(&arguments)
      activation.run(
        panel: panel, strip: strip.assumingMemoryBound(to: Int16.self), rows: arguments.mr,
        channelCount: channelCount, output: place.output + first * place.outputStride,
        outputStride: place.outputStride)
    }
  }
}

/// Where a run of pixels is written, and where its residual stands; strides in elements, which are bytes.
struct PixelPlace {
  var output: UnsafeMutablePointer<Int8>
  var outputStride: Int
  var residual: UnsafePointer<Int8>?
  var residualStride = 0

  static func + (place: PixelPlace, channel: Int) -> PixelPlace {
    var result = place
    result.output += channel
    result.residual = place.residual.map { $0 + channel }
    return result
  }
}
