import CFloatKernels
import Quant

/// A convolution of any kernel, stride, dilation, padding and groups, through a table of pixel pointers: no copy of the
/// input is made.
///
/// Weights are packed in panels of nr output channels. The output's pixels are walked in stretches; within a stretch each
/// panel, which stays in the second-level cache, meets all the stretch's pixels.
final class FloatConvolution: FloatWork {
  private let convolution: Convolution
  private let input: Shape
  private let output: Shape
  private let activation: FloatActivation
  private let kernels: FloatKernelSet
  /// `[group][panel][taps][k][nr]`
  private let panels: [Float]
  private let bias: [Float]
  private let window: WindowPointers

  /// Pixels of the output for which all panels are run before the next.
  private static let pixelsPerStretch = 192

  init(
    _ convolution: Convolution, _ parameters: FloatParameters, _ input: Shape, _ output: Shape,
    _ activation: FloatActivation, _ kernels: FloatKernelSet
  ) {
    self.convolution = convolution
    self.input = input
    self.output = output
    self.activation = activation
    self.kernels = kernels
    panels = Self.pack(convolution, parameters.weights, nr: kernels.kernels.pointee.nr)
    bias = parameters.bias.isEmpty ? .init(repeating: 0, count: convolution.outputChannels) : parameters.bias
    window = WindowPointers(
      input: input, output: output, kernel: convolution.kernel, stride: convolution.stride,
      dilation: convolution.dilation, padding: convolution.padding)
  }

  private static func pack(_ convolution: Convolution, _ weights: [Float], nr: Int) -> [Float] {
    let products = convolution.products
    let outputs = convolution.outputChannels / convolution.groups
    let panelCount = (outputs + nr - 1) / nr
    var packed = [Float](repeating: 0, count: convolution.groups * panelCount * products * nr)
    for group in 0..<convolution.groups {
      for channel in 0..<outputs {
        let panel = (group * panelCount + channel / nr) * products * nr + channel % nr
        let source = (group * outputs + channel) * products
        for product in 0..<products { packed[panel + product * nr] = weights[source + product] }
      }
    }
    return packed
  }

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    let pixels = self.output.height * self.output.width
    let channels = convolution.outputChannels
    let mr = kernels.kernels.pointee.mr
    let taps = window.taps
    withUnsafeTemporaryAllocation(
      of: UnsafePointer<Float>?.self, capacity: Self.pixelsPerStretch.roundedUp(to: mr) * taps
    ) { table in
      for start in stride(from: 0, to: pixels, by: Self.pixelsPerStretch) {
        let end = min(start + Self.pixelsPerStretch, pixels)
        fill(table, input: inputs[0], pixels: start..<end, mr: mr)
        runPanels(
          table, pixels: start..<end, mr: mr, residual: inputs.count > 1 ? inputs[1] : nil, output: output)
        activation.finish(output + start * channels, count: (end - start) * channels)
      }
    }
  }

  /// Pointers `[block of mr pixels][taps][mr]`; past the last pixel they repeat it.
  private func fill(
    _ table: UnsafeMutableBufferPointer<UnsafePointer<Float>?>, input: UnsafePointer<Float>,
    pixels: Range<Int>, mr: Int
  ) {
    for (index, first) in stride(from: pixels.lowerBound, to: pixels.upperBound, by: mr).enumerated() {
      for row in 0..<mr {
        window.fill(
          table, at: index * window.taps * mr + row, by: mr, input: input,
          pixel: min(first + row, pixels.upperBound - 1))
      }
    }
  }

  private func runPanels(
    _ table: UnsafeMutableBufferPointer<UnsafePointer<Float>?>, pixels: Range<Int>, mr: Int,
    residual: UnsafePointer<Float>?, output: UnsafeMutablePointer<Float>
  ) {
    let nr = kernels.kernels.pointee.nr
    let channels = convolution.outputChannels
    let groupOutputs = channels / convolution.groups
    let panelCount = (groupOutputs + nr - 1) / nr
    let depth = convolution.inputChannelsPerGroup
    panels.withUnsafeBufferPointer { panels in
      bias.withUnsafeBufferPointer { bias in
        guard let weights = panels.baseAddress, let biases = bias.baseAddress, let rows = table.baseAddress
        else { return }
        for panel in 0..<convolution.groups * panelCount {
          let (group, part) = panel.quotientAndRemainder(dividingBy: panelCount)
          let channel = group * groupOutputs + part * nr
          var tile = fk_convolution_tile()
          tile.offset = group * depth
          tile.taps = window.taps
          tile.k = depth
          tile.weights = weights + panel * convolution.products * nr
          tile.outputStride = channels
          tile.columns = min(nr, groupOutputs - part * nr)
          tile.bias = biases + channel
          tile.residualStride = channels
          (tile.lower, tile.upper) = (activation.lower, activation.upper)
          (tile.isFirst, tile.isLast) = (true, true)
          for (index, first) in stride(from: pixels.lowerBound, to: pixels.upperBound, by: mr).enumerated() {
            tile.rows = UnsafePointer(rows + index * window.taps * mr)
            tile.rowCount = min(mr, pixels.upperBound - first)
            tile.output = output + first * channels + channel
            tile.residual = residual.map { $0 + first * channels + channel }
            kernels.kernels.pointee.convolution(&tile)
          }
        }
      }
    }
  }
}

/// A convolution of each channel by itself; the kernels are vectorized over channels.
final class FloatDepthwise: FloatWork {
  private let output: Shape
  private let activation: FloatActivation
  private let kernels: FloatKernelSet
  /// `[taps][channels]`
  private let weights: [Float]
  private let bias: [Float]
  private let window: WindowPointers

  init(
    _ convolution: Convolution, _ parameters: FloatParameters, _ input: Shape, _ output: Shape,
    _ activation: FloatActivation, _ kernels: FloatKernelSet
  ) {
    self.output = output
    self.activation = activation
    self.kernels = kernels
    let taps = convolution.products
    let channels = convolution.outputChannels
    weights = (0..<taps * channels).map { index in
      parameters.weights[index % channels * taps + index / channels]
    }
    bias = parameters.bias.isEmpty ? .init(repeating: 0, count: channels) : parameters.bias
    window = WindowPointers(
      input: input, output: output, kernel: convolution.kernel, stride: convolution.stride,
      dilation: convolution.dilation, padding: convolution.padding)
  }

  func run(inputs: [UnsafePointer<Float>], output: UnsafeMutablePointer<Float>) {
    let channels = self.output.channels
    withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: window.taps) { table in
      weights.withUnsafeBufferPointer { weights in
        bias.withUnsafeBufferPointer { bias in
          var pixel = fk_depthwise_pixel()
          pixel.rows = UnsafePointer(table.baseAddress)
          pixel.taps = window.taps
          pixel.channels = channels
          pixel.weights = weights.baseAddress
          pixel.bias = bias.baseAddress
          (pixel.lower, pixel.upper) = (activation.lower, activation.upper)
          for index in 0..<self.output.height * self.output.width {
            window.fill(table, at: 0, by: 1, input: inputs[0], pixel: index)
            pixel.residual = inputs.count > 1 ? inputs[1] + index * channels : nil
            pixel.output = output + index * channels
            kernels.kernels.pointee.depthwise(&pixel)
            activation.finish(output + index * channels, count: channels)
          }
        }
      }
    }
  }
}

/// Where the pixels under a sliding window stand; padding points to a row of zeros.
final class WindowPointers: @unchecked Sendable {
  let taps: Int
  private let input: Shape
  private let outputWidth: Int
  private let kernel: Size2D
  private let stride: Size2D
  private let dilation: Size2D
  private let padding: Padding
  private let zeros: UnsafeMutablePointer<Float>

  init(input: Shape, output: Shape, kernel: Size2D, stride: Size2D, dilation: Size2D, padding: Padding) {
    taps = kernel.height * kernel.width
    self.input = input
    outputWidth = output.width
    self.kernel = kernel
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
    zeros = .allocate(capacity: input.channels)
    zeros.initialize(repeating: 0, count: input.channels)
  }

  deinit { zeros.deallocate() }

  /// Writes the pointers of output pixel `pixel`, one a tap, to `table[start]`, `table[start + step]`, …
  func fill(
    _ table: UnsafeMutableBufferPointer<UnsafePointer<Float>?>, at start: Int, by step: Int,
    input pixels: UnsafePointer<Float>, pixel: Int
  ) {
    let (y, x) = pixel.quotientAndRemainder(dividingBy: outputWidth)
    var index = start
    for ky in 0..<kernel.height {
      let row = y * stride.height + ky * dilation.height - padding.top
      for kx in 0..<kernel.width {
        let column = x * stride.width + kx * dilation.width - padding.left
        let isInside = row >= 0 && row < input.height && column >= 0 && column < input.width
        table[index] =
          isInside ? pixels + (row * input.width + column) * input.channels : UnsafePointer(zeros)
        index += step
      }
    }
  }

  /// As `fill`, the taps inside the input alone; returns how many there are.
  func fillInside(
    _ table: UnsafeMutableBufferPointer<UnsafePointer<Float>?>, input pixels: UnsafePointer<Float>, pixel: Int
  ) -> Int {
    fill(table, at: 0, by: 1, input: pixels, pixel: pixel)
    var count = 0
    for tap in 0..<taps where table[tap] != UnsafePointer(zeros) {
      table[count] = table[tap]
      count += 1
    }
    return count
  }
}
