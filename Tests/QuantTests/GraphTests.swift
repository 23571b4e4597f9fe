import Quant
import Testing

private struct Nothing: Sendable {}

@Suite struct GraphTests {
  @Test func infersShapesAlongAChain() throws {
    var graph = try Graph<Nothing>(inputShape: .map(height: 224, width: 224, channels: 3))
    let stem = try graph.append(
      "stem",
      .convolution(
        Convolution(
          inputChannels: 3, outputChannels: 64, kernel: Size2D(7), stride: Size2D(2), padding: Padding(3))),
      inputs: [0], parameters: Nothing())
    let pool = try graph.append(
      "pool", .maxPool(Pooling(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))), inputs: [stem],
      parameters: Nothing())
    let vector = try graph.append("mean", .globalPool(.average), inputs: [pool], parameters: Nothing())
    #expect(graph.shapes[stem] == .map(height: 112, width: 112, channels: 64))
    #expect(graph.shapes[pool] == .map(height: 56, width: 56, channels: 64))
    #expect(graph.shapes[vector] == .vector(64))
    #expect(graph.consumers == [[0], [1], [2], []])
  }

  @Test(arguments: [
    Convolution(inputChannels: 4, outputChannels: 8), Convolution(inputChannels: 3, outputChannels: 0),
    Convolution(inputChannels: 3, outputChannels: 8, groups: 2),
    Convolution(inputChannels: 3, outputChannels: 3, groups: 0),
    Convolution(inputChannels: 3, outputChannels: 8, kernel: Size2D(0)),
    Convolution(inputChannels: 3, outputChannels: 8, kernel: Size2D(11)),
    Convolution(inputChannels: 3, outputChannels: 8, kernel: Size2D(1 << 24)),
    Convolution(inputChannels: 3, outputChannels: 8, stride: Size2D(0)),
    Convolution(inputChannels: 3, outputChannels: 8, stride: Size2D(height: 1, width: 1 << 31)),
    Convolution(inputChannels: 3, outputChannels: 8, dilation: Size2D(-1)),
    Convolution(inputChannels: 3, outputChannels: 8, padding: Padding(-1)),
    Convolution(inputChannels: 3, outputChannels: 8, padding: Padding(1 << 40)),
    Convolution(inputChannels: 3, outputChannels: 8, hasResidual: true),
  ])
  func rejectsConvolutionsThatDoNotFit(convolution: Convolution) throws {
    var graph = try Graph<Nothing>(inputShape: .map(height: 10, width: 10, channels: 3))
    #expect(throws: InputError.self) {
      try graph.append("conv", .convolution(convolution), inputs: [0], parameters: Nothing())
    }
  }

  @Test func rejectsValuesThatDoNotExistAndNamesTakenTwice() throws {
    var graph = try Graph<Nothing>(inputShape: .map(height: 4, width: 4, channels: 3))
    try graph.append("a", .globalPool(.average), inputs: [0], parameters: Nothing())
    for (name, inputs) in [("a", [0]), ("b", [2]), ("c", [-1]), ("d", []), ("input", [0])] {
      #expect(throws: InputError.self) {
        try graph.append(name, .globalPool(.average), inputs: inputs, parameters: Nothing())
      }
    }
    #expect(throws: InputError.self) { try graph.addOutput("embedding", 7) }
  }

  @Test(arguments: [
    Shape.map(height: 0, width: 1, channels: 1), .map(height: 1 << 25, width: 1, channels: 1),
    .map(height: 1 << 12, width: 1 << 12, channels: 1 << 12), .vector(-1), .vector(1 << 40),
  ])
  func rejectsShapesOverTheLimits(shape: Shape) {
    #expect(throws: InputError.self) { try Graph<Nothing>(inputShape: shape) }
  }

  @Test(arguments: [(7, 3, 2, 1, 1), (8, 3, 2, 0, 1), (224, 3, 2, 0, 1), (112, 5, 1, 2, 2), (14, 1, 1, 0, 0)])
  func padsLikeTensorFlow(input: Int, kernel: Int, stride: Int, before: Int, after: Int) {
    let padding = Padding.same(input: Size2D(input), kernel: Size2D(kernel), stride: Size2D(stride))
    #expect(padding == Padding(top: before, left: before, bottom: after, right: after))
  }
}
