import CFloatKernels
import Quant

/// A convolution by tiles of mr output pixels × nr output channels, through tables of row pointers.
///
/// A tile for the executor is a block of pixels × a block of channels of one group. Within it the sum is cut into blocks
/// along (kh, kw, c), so that one panel's weights stay in the first cache while all its pixels use them; the sums
/// wait in the output in between.
struct ConvolutionStep: FloatStep {
  private let kernels: FloatKernelSet
  private let window: WindowRows
  private let groups: Int
  private let inputsPerGroup: Int
  private let outputsPerGroup: Int
  private let blocks: [SumBlock]
  /// [group][panel][tap][c][nr]
  private let weights: FloatBuffer
  private let bias: FloatBuffer?
  private let hasResidual: Bool
  private let activation: FloatActivation
  private let zeros: FloatBuffer
  private let pixels: Tiling
  private let panels: Tiling

  /// A part of the sum: some taps with all channels, or one tap with some.
  private struct SumBlock: Sendable {
    var firstTap: Int
    var taps: Int
    var firstChannel: Int
    var channels: Int
  }

  init(
    _ convolution: Convolution, parameters: FloatParameters, input: Shape, output: Shape,
    kernels: FloatKernelSet
  ) throws {
    self.kernels = kernels
    window = WindowRows(
      input: input, output: output, kernel: convolution.kernel, stride: convolution.stride,
      dilation: convolution.dilation, padding: convolution.padding)
    groups = convolution.groups
    inputsPerGroup = convolution.inputChannelsPerGroup
    outputsPerGroup = convolution.outputChannels / convolution.groups
    blocks = ConvolutionStep.sumBlocks(taps: window.taps, channels: inputsPerGroup)
    weights = ConvolutionStep.packed(parameters.weights, convolution, nr: kernels.nr)
    bias = FloatBuffer.optional(parameters.bias)
    hasResidual = convolution.hasResidual
    activation = try FloatActivation(
      convolution.activation, slopes: parameters.slopes, channels: convolution.outputChannels)
    zeros = FloatBuffer(zeros: input.channels)
    let mr = kernels.mr
    let rows = min(max(1, 8192 / window.taps / mr), 96 / mr)
    pixels = Tiling(count: output.height * output.width, tileSize: rows * mr)
    let panelCount = (outputsPerGroup + kernels.nr - 1) / kernels.nr
    panels = Tiling(count: panelCount, tileSize: max(1, 256 / kernels.nr))
  }

  var tileCount: Int { pixels.tileCount * panels.tileCount * groups }

  var scratchByteCount: Int {
    pixels.tileSize * window.taps * MemoryLayout<UnsafePointer<Float>>.stride
  }

  func run(tile: Int, _ buffers: FloatBuffers) {
    let perGroup = pixels.tileCount * panels.tileCount
    let (group, rest) = tile.quotientAndRemainder(dividingBy: perGroup)
    let (pixelTile, panelTile) = rest.quotientAndRemainder(dividingBy: panels.tileCount)
    let pixels = pixels.range(pixelTile)
    let panels = panels.range(panelTile)
    let rows = buffers.scratch.assumingMemoryBound(to: UnsafePointer<Float>.self)
    writeRows(pixels, of: buffers.inputs[0], to: rows)
    for index in blocks.indices {
      for panel in panels {
        run(block: index, group: group, panel: panel, pixels: pixels, rows: rows, buffers)
      }
    }
    let first = panels.lowerBound * kernels.nr
    let columns = min(panels.upperBound * kernels.nr, outputsPerGroup) - first
    let channel = group * outputsPerGroup + first
    let stride = groups * outputsPerGroup
    activation.applyFunction(
      kernels, buffers.output + pixels.lowerBound * stride + channel, rows: pixels.count, channels: columns,
      stride: stride, firstChannel: channel)
  }

  /// [pixel / mr][tap][mr] pointers to input rows; the rows missing from the last mr are not read.
  private func writeRows(
    _ pixels: Range<Int>, of map: UnsafePointer<Float>,
    to rows: UnsafeMutablePointer<UnsafePointer<Float>>
  ) {
    let mr = kernels.mr
    for (index, pixel) in pixels.enumerated() {
      let target = rows + index / mr * mr * window.taps + index % mr
      window.write(pixel, of: map, padding: zeros.pointer, to: target, step: mr)
    }
  }

  private func run(
    block index: Int, group: Int, panel: Int, pixels: Range<Int>,
    rows: UnsafeMutablePointer<UnsafePointer<Float>>, _ buffers: FloatBuffers
  ) {
    let block = blocks[index]
    let (mr, nr, taps) = (kernels.mr, kernels.nr, window.taps)
    let stride = groups * outputsPerGroup
    let channel = group * outputsPerGroup + panel * nr
    let panelCount = (outputsPerGroup + nr - 1) / nr
    let panelWeights = weights.pointer + (group * panelCount + panel) * taps * inputsPerGroup * nr
    var tile = fk_convolution_tile()
    tile.offset = group * inputsPerGroup + block.firstChannel
    tile.taps = block.taps
    tile.k = block.channels
    tile.weights = panelWeights + (block.firstTap * inputsPerGroup + block.firstChannel) * nr
    tile.outputStride = stride
    tile.residualStride = stride
    tile.columns = min(nr, outputsPerGroup - panel * nr)
    tile.bias = bias.map { $0.pointer + channel }
    tile.lower = activation.lower
    tile.upper = activation.upper
    tile.isFirst = index == 0
    tile.isLast = index == blocks.count - 1
    for first in Swift.stride(from: 0, to: pixels.count, by: mr) {
      let at = (pixels.lowerBound + first) * stride + channel
      tile.rows = rowPointers(rows + first * taps + block.firstTap * mr)
      tile.output = buffers.output + at
      tile.residual = hasResidual ? buffers.inputs[1] + at : nil
      tile.rowCount = min(mr, pixels.count - first)
      kernels.pointer.pointee.convolution(&tile)
    }
  }

  /// Cuts a sum of `taps` × `channels` into parts of about 256 terms.
  private static func sumBlocks(taps: Int, channels: Int) -> [SumBlock] {
    let terms = 256
    var blocks: [SumBlock] = []
    if channels <= terms {
      let count = max(1, (taps * channels + terms / 2) / terms)
      let tiling = Tiling(count: taps, tileSize: (taps + count - 1) / count)
      for part in 0..<tiling.tileCount {
        let range = tiling.range(part)
        blocks.append(
          SumBlock(firstTap: range.lowerBound, taps: range.count, firstChannel: 0, channels: channels))
      }
    } else {
      let count = (channels + terms / 2) / terms
      let tiling = Tiling(count: channels, tileSize: (channels + count - 1) / count)
      for tap in 0..<taps {
        for part in 0..<tiling.tileCount {
          let range = tiling.range(part)
          blocks.append(
            SumBlock(firstTap: tap, taps: 1, firstChannel: range.lowerBound, channels: range.count))
        }
      }
    }
    return blocks
  }

  /// OHWI → [group][panel][tap][c][nr], zeros past the last output channel of a group.
  private static func packed(_ weights: [Float], _ convolution: Convolution, nr: Int) -> FloatBuffer {
    let terms = convolution.products
    let outputs = convolution.outputChannels / convolution.groups
    let panels = (outputs + nr - 1) / nr
    return FloatBuffer(count: convolution.groups * panels * terms * nr) { target in
      weights.withUnsafeBufferPointer { source in
        for group in 0..<convolution.groups {
          for output in 0..<outputs {
            let from = (group * outputs + output) * terms
            let to = (group * panels + output / nr) * terms * nr + output % nr
            for term in 0..<terms { target[to + term * nr] = source[from + term] }
          }
        }
      }
    }
  }
}
