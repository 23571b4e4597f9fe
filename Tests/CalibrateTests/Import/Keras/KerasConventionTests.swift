import Calibrate
import Quant
import TestSupport
import Testing

/// A wrong epsilon, padding, stride place or preprocessing fails by far, each alone.
@Suite struct KerasConventionTests {
  private func error(
    _ id: String, _ change: (FloatGraph.Node) -> Quant.Operation = { $0.operation },
    recipe: ((inout Recipe) -> Void)? = nil
  ) throws -> Float {
    let golden = try KerasGolden.named(id)
    var network = try golden.source(configured: false).network(ImportOptions(inputSize: golden.size))
    recipe?(&network.recipe)
    var graph = try FloatGraph(inputShape: network.graph.inputShape)
    for node in network.graph.nodes {
      try graph.append(node.name, change(node), inputs: node.inputs, parameters: node.parameters)
    }
    for output in network.graph.outputs { try graph.addOutput(output.name, output.value) }
    network.graph = graph
    let outputs = try KerasGolden.run(network)
    return KerasGolden.error(try #require(outputs["embedding"]), try golden.embeddingOfWeights())
  }

  private func convolution(_ node: FloatGraph.Node) -> Convolution? {
    if case .convolution(let convolution) = node.operation { convolution } else { nil }
  }

  @Test(arguments: ["resnet50", "mobilenetv2", "mobilenet"])
  func unchangedIsExact(id: String) throws { #expect(try error(id) { $0.operation } <= 1e-4) }

  @Test(arguments: [("resnet50", Float(1e-3)), ("mobilenetv2", Float(1e-5)), ("mobilenet", Float(1e-5))])
  func epsilonMatters(id: String, epsilon: Float) throws {
    let error = try error(id) { node in
      if case .batchNormalization = node.operation {
        .batchNormalization(epsilon: epsilon)
      } else {
        node.operation
      }
    }
    #expect(error > 5e-4)
  }

  /// TensorFlow pads at the bottom and right first.
  @Test func paddingMatters() throws {
    let error = try error("mobilenetv2") { node in
      guard var attributes = convolution(node), attributes.stride == Size2D(2) else { return node.operation }
      let padding = attributes.padding
      attributes.padding = Padding(
        top: padding.bottom, left: padding.right, bottom: padding.top, right: padding.left)
      return .convolution(attributes)
    }
    #expect(error > 1e-2)
  }

  /// MobileNet pads below and on the right by one whatever the size, ahead of a convolution without padding.
  @Test func mobileNetPadsByOneAlways() throws {
    let network = try KerasGolden.named("mobilenet-half").source(configured: false, zeros: true).network(
      ImportOptions(inputSize: Size2D(65)))
    let pads = network.graph.nodes.filter {
      $0.operation == .pad(Padding(top: 0, left: 0, bottom: 1, right: 1))
    }
    #expect(pads.count == 4)
  }

  @Test func strideStandsOnTheFirstConvolution() throws {
    let network = try KerasGolden.named("resnet50").source(configured: false, zeros: true).network(
      ImportOptions())
    let strided = network.graph.nodes.filter { convolution($0)?.stride == Size2D(2) }.map(\.name).sorted()
    #expect(
      strided == [
        "conv1_conv", "conv3_block1_0_conv", "conv3_block1_1_conv", "conv4_block1_0_conv",
        "conv4_block1_1_conv",
        "conv5_block1_0_conv", "conv5_block1_1_conv",
      ])
    let second = try KerasGolden.named("resnet50v2").source(configured: false, zeros: true).network(
      ImportOptions())
    let strides = second.graph.nodes.filter { convolution($0)?.stride == Size2D(2) }.map(\.name)
    #expect(strides == ["conv1_conv", "conv2_block3_2_conv", "conv3_block4_2_conv", "conv4_block6_2_conv"])
  }

  @Test func preprocessingMatters() throws {
    let turned = try error("resnet50", recipe: { $0.channelOrder = .rgb })
    #expect(turned > 1e-2)
    let scaled = try error("mobilenetv2", recipe: { ($0.scale, $0.mean) = (255, [0, 0, 0]) })
    #expect(scaled > 1e-2)
  }

  /// Division by √deviation once, as the weights' own layer reads, is not what the published networks do.
  @Test func efficientNetDividesTwice() throws {
    let wrong = try error(
      "efficientnetb0", recipe: { $0.deviation = $0.deviation.map { ($0 / 255).squareRoot() * 255 } })
    #expect(wrong > 1e-2)
  }
}
