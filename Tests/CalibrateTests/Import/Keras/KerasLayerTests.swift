import Calibrate
import Quant
import TestSupport
import Testing

/// Every layer and function that is read, alone or in a small chain, against Keras 3 and tf_keras.
@Suite struct KerasLayerTests {
  @Test func hasCases() { #expect(KerasGolden.all("layer").count == 64) }

  @Test(arguments: KerasGolden.all("layer"))
  func equalsKeras(golden: KerasGolden) throws {
    let network = try golden.source(configured: true).network(ImportOptions(head: .linear))
    let outputs = try KerasGolden.run(network.withoutPooling())
    #expect(KerasGolden.error(try #require(outputs["result"]), try golden.embedding()) <= 1e-5)
  }
}

extension FloatNetwork {
  /// The network whose only output `result` is what the model itself ends with: a layer's test ends with a map.
  func withoutPooling() throws -> FloatNetwork {
    var result = self
    var graph = try FloatGraph(inputShape: graph.inputShape)
    let last = self.graph.nodes.last {
      !$0.name.hasPrefix("global_average_pool") && !$0.name.hasPrefix("features")
    }
    for node in self.graph.nodes {
      try graph.append(node.name, node.operation, inputs: node.inputs, parameters: node.parameters)
    }
    let index = graph.nodes.firstIndex { $0.name == last?.name } ?? 0
    try graph.addOutput("result", index + 1)
    result.graph = graph
    return result
  }
}
