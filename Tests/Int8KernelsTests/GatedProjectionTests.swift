import Int8Kernels
import TestSupport
import Testing

/// A gated map of `pixels` by `channels`, projected to `outputs`.
private struct Projection: Sendable, CustomStringConvertible {
  var height: Int
  var width: Int
  var channels: Int
  var outputs: Int

  var description: String { "\(height)×\(width), \(channels) to \(outputs)" }

  var geometry: ConvolutionGeometry {
    ConvolutionGeometry(
      inputHeight: height, inputWidth: width, inputChannels: channels, outputHeight: height,
      outputWidth: width, outputChannels: outputs, kernelHeight: 1, kernelWidth: 1, strideHeight: 1,
      strideWidth: 1, paddingTop: 0, paddingLeft: 0)
  }

  var gate: GateParameters {
    GateParameters(
      inputZeroPoints: (0..<channels).map { Int8(truncatingIfNeeded: 37 * $0 - 90) },
      outputZeroPoints: (0..<channels).map { Int8(truncatingIfNeeded: 11 * $0 - 128) },
      factors: (0..<channels).map { Float(20_000 + 101 * $0 % 12_000) }, shift: 1)
  }
}

private let projections = [
  Projection(height: 7, width: 7, channels: 96, outputs: 40),
  Projection(height: 14, width: 13, channels: 33, outputs: 17),
  Projection(height: 1, width: 1, channels: 5, outputs: 3),
  Projection(height: 30, width: 28, channels: 32, outputs: 16),
]

@Suite struct GatedProjectionTests {
  /// Two layers in one give the bytes of the two, with and without a residual, however the work is shared.
  @Test(arguments: KernelSet.available, projections.indices)
  func equalsItsTwoLayers(_ set: KernelSet, _ index: Int) {
    let projection = projections[index]
    let gates = (0..<projection.channels).map { Float($0 % 7) / 7 }
    let work = LayerCase(
      projection.geometry, fill: .random, seed: UInt64(index + 5), computesExpected: false)
    let gated = run(
      GateLayer(extent: projection.extent, parameters: projection.gate, kernels: .scalar), maps: [work.input],
      vectors: [gates], outputCount: work.input.count, as: Int8.self)
    for parameters in [work.parametersQ8, work.parametersQ16] {
      let residuals = parameters.hasResidual ? [work.residual] : []
      let expected = run(
        ConvolutionLayer(geometry: projection.geometry, parameters: parameters, kernels: .scalar),
        maps: [gated.elements] + residuals, outputCount: work.outputCount, as: Int8.self)
      for workers in [1, 4] {
        let layer = PointwiseConvolution(
          projection.geometry, parameters, gate: projection.gate, kernels: set, workers: workers)
        let (elements, isExact) = run(
          layer, maps: [work.input], vectors: [gates], mapsAfter: residuals, outputCount: work.outputCount,
          as: Int8.self)
        #expect(elements == expected.elements, "\(projection), \(layer.kernelName), \(workers) workers")
        #expect(isExact)
      }
    }
  }
}

extension Projection {
  fileprivate var extent: MapExtent { MapExtent(height: height, width: width, channels: channels) }
}

extension ConvolutionParameters {
  fileprivate var hasResidual: Bool {
    if case .q8(let numbers) = epilogue { numbers.residual != nil } else { false }
  }
}
