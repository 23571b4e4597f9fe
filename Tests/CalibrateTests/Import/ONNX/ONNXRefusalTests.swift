import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

private typealias Bytes = ONNXBytes

private func source(_ bytes: [UInt8]) throws -> ONNXSource { try ONNXSource(ByteView(copying: bytes)) }

/// What errors say, what costs too much, and damage of whole files.
@Suite struct ONNXRefusalTests {
  private let weights = Bytes.floats("w", [2, 3, 1, 1])

  private func reason(_ type: String, domain: String = "", _ attributes: [[UInt8]] = []) throws -> InputError
  {
    let node = Bytes.node(type, ["x"], ["y"], name: "stem/node", domain: domain, attributes)
    return try refusal { try source(Bytes.model([node])).network(ImportOptions()) }
  }

  @Test func namesTheNodeItsOperationAndTheReason() throws {
    let unknown = try reason("LSTM")
    #expect(unknown.subject == "stem/node" && unknown.reason.contains("LSTM") && !unknown.remedy.isEmpty)
    let quantized = try reason("QuantizeLinear")
    #expect(quantized.reason.contains("already quantized") && quantized.remedy == "give the float model")
    #expect(try reason("Relu", domain: "com.acme").reason.contains("com.acme"))
    let branch = try reason("If", [Bytes.attribute("then_branch", graph: Bytes.graph([]))])
    #expect(branch.reason.contains("graphs of its own"))
    #expect(try reason("HardSigmoid").reason.contains("alpha 0.2"))
  }

  /// Names come from the file: they are cut, and control characters never reach a terminal.
  @Test func boundsHostileNames() throws {
    let name = String(repeating: "\u{1b}[31m", count: 800)
    let node = Bytes.node(name, ["x"], ["y"], name: name, domain: name)
    let error = try refusal { try source(Bytes.model([node])).network(ImportOptions()) }
    #expect(error.description.utf8.count < 500)
    #expect(!error.description.contains("\u{1b}"))
  }

  @Test func ignoresWhatItDoesNotNeed() throws {
    // A branch that no output needs, an initializer among the inputs, unknown fields.
    let nodes = [
      Bytes.node("Frobnicate", ["x"], ["z"]), Bytes.node("Conv", ["x", "w"], ["y"]),
    ]
    let inputs = [Bytes.value("x", [1, 3, 8, 8]), Bytes.value("w", [2, 3, 1, 1])]
    let unknown = protobuf {
      $0.varint(1000, 5)
      $0.message(1001, [1, 2, 3])
      $0.fixed32(1002, 1)
    }
    let model = unknown + Bytes.model(nodes, [weights], inputs: inputs) + unknown
    #expect(try source(model).network(ImportOptions()).graph.nodes.count == 2)
  }

  /// x / ‖x‖ is an L2 normalization, y / ‖x‖ is not.
  @Test func dividesByAnOwnLengthAlone() throws {
    let axes = Bytes.attribute("axes", integers: [1])
    for (divided, isOwn) in [("p", true), ("q", false)] {
      let nodes = [
        Bytes.node("Conv", ["x", "w"], ["c"]), Bytes.node("GlobalAveragePool", ["c"], ["p"]),
        Bytes.node("GlobalMaxPool", ["c"], ["q"]), Bytes.node("ReduceL2", ["p"], ["l"], [axes]),
        Bytes.node("Div", [divided, "l"], ["y"], name: "division"),
      ]
      let source = try source(Bytes.model(nodes, [weights]))
      if isOwn {
        let network = try source.network(ImportOptions())
        #expect(network.graph.nodes.last?.operation == .normalize)
      } else {
        #expect(try refusal { try source.network(ImportOptions()) }.subject == "division")
      }
    }
  }

  @Test func neverDescendsIntoNestedMessages() throws {
    var nested: [UInt8] = []
    for _ in 0..<10_000 { nested = protobuf { $0.message(6, nested) } }
    let node = Bytes.node("If", ["x"], ["y"], [Bytes.attribute("then_branch", graph: nested)])
    #expect(throws: InputError.self) { try source(Bytes.model([node])).network(ImportOptions()) }
    let tensor = Bytes.tensor("w", [1], external: [("location", "w")]) + protobuf { $0.message(13, nested) }
    #expect(throws: InputError.self) { try source(Bytes.model([], [tensor])).network(ImportOptions()) }
  }

  @Test func refusesMoreNodesThanTheLimit() throws {
    var nodes: [[UInt8]] = []
    for index in 0..<10_001 {
      nodes.append(Bytes.node("Relu", [index == 0 ? "x" : "v\(index - 1)"], ["v\(index)"], name: "same"))
    }
    #expect(try refusal { try source(Bytes.model(nodes, outputs: ["v10000"])) }.kind == .tooLarge)
    nodes.removeLast()
    let whole = try source(Bytes.model(nodes, outputs: ["v9999"]))
    // The graph's own limit counts the pooling that would be added.
    #expect(try refusal { try whole.network(ImportOptions()) }.kind == .tooLarge)
    nodes.removeLast()
    let network = try source(Bytes.model(nodes, outputs: ["v9998"])).network(ImportOptions())
    #expect(network.graph.nodes.count == 10_000)
  }

  /// One large tensor that many nodes copy.
  @Test func refusesToRepeatATensorWithoutEnd() throws {
    let tensor = Bytes.floats("w", [64, 64, 1, 1])
    var nodes = [Bytes.node("Conv", ["x", "first"], ["v0"])]
    for index in 1...5000 { nodes.append(Bytes.node("Conv", ["v\(index - 1)", "w"], ["v\(index)"])) }
    let model = Bytes.model(nodes, [tensor, Bytes.floats("first", [64, 3, 1, 1])], outputs: ["v5000"])
    let error = try refusal { try source(model).network(ImportOptions()) }
    #expect(error.kind == .tooLarge)
  }

  @Test(arguments: ["se-hardswish", "channels-last", "types", "flatten-dynamic", "opset-26"])
  func refusesOrReadsEveryTruncation(id: String) throws {
    let golden = try ONNXGoldenCase.named(id)
    let whole = try golden.bytes().array
    for count in 0..<whole.count {
      let part = try ByteView(copying: Array(whole[..<count]))
      _ = try? ONNXSource(part).network(ImportOptions(inputSize: golden.size))
    }
  }

  @Test(arguments: ["se-hardswish", "channels-last", "types", "flatten-dynamic", "opset-26"])
  func survivesEveryDamagedByte(id: String) throws {
    let golden = try ONNXGoldenCase.named(id)
    var bytes = try golden.bytes().array
    for position in bytes.indices {
      let kept = bytes[position]
      for mask in [0x01, 0x88] as [UInt8] {
        bytes[position] = kept ^ mask
        _ = try? ONNXSource(ByteView(copying: bytes)).network(ImportOptions(inputSize: golden.size))
      }
      bytes[position] = kept
    }
  }
}
