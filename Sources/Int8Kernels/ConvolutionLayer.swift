/// A convolution of any kernel, stride, dilation, padding and groups, with either epilogue, by the driver
/// that suits it.
///
/// inputs: the map, then the residual's map where the epilogue has one. output: a map of the output's shape.
package final class ConvolutionLayer: LayerKernel {
  private let driver: any LayerKernel

  /// How the sums are computed; the bytes are the same.
  package enum Form: Hashable, Sendable {
    /// Whichever is faster.
    case automatic
    /// One product a weight.
    case plain
    /// F(2×2, 3×3); with the kernel of the scalar set where the wanted one has none.
    case winograd

    /// The forms that can compute a layer.
    package static func serving(_ geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters)
      -> [Form]
    {
      WinogradConvolution.serves(geometry, parameters) ? [.plain, .winograd] : [.plain]
    }
  }

  /// - Parameter workers: threads that will share its tiles.
  /// - Precondition: the parameters' arrays have the sizes that `geometry` implies; `form` serves.
  package init(
    geometry: ConvolutionGeometry, parameters: ConvolutionParameters, kernels: KernelSet, workers: Int = 4,
    form: Form = .automatic
  ) {
    precondition(parameters.fit(geometry))
    let winograd = WinogradConvolution.kernel(geometry, parameters, in: kernels, form: form)
    if let winograd {
      driver = WinogradConvolution(geometry, parameters, kernel: winograd, kernels: kernels, workers: workers)
    } else if geometry.isDepthwise {
      driver = DepthwiseConvolution(geometry, parameters, kernels: kernels, workers: workers)
    } else if PointwiseConvolution.serves(geometry) {
      driver = PointwiseConvolution(geometry, parameters, kernels: kernels, workers: workers)
    } else {
      driver = SpatialConvolution(geometry, parameters, kernels: kernels, workers: workers)
    }
  }

  package var kernelName: String { driver.kernelName }
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
