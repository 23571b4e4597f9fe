import Calibrate
import Quant
import TestSupport
import Testing

@Suite struct WindowSumsTests {
  private static let convolutions = [
    Convolution(inputChannels: 3, outputChannels: 2),
    Convolution(inputChannels: 3, outputChannels: 2, kernel: Size2D(3), padding: Padding(1)),
    Convolution(
      inputChannels: 4, outputChannels: 4, kernel: Size2D(5), stride: Size2D(2),
      padding: Padding(top: 1, left: 2, bottom: 2, right: 1), groups: 4),
    Convolution(
      inputChannels: 2, outputChannels: 2, kernel: Size2D(3), dilation: Size2D(3), padding: Padding(3)),
    Convolution(inputChannels: 2, outputChannels: 2, kernel: Size2D(3), stride: Size2D(3)),
  ]

  @Test(arguments: 0..<5)
  func areThoseOfAllWindows(index: Int) throws {
    let convolution = Self.convolutions[index]
    let (height, width, channels) = (7, 9, convolution.inputChannels)
    let input = Shape.map(height: height, width: width, channels: channels)
    let output = try Quant.Operation.convolution(convolution).resultShape(of: [input])
    let windows = Windows(convolution: convolution, input: input, output: output)
    var generator = SeededGenerator(seed: UInt64(index))
    let elements = (0..<input.elementCount).map { _ in Int8(generator.int(in: -128...127)) }
    let zeroPoints = (0..<channels).map { _ in Int8(generator.int(in: -128...127)) }
    let floats = elements.enumerated().map { index, element in
      Float(Int(element) - Int(zeroPoints[index % channels]))
    }
    var expected = [Double](repeating: 0, count: windows.taps * channels)
    for y in 0..<output.height {
      for x in 0..<output.width {
        for ky in 0..<convolution.kernel.height {
          for kx in 0..<convolution.kernel.width {
            let row =
              y * convolution.stride.height + ky * convolution.dilation.height - convolution.padding.top
            let column =
              x * convolution.stride.width + kx * convolution.dilation.width - convolution.padding.left
            guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
            let tap = ky * convolution.kernel.width + kx
            let pixel = (row * width + column) * channels
            for channel in 0..<channels {
              expected[tap * channels + channel] += Double(floats[pixel + channel])
            }
          }
        }
      }
    }
    elements.withUnsafeBufferPointer { elements in
      guard let start = elements.baseAddress else { return }
      #expect(WindowSums(start, zeroPoints: zeroPoints, windows).sums == expected)
    }
    floats.withUnsafeBufferPointer { floats in
      guard let start = floats.baseAddress else { return }
      #expect(WindowSums(start, windows).sums == expected)
    }
  }

  @Test func shiftsTakeOnlyWhatIsMoreThanChance() {
    // A mean of 2 without scatter; of 1 with a standard error of 1; of nothing.
    let shifts = ChannelShifts.significant([[2, 0, 1], [2, 2, -1]])
    #expect(shifts == [2, 0, 0])
    // Mean 3, variance 2, two photos: 3 · (1 − 1/9).
    #expect(abs(ChannelShifts.significant([[2], [4]])[0] - 3 * (1 - 1.0 / 9)) < 1e-12)
    #expect(ChannelShifts.significant([[5]]) == [0])
    #expect(ChannelShifts.significant([]).isEmpty)
  }
}
