import CInt8Kernels

/// A 3×3 convolution of stride 1 by Winograd's F(2×2, 3×3): 16 products where the plain form has 36.
///
/// Over whole numbers, scaled by 4, it is exact modulo 2³², so its bytes are those of the plain form. It pays where
/// products of Int16 cost no more than 2¼ products of Int8: not where the CPU has dot products of bytes.
final class WinogradConvolution: LayerKernel {
  private let geometry: ConvolutionGeometry
  private let plan: PanelPlan
  private let weights: WinogradWeights
  private let requantization: PackedRequantization
  private let activation: PackedActivation?
  private let hasResidual: Bool
  private let prepared: PreparedRows
  /// Positions are rows of tiles, two output rows each.
  private let tiles: TileChoice
  private let tileColumns: Int
  private let windowChannels: Int
  private let windowsStride: Int
  private let weightsStride: Int
  private let sumsStride: Int
  private let rows: Int
  private let windows: Int
  private let transformed: Int
  private let sums: Int
  private let strip: Int
  let scratchByteCount: Int

  /// The kernel for a layer, or nil where the plain form serves better.
  static func kernel(
    _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, in kernels: KernelSet
  ) -> MicroKernel? {
    // What is cheap to know first: `serves` reads every weight.
    guard kernels != .scalar, pays(geometry),
      let kernel = MicroKernel.ownKernel(for: parameters.epilogue.winogradOperation, in: kernels),
      serves(geometry, parameters)
    else { return nil }
    return kernel
  }

  private static func pays(_ geometry: ConvolutionGeometry) -> Bool {
    let tiles = geometry.outputHeight.dividedRoundingUp(by: 2) * geometry.outputWidth.dividedRoundingUp(by: 2)
    let pixels = geometry.outputHeight * geometry.outputWidth
    // A quarter more for the transforms.
    return geometry.inputChannels >= 32 && geometry.outputChannels >= 16 && 20 * tiles <= 9 * pixels
  }

  /// Whether this form computes the layer: 4·acc must fit Int32.
  static func serves(_ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters) -> Bool {
    hasWindows(geometry) && parameters.largestSums.allSatisfy { $0 < 0x1p29 }
  }

  private static func hasWindows(_ geometry: ConvolutionGeometry) -> Bool {
    (geometry.kernelHeight, geometry.kernelWidth, geometry.groups) == (3, 3, 1)
      && (geometry.strideHeight, geometry.strideWidth) == (1, 1)
      && (geometry.dilationHeight, geometry.dilationWidth) == (1, 1)
  }

  /// Why a layer that `kernels` could compute in this form is computed plainly, in few words; nil where the form does not
  /// suit it at all.
  static func objection(to geometry: ConvolutionGeometry, in kernels: KernelSet) -> String? {
    guard hasWindows(geometry), kernels != .scalar,
      MicroKernel.ownKernel(for: i8k_operation_winograd_q8, in: kernels) != nil
    else { return nil }
    return pays(geometry) ? "sums too large for Winograd" : "too small for Winograd"
  }

  init(
    _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernel: MicroKernel,
    kernels: KernelSet, workers: Int
  ) {
    self.geometry = geometry
    switch parameters.epilogue {
    case .q8(let numbers):
      hasResidual = numbers.residual != nil
      plan = PanelPlan(geometry, kernel: kernel, hasActivation: false)
      requantization = PackedRequantization(
        numbers.ofQuadrupleSums, largestSums: parameters.largestSums.map { 4 * $0 }, layout: plan.layout)
      activation = nil
    case .q16(let strip):
      hasResidual = false
      plan = PanelPlan(geometry, kernel: kernel, hasActivation: true)
      requantization = PackedRequantization(
        multipliers: strip.multipliers.map { $0 / 4 }, largestSums: parameters.largestSums.map { 4 * $0 },
        layout: plan.layout)
      activation = PackedActivation(strip, layout: plan.layout, kernels: kernels)
    }
    tileColumns = geometry.outputWidth.dividedRoundingUp(by: 2)
    windowChannels = geometry.inputChannels.roundedUp(toMultipleOf: 16)
    weights = WinogradWeights(
      parameters.weights, bias: parameters.foldedBias(geometry), depth: geometry.inputChannels,
      windowChannels: windowChannels, layout: plan.layout, kernel: kernel)
    // Windows that the second cache holds, and enough of them to pay for a panel and its transform.
    let windowBytes = 16 * windowChannels * MemoryLayout<Int16>.stride
    tiles = TileChoice(
      positions: geometry.outputHeight.dividedRoundingUp(by: 2), pixelsPerPosition: tileColumns,
      pixels: min(112, max(16, (400 << 10) / windowBytes)), panels: plan.layout.panelCount, workers: workers,
      costs: plan.costs(pixelsPerPosition: tileColumns, halo: 1))
    let count = tiles.positionsPerTile * tileColumns
    // Distances that are no power of two: the sixteen would meet in the same places of the cache.
    windowsStride = count * windowChannels + 32
    weightsStride = windowChannels * kernel.nr + 32
    sumsStride = (count | 1) * kernel.nr
    // One row more than is prepared: the last window of a map of odd sides reaches beyond it, into nothing that counts.
    prepared = PreparedRows(
      geometry, inputZeroPoints: parameters.inputZeroPoints, plan, blockChannels: geometry.inputChannels,
      outputRowsPerTile: 2 * tiles.positionsPerTile + 1)
    var scratch = ScratchLayout()
    rows = scratch.add(prepared.byteCount)
    windows = scratch.add(16 * windowsStride * MemoryLayout<Int16>.stride)
    transformed = scratch.add(16 * weightsStride * MemoryLayout<Int16>.stride)
    sums = scratch.add(16 * sumsStride * MemoryLayout<Int32>.stride)
    strip =
      activation == nil
      ? 0
      : scratch.add(
        2 * tiles.positionsPerTile * geometry.outputWidth * 2 * kernel.nr + LayerBuffers.slackByteCount)
    scratchByteCount = scratch.byteCount
  }

  var kernelName: String { activation.map { "\(plan.kernel.name) + \($0.kernelName)" } ?? plan.kernel.name }
  func kernelReason(in kernels: KernelSet) -> String { "Winograd: 16 products for 36" }
  var tileCount: Int { tiles.count }

  func run(tile: Int, _ buffers: LayerBuffers) {
    let tileRows = tiles.positions(of: tile)
    let outputRows = 2 * tileRows.lowerBound..<min(2 * tileRows.upperBound, geometry.outputHeight)
    let inputRows = buffers.scratch + rows
    prepared.prepare(outputRows, block: 0, from: MapRows(buffers.map(0), geometry), into: inputRows)
    transformWindows(tileRows.count, inputRows, buffers)
    for panel in tiles.panels(of: tile) { run(panel: panel, tileRows.count, outputRows, buffers) }
  }

  private func transformWindows(
    _ tileRows: Int, _ inputRows: UnsafeMutableRawPointer, _ buffers: LayerBuffers
  ) {
    var arguments = i8k_winograd_windows_arguments(
      rows: inputRows.assumingMemoryBound(to: Int8.self), rowStrideBytes: prepared.kernelRowByteCount,
      channels: geometry.inputChannels, tileRows: tileRows, tileColumns: tileColumns,
      windows: (buffers.scratch + windows).assumingMemoryBound(to: Int16.self), windowsStride: windowsStride,
      windowChannels: windowChannels)
    plan.kernel.entry.pointee.windows?(&arguments)
  }

  private func run(panel: Int, _ tileRows: Int, _ outputRows: Range<Int>, _ buffers: LayerBuffers) {
    let channels = plan.layout.channels(of: panel)
    let stride = geometry.outputChannels
    let offset = outputRows.lowerBound * geometry.outputWidth * stride + channels.lowerBound
    let output = buffers.outputMap + offset
    var arguments = i8k_winograd_arguments(
      windows: (buffers.scratch + windows).assumingMemoryBound(to: Int16.self), windowsStride: windowsStride,
      channels: geometry.inputChannels, windowChannels: windowChannels, tileRows: tileRows,
      tileColumns: tileColumns, panel: weights.panel(panel),
      weights: (buffers.scratch + transformed).assumingMemoryBound(to: Int16.self),
      weightsStride: weightsStride,
      sums: (buffers.scratch + sums).assumingMemoryBound(to: Int32.self), sumsStride: sumsStride,
      rows: outputRows.count, columns: geometry.outputWidth, nr: channels.count, output: output,
      outputStrideBytes: stride, outputRowStrideBytes: geometry.outputWidth * stride,
      residual: hasResidual ? buffers.map(1) + offset : nil, residualStrideBytes: stride,
      residualRowStrideBytes: geometry.outputWidth * stride,
      epilogue: requantization.numbers(ofPanel: panel))
    guard let activation else { return plan.kernel.entry.pointee.run.winograd(&arguments) }
    let strip = buffers.scratch + strip
    arguments.output = strip
    arguments.outputStrideBytes = 2 * plan.kernel.nr
    arguments.outputRowStrideBytes = geometry.outputWidth * 2 * plan.kernel.nr
    plan.kernel.entry.pointee.run.winograd(&arguments)
    activation.run(
      panel: panel, strip: strip.assumingMemoryBound(to: Int16.self),
      rows: outputRows.count * geometry.outputWidth, channelCount: channels.count, output: output,
      outputStride: stride)
  }
}

/// The weights of all panels, as `i8k_pack_winograd` writes them.
private final class WinogradWeights: Sendable {
  private let bytes: AlignedArray<UInt8>
  private let panelByteCount: Int

  /// - Parameters:
  ///   - weights: `[output][9][depth]`.
  ///   - bias: zero points folded in.
  init(
    _ weights: Int8Weights, bias: [Int32], depth: Int, windowChannels: Int, layout: PanelLayout,
    kernel: MicroKernel
  ) {
    let nr = layout.nr
    let panelByteCount = i8k_winograd_panel_bytes(nr, windowChannels)
      .roundedUp(toMultipleOf: LayerBuffers.alignment)
    self.panelByteCount = panelByteCount
    bytes = AlignedArray(count: layout.panelCount * panelByteCount) { memory in
      weights.withUnsafeBufferPointer { weights in
        bias.withUnsafeBufferPointer { bias in
          guard let firstWeight = weights.baseAddress, let firstBias = bias.baseAddress else { return }
          for panel in 0..<layout.panelCount {
            let outputs = layout.channels(of: panel)
            var arguments = i8k_pack_arguments(
              weights: firstWeight + outputs.lowerBound * 9 * depth, bias: firstBias + outputs.lowerBound,
              outputs: outputs.count, taps: 9, depth: depth, turnedDistance: 0)
            i8k_pack_winograd(&arguments, nr, kernel.kr, windowChannels, memory + panel * panelByteCount)
          }
        }
      }
    }
  }

  func panel(_ index: Int) -> UnsafeRawPointer { UnsafeRawPointer(bytes.base + index * panelByteCount) }
}

extension MicroKernel {
  /// Whether it computes F(2×2, 3×3).
  package var isWinograd: Bool { entry.pointee.windows != nil }
}

extension Epilogue {
  var winogradOperation: i8k_operation {
    switch self {
    case .q8: i8k_operation_winograd_q8
    case .q16: i8k_operation_winograd_q16
    }
  }
}

extension Requantization {
  /// For sums that are four times as large: a quarter of every multiplier, exactly.
  fileprivate var ofQuadrupleSums: Requantization {
    var result = self
    result.multipliers = multipliers.map { $0 / 4 }
    result.negativeMultipliers = negativeMultipliers.map { $0.map { $0 / 4 } }
    return result
  }
}
