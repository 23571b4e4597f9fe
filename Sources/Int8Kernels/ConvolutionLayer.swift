import CInt8Kernels

/// A convolution of any kernel, stride, dilation, padding and groups, with either epilogue, by the driver
/// that suits it.
///
/// inputs: the map, then the residual's map where the epilogue has one. output: a map of the output's shape.
package final class ConvolutionLayer: LayerKernel {
  private let driver: any LayerKernel

  /// - Parameters:
  ///   - workers: threads that will share its tiles.
  ///   - kernel: one of `candidates`, which says the form too; nil for what is expected to be the fastest. The bytes are the same.
  /// - Precondition: the parameters' arrays have the sizes that `geometry` implies.
  package init(
    geometry: ConvolutionGeometry, parameters: ConvolutionParameters, kernels: KernelSet, workers: Int = 4,
    kernel: MicroKernel? = nil
  ) {
    precondition(parameters.fit(geometry))
    let kernel = kernel ?? WinogradConvolution.kernel(geometry, parameters, in: kernels)
    if let kernel, kernel.isWinograd {
      driver = WinogradConvolution(geometry, parameters, kernel: kernel, kernels: kernels, workers: workers)
    } else if geometry.isDepthwise {
      driver = DepthwiseConvolution(
        geometry, parameters, kernels: kernels, kernel: kernel, workers: workers)
    } else if PointwiseConvolution.serves(geometry) {
      driver = PointwiseConvolution(
        geometry, parameters, kernels: kernels, kernel: kernel, workers: workers)
    } else {
      driver = SpatialConvolution(geometry, parameters, kernels: kernels, kernel: kernel, workers: workers)
    }
  }

  /// The kernels with which `kernels` can compute a layer: those of one product a weight, then those of F(2×2, 3×3).
  package static func candidates(
    _ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, in kernels: KernelSet
  ) -> [MicroKernel] {
    let plain = MicroKernel.candidates(
      for: parameters.epilogue.operation(isDepthwise: geometry.isDepthwise), in: kernels)
    let longestTap = geometry.kernelWidth * geometry.inputChannels
    let winograd =
      WinogradConvolution.serves(geometry, parameters)
      ? MicroKernel.candidates(for: parameters.epilogue.winogradOperation, in: kernels) : []
    return plain.filter { !$0.readsTurnedRows || longestTap <= i8k_pairs_offset_limit() } + winograd
  }

  package var kernelName: String { driver.kernelName }
  package func kernelReason(in kernels: KernelSet) -> String { driver.kernelReason(in: kernels) }
  package var tileCount: Int { driver.tileCount }
  package var scratchByteCount: Int { driver.scratchByteCount }
  package func run(tile: Int, _ buffers: LayerBuffers) { driver.run(tile: tile, buffers) }
}

extension ConvolutionParameters {
  /// Whether every array has the size that `geometry` implies.
  package func fit(_ geometry: ConvolutionGeometry) -> Bool {
    let outputs = geometry.outputChannels
    let products = geometry.kernelHeight * geometry.kernelWidth * (geometry.inputChannels / geometry.groups)
    guard weights.count == outputs * products, bias.count == outputs,
      inputZeroPoints.count == geometry.inputChannels
    else { return false }
    switch epilogue {
    case .q8(let numbers):
      return numbers.multipliers.count == outputs
        && (numbers.negativeMultipliers?.count ?? outputs) == outputs
        && numbers.zeroPoints.count == outputs && numbers.minimum.count == outputs
        && numbers.maximum.count == outputs
        && (numbers.residual?.multipliers.count ?? outputs) == outputs
        && (numbers.residual?.zeroPoints.count ?? outputs) == outputs
    case .q16(let strip):
      return strip.multipliers.count == outputs && strip.shifts.count == outputs
        && strip.gains.count == outputs
        && strip.zeroPoints.count == outputs && strip.table.a0.count == 16 && strip.table.a1.count == 16
        && strip.table.a2.count == 16
    }
  }
}
