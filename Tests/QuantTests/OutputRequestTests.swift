import Quant
import TestSupport
import Testing

@Suite struct OutputRequestTests {
  private func graph() throws -> Graph<NoParameters> {
    var graph = try Graph<NoParameters>(inputShape: .map(height: 4, width: 4, channels: 3))
    let pad = try graph.append("pad", .pad(Padding(1)), inputs: [0], parameters: NoParameters())
    let pool = try graph.append("pool", .globalPool(.average), inputs: [pad], parameters: NoParameters())
    let soft = try graph.append("soft", .softmax, inputs: [pool], parameters: NoParameters())
    try graph.addOutput("embedding", pool)
    try graph.addOutput("logits", soft)
    return graph
  }

  @Test(arguments: ["embedding", "layer4.2.relu", "layer4:gem:3", "a:b:max", "x:avg"])
  func readsWhatItWrites(text: String) {
    #expect(OutputRequest(parsing: text).description == text)
  }

  @Test func tellsAPoolingFromAName() {
    #expect(OutputRequest(parsing: "layer4:gem:3") == OutputRequest("layer4", pooling: .generalizedMean(3)))
    #expect(OutputRequest(parsing: "layer4:gem:7") == OutputRequest("layer4:gem:7"))
  }

  @Test func poolsMapsAndTheMapBehindAPooledVector() throws {
    var graph = try graph()
    try graph.addOutput(OutputRequest("pad"), parameters: NoParameters())
    try graph.addOutput(OutputRequest("embedding", pooling: .maximum), parameters: NoParameters())
    try graph.addOutput(.embedding, parameters: NoParameters())
    #expect(graph.outputs.map(\.name) == ["embedding", "logits", "pad", "embedding:max"])
    #expect(graph.nodes.suffix(2).map(\.operation) == [.globalPool(.average), .globalPool(.maximum)])
    #expect(graph.nodes.suffix(2).map(\.inputs) == [[1], [1]])
  }

  @Test func aModuleIsItsLastLayer() throws {
    var graph = try Graph<NoParameters>(inputShape: .map(height: 4, width: 4, channels: 3))
    var value = 0
    for name in ["layer4.0.pad", "layer4.1.pad", "layer40.pad"] {
      value = try graph.append(name, .pad(Padding(1)), inputs: [value], parameters: NoParameters())
    }
    try graph.addOutput(OutputRequest("layer4"), parameters: NoParameters())
    #expect(graph.nodes.last?.inputs == [2])
  }

  @Test func repoolsAnOutputAndLeavesTheOthers() throws {
    let graph = try graph().repooling("embedding", by: .generalizedMean(3), parameters: NoParameters())
    #expect(graph.outputs.map(\.name) == ["embedding", "logits"])
    let embedding = try #require(graph.output(named: "embedding"))
    #expect(graph.nodes[embedding - 1].operation == .globalPool(.generalizedMean(3)))
    #expect(graph.output(named: "logits") == 3)
  }

  @Test func refusesNamesAndPoolingsWithoutMeaning() throws {
    var graph = try graph()
    let none = NoParameters()
    let missing = try refusal { try graph.addOutput(OutputRequest("po"), parameters: none) }
    #expect(missing.kind == .usage)
    #expect(missing.remedy.contains("embedding, logits"))
    let vector = try refusal {
      try graph.addOutput(OutputRequest("logits", pooling: .maximum), parameters: none)
    }
    #expect(vector.reason.contains("no map"))
    #expect(try refusal { try GlobalPooling(parsing: "gem:9") }.remedy.contains("gem:3"))
  }
}
