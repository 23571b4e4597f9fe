/// A 1×1 convolution and the depthwise convolution that alone reads its result, as in inverted residuals: the wide map
/// between them is never written to memory.
///
/// A tile is a band of output rows by a share of the channels. It expands the input rows of the band a few channels
/// at a time into scratch memory near the processor, and convolves these at once. Rows that two bands need are
/// expanded twice, so bands are as high as scratch allows.
///
/// inputs: the map. output: a map of the depthwise convolution's shape.
package final class ExpandDepthwise: LayerKernel {
  /// The most scratch that the rows of a tile should take: half of the second-level cache of small cores.
  private static let budget = 192 << 10

  private let expansion: ConvolutionGeometry
  private let geometry: ConvolutionGeometry
  private let expand: PanelConvolution
  private let depthwise: DepthwisePanels
  private let tiles: TileChoice
  private let rows: PixelRows
  private let expanded: Int
  private let strip: Int
  package let scratchByteCount: Int

  /// - Precondition: `serves(expansion, depthwise)`, and the parameters' arrays have the sizes the geometries imply.
  package init(
    expansion: ConvolutionGeometry, _ expansionParameters: ConvolutionParameters,
    depthwise geometry: ConvolutionGeometry, _ parameters: ConvolutionParameters, kernels: KernelSet,
    workers: Int = 4
  ) {
    precondition(Self.serves(expansion, geometry))
    precondition(expansionParameters.fit(expansion) && parameters.fit(geometry))
    self.expansion = expansion
    self.geometry = geometry
    let plan = PanelPlan(
      expansion, expansionParameters.epilogue, taps: 1, depth: expansion.inputChannels, kernels: kernels,
      kernel: nil)
    let convolution = DepthwisePanels.convolution(geometry, parameters, kernels: kernels)
    let unit = max(plan.kernel.nr, convolution.kernel.nr)
    let forms = plan.kernel.readsTurnedRows ? 2 : 1
    let rowByteCount =
      geometry.inputWidth
      * (unit * (1 + convolution.kernel.rowByteCount)
        + (plan.kernel.needsPreparedRows ? expansion.inputChannels * plan.kernel.rowByteCount * forms : 0)
        + plan.joinedByteCount(pixels: 1) / plan.kernel.mr)
    let expanding = plan.costs(pixelsPerPosition: geometry.inputWidth * geometry.strideHeight)
    let convolving = convolution.plan.costs(pixelsPerPosition: geometry.outputWidth)
    tiles = TileChoice(
      height: Self.bandHeight(geometry, inputRows: max(1, Self.budget / rowByteCount)),
      positions: geometry.outputHeight, panels: geometry.outputChannels.dividedRoundingUp(by: unit),
      workers: workers,
      costs: TileChoice.Costs(
        panel: expanding.panel * (unit / plan.kernel.nr) + convolving.panel * (unit / convolution.kernel.nr),
        preparation: expanding.preparation, halo: geometry.kernelHeight / geometry.strideHeight,
        haloPanel: expanding.panel * (unit / plan.kernel.nr)))
    let inputPixels = geometry.inputRows(of: 0..<tiles.positionsPerTile).count * geometry.inputWidth
    var scratch = ScratchLayout()
    rows = PixelRows(plan, pixels: inputPixels, scratch: &scratch)
    strip = scratch.add(plan.stripByteCount)
    expanded = scratch.add(inputPixels * unit + LayerBuffers.slackByteCount)
    depthwise = DepthwisePanels(
      geometry, inputZeroPoints: parameters.inputZeroPoints, convolution, rows: tiles.positionsPerTile,
      scratch: &scratch)
    expand = PanelConvolution(
      plan, expansion, expansionParameters, kernels: kernels, turnedDistance: rows.turnedDistance)
    scratchByteCount = scratch.byteCount
  }

  /// Output rows whose input is at most `inputRows` high; all of them, divided evenly.
  private static func bandHeight(_ geometry: ConvolutionGeometry, inputRows: Int) -> Int {
    let halo = (geometry.kernelHeight - 1) * geometry.dilationHeight
    let most = max(1, (inputRows - halo - 1) / geometry.strideHeight + 1)
    let bands = geometry.outputHeight.dividedRoundingUp(by: most)
    return geometry.outputHeight.dividedRoundingUp(by: bands)
  }

  package static func serves(_ expansion: ConvolutionGeometry, _ depthwise: ConvolutionGeometry) -> Bool {
    PointwiseConvolution.serves(expansion) && depthwise.isDepthwise
      && expansion.outputChannels == depthwise.inputChannels
      && expansion.outputHeight == depthwise.inputHeight && expansion.outputWidth == depthwise.inputWidth
  }

  package var kernelName: String { "\(expand.kernelName) + \(depthwise.convolution.kernelName)" }
  package func kernelReason(in kernels: KernelSet) -> String {
    "expansion and depthwise fused; \(expand.plan.reason(in: kernels))"
  }
  package var tileCount: Int { tiles.count }

  /// Channels that are expanded at once: whole panels of both kernels.
  private var unit: Int { max(expand.kernel.nr, depthwise.convolution.kernel.nr) }

  package func run(tile: Int, _ buffers: LayerBuffers) {
    let outputRows = tiles.positions(of: tile)
    let wanted = geometry.inputRows(of: outputRows)
    let first = min(max(wanted.lowerBound, 0), geometry.inputHeight)
    let last = max(first, min(wanted.upperBound, geometry.inputHeight))
    let pixelCount = (last - first) * geometry.inputWidth
    depthwise.point(outputRows, buffers.scratch)
    let place = (buffers.scratch + expanded).assumingMemoryBound(to: Int8.self)
    let source = MapRows(start: place, firstRow: first, width: geometry.inputWidth, channels: unit)
    let units = tiles.panels(of: tile)
    guard pixelCount > 0 else { return runDepthwise(units, of: units, outputRows, source, buffers) }
    let pixels = buffers.map(0) + first * geometry.inputWidth * expansion.inputChannels
    let table = rows.prepare(pixels, count: pixelCount, buffers.scratch)
    for channels in units {
      expand.run(
        panels: Self.panels(channels, of: expand, unit: unit), pixelCount: pixelCount, rows: table,
        strip: buffers.scratch + strip, into: PixelPlace(output: place, outputStride: unit))
      runDepthwise(channels..<channels + 1, of: units, outputRows, source, buffers)
    }
  }

  private func runDepthwise(
    _ units: Range<Int>, of all: Range<Int>, _ outputRows: Range<Int>, _ source: MapRows,
    _ buffers: LayerBuffers
  ) {
    let nr = depthwise.convolution.kernel.nr
    for channels in units {
      let panels = Self.panels(channels, of: depthwise.convolution, unit: unit)
      for panel in panels {
        let isNext = channels > all.lowerBound || panel > panels.lowerBound
        depthwise.run(
          panel, isNext: isNext, outputRows, from: source + (panel - panels.lowerBound) * nr, buffers)
      }
    }
  }

  private static func panels(_ index: Int, of convolution: PanelConvolution, unit: Int) -> Range<Int> {
    let each = unit / convolution.kernel.nr
    let first = index * each
    return first..<min(first + each, convolution.layout.panelCount)
  }
}
