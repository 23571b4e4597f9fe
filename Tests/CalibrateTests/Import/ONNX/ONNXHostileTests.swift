import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

private typealias Bytes = ONNXBytes

/// Loads a file of these bytes and traces its network.
private func load(_ bytes: [UInt8]) throws -> FloatNetwork {
  try ONNXSource(ByteView(copying: bytes)).network(ImportOptions())
}

private let conv = Bytes.node("Conv", ["x", "w"], ["y"], name: "conv")
private let weights = Bytes.floats("w", [2, 3, 1, 1])

/// A file whose only tensor is `tensor`, called `w`.
private func holding(_ tensor: [UInt8]) -> [UInt8] { Bytes.model([conv], [tensor]) }

/// Files made to break readers: each is refused by name, none ends the process.
@Suite struct ONNXHostileTests {
  @Test func readsTheFileThatTheOthersAreVariantsOf() throws {
    let network = try load(holding(weights))
    #expect(network.graph.nodes.map(\.name) == ["conv", "global_average_pool"])
    #expect(network.graph.output(named: "embedding").map { network.graph.shapes[$0] } == .vector(2))
  }

  // MARK: - The wire

  private static let wires: [NamedBytes] = [
    NamedBytes(
      "varint of 11 bytes", [0x08] + [UInt8](repeating: 0x80, count: 10) + [0x01] + holding(weights)),
    NamedBytes(
      "varint over 64 bits", [0x08] + [UInt8](repeating: 0xff, count: 9) + [0x02] + holding(weights)),
    NamedBytes("varint cut short", holding(weights) + [0x08, 0x80]),
    NamedBytes("length past the end", protobuf { $0.message(7, [0, 0], length: 100) }),
    NamedBytes("length of 2⁶³", protobuf { $0.message(7, [0, 0], length: 1 << 63) }),
    NamedBytes("length of 2⁶⁴ − 1", protobuf { $0.message(7, [0, 0], length: .max) }),
    NamedBytes("group", protobuf { $0.key(7, 3) }),
    NamedBytes("end of a group", protobuf { $0.key(7, 4) }),
    NamedBytes("wire type 6", protobuf { $0.key(7, 6) }),
    NamedBytes("wire type 7", protobuf { $0.key(7, 7) }),
    NamedBytes("field number 0", protobuf { $0.varint(0, 1) }),
    NamedBytes("field number 2²⁹", protobuf { $0.varint(1 << 29, 1) }),
    NamedBytes("fixed cut short", protobuf { $0.key(100, 1) } + [0, 0, 0]),
    NamedBytes("graph as a number", protobuf { $0.varint(7, 1) }),
    NamedBytes("no graph", protobuf { $0.varint(1, 8) }),
    NamedBytes("two graphs", holding(weights) + protobuf { $0.message(7, Bytes.graph([conv], [weights])) }),
    NamedBytes("name that is not UTF-8", protobuf { $0.message(2, [0xff, 0xfe]) }),
    NamedBytes("name of 1 MB", protobuf { $0.message(2, [UInt8](repeating: 0x61, count: 1 << 20)) }),
    NamedBytes("no opset", protobuf { $0.message(7, Bytes.graph([conv], [weights])) }),
    NamedBytes("opset 8", Bytes.model(Bytes.graph([conv], [weights]), opset: 8)),
    NamedBytes("opset 1000", Bytes.model(Bytes.graph([conv], [weights]), opset: 1000)),
    NamedBytes("opset −1", Bytes.model(Bytes.graph([conv], [weights]), opset: -1)),
  ]

  // MARK: - Tensors

  private static let tensors: [NamedBytes] = [
    NamedBytes("negative side", holding(Bytes.tensor("w", [2, 3, -1, 1], raw: []))),
    NamedBytes("product over 2⁶³", holding(Bytes.tensor("w", [1 << 24, 1 << 24, 1 << 24, 2], raw: []))),
    NamedBytes("side of 2⁶³ − 1", holding(Bytes.tensor("w", [.max, 2, 1, 1], raw: []))),
    NamedBytes("side over 2²⁴", holding(Bytes.tensor("w", [1 << 24 + 1, 0, 1, 1], raw: []))),
    NamedBytes(
      "empty with a product over 2⁶³",
      holding(Bytes.tensor("w", [0] + .init(repeating: 1 << 24, count: 7), raw: []))),
    NamedBytes("rank 9", holding(Bytes.tensor("w", .init(repeating: 1, count: 9), floats: [1]))),
    NamedBytes("no data", holding(Bytes.tensor("w", [2, 3, 1, 1]))),
    NamedBytes(
      "raw data too short", holding(Bytes.tensor("w", [2, 3, 1, 1], raw: .init(repeating: 0, count: 23)))),
    NamedBytes(
      "raw data too long", holding(Bytes.tensor("w", [2, 3, 1, 1], raw: .init(repeating: 0, count: 25)))),
    NamedBytes("numbers too few", holding(Bytes.tensor("w", [2, 3, 1, 1], floats: [1, 2]))),
    NamedBytes(
      "numbers too many", holding(Bytes.tensor("w", [2, 3, 1, 1], floats: .init(repeating: 1, count: 7)))),
    NamedBytes(
      "raw and typed data",
      holding(Bytes.tensor("w", [1, 3, 1, 1], raw: .init(repeating: 0, count: 12), floats: [1, 2, 3]))),
    NamedBytes("undefined type", holding(Bytes.tensor("w", [1, 3, 1, 1], type: 0, floats: [1, 2, 3]))),
    NamedBytes("type 99", holding(Bytes.tensor("w", [1, 3, 1, 1], type: 99, floats: [1, 2, 3]))),
    NamedBytes("type −1", holding(Bytes.tensor("w", [1, 3, 1, 1], type: -1, floats: [1, 2, 3]))),
    NamedBytes("strings", holding(Bytes.tensor("w", [1, 3, 1, 1], type: 8, raw: []))),
    NamedBytes(
      "complex", holding(Bytes.tensor("w", [1, 3, 1, 1], type: 14, raw: .init(repeating: 0, count: 24)))),
    NamedBytes("float8", holding(Bytes.tensor("w", [1, 3, 1, 1], type: 17, raw: [0, 0, 0]))),
    NamedBytes(
      "half in the float field", holding(Bytes.tensor("w", [1, 3, 1, 1], type: 10, floats: [1, 2, 3]))),
    NamedBytes("NaN", holding(Bytes.floats("w", [2, 3, 1, 1], .nan))),
    NamedBytes("infinity", holding(Bytes.floats("w", [2, 3, 1, 1], .infinity))),
    NamedBytes(
      "packed numbers of 5 bytes",
      holding(Bytes.tensor("w", [1]) + protobuf { $0.message(4, [0, 0, 0, 0, 0]) })),
    NamedBytes("two tensors of a name", Bytes.model([conv], [weights, weights])),
    NamedBytes(
      "external without a file", holding(Bytes.tensor("w", [1, 3, 1, 1], external: [("location", "a")]))),
  ]

  // MARK: - The graph

  private static func node(
    _ type: String, _ inputs: [String], _ attributes: [[UInt8]] = [], domain: String = ""
  )
    -> [UInt8]
  {
    Bytes.model([Bytes.node(type, inputs, ["y"], name: "node", domain: domain, attributes)], [weights])
  }

  private static let graphs: [NamedBytes] = [
    NamedBytes("no nodes", Bytes.model([], [])),
    NamedBytes("no outputs", Bytes.model([conv], [weights], outputs: [])),
    NamedBytes("no inputs", node("Relu", [])),
    NamedBytes("convolution without inputs", node("Conv", [])),
    NamedBytes("convolution without weights", node("Conv", ["x"])),
    NamedBytes("addition without inputs", node("Add", [])),
    NamedBytes("sum without inputs", node("Sum", [])),
    NamedBytes("join without inputs", node("Concat", [], [Bytes.attribute("axis", integer: 1)])),
    NamedBytes("missing tensor", Bytes.model([conv], [])),
    NamedBytes("weights that are computed", node("Conv", ["x", "x"])),
    NamedBytes("cycle", Bytes.model([Bytes.node("Add", ["x", "y"], ["y"])])),
    NamedBytes(
      "cycle of two", Bytes.model([Bytes.node("Add", ["x", "a"], ["y"]), Bytes.node("Relu", ["y"], ["a"])])),
    NamedBytes(
      "not sorted", Bytes.model([Bytes.node("Relu", ["a"], ["y"]), Bytes.node("Relu", ["x"], ["a"])])),
    NamedBytes(
      "value made twice", Bytes.model([Bytes.node("Relu", ["x"], ["y"]), Bytes.node("Tanh", ["x"], ["y"])])),
    NamedBytes("tensor made again", Bytes.model([Bytes.node("Relu", ["x"], ["w"]), conv], [weights])),
    NamedBytes("input made again", Bytes.model([Bytes.node("Relu", ["x"], ["x"]), conv], [weights])),
    NamedBytes("unknown operation", node("Frobnicate", ["x"])),
    NamedBytes("custom domain", node("Relu", ["x"], domain: "com.microsoft")),
    NamedBytes(
      "If", node("If", ["x"], [Bytes.attribute("then_branch", graph: Bytes.graph([conv], [weights]))])),
    NamedBytes("Loop", node("Loop", ["x"], [Bytes.attribute("body", graph: Bytes.graph([conv], [weights]))])),
    NamedBytes("quantized", node("QLinearConv", ["x"])),
    NamedBytes("dequantized", node("DequantizeLinear", ["x"])),
    NamedBytes(
      "kernel of one dimension", node("Conv", ["x", "w"], [Bytes.attribute("kernel_shape", integers: [1])])),
    NamedBytes(
      "dilation of another rank",
      node("Conv", ["x", "w"], [Bytes.attribute("dilations", integers: [1, 1, 1])])),
    NamedBytes(
      "kernel other than its weights'",
      node("Conv", ["x", "w"], [Bytes.attribute("kernel_shape", integers: [3, 3])])),
    NamedBytes("stride 0", node("Conv", ["x", "w"], [Bytes.attribute("strides", integers: [0, 1])])),
    NamedBytes(
      "stride 2³¹", node("Conv", ["x", "w"], [Bytes.attribute("strides", integers: [1 << 31, 1])])),
    NamedBytes(
      "negative padding", node("Conv", ["x", "w"], [Bytes.attribute("pads", integers: [-1, 0, 0, 0])])),
    NamedBytes(
      "padding of 2⁶²",
      node("Conv", ["x", "w"], [Bytes.attribute("pads", integers: [1 << 62, 0, 0, 1 << 62])])),
    NamedBytes("no groups", node("Conv", ["x", "w"], [Bytes.attribute("group", integer: 0)])),
    NamedBytes("2⁶² groups", node("Conv", ["x", "w"], [Bytes.attribute("group", integer: 1 << 62)])),
    NamedBytes("group that is a float", node("Conv", ["x", "w"], [Bytes.attribute("group", float: 1)])),
    NamedBytes("unknown auto_pad", node("Conv", ["x", "w"], [Bytes.attribute("auto_pad", text: "SOMEHOW")])),
    NamedBytes("pooling without a kernel", node("MaxPool", ["x"])),
    NamedBytes(
      "pooling with gaps",
      node(
        "MaxPool", ["x"],
        [
          Bytes.attribute("kernel_shape", integers: [2, 2]), Bytes.attribute("dilations", integers: [2, 2]),
        ])),
    NamedBytes("hard sigmoid of another slope", node("HardSigmoid", ["x"])),
    NamedBytes("axis out of range", node("ReduceMean", ["x"], [Bytes.attribute("axes", integers: [7])])),
    NamedBytes("axis of −2⁶³", node("ReduceMean", ["x"], [Bytes.attribute("axes", integers: [.min])])),
    NamedBytes("mean over the channels", node("ReduceMean", ["x"], [Bytes.attribute("axes", integers: [1])])),
    NamedBytes(
      "permutation of another rank", node("Transpose", ["x"], [Bytes.attribute("perm", integers: [0, 1])])),
    NamedBytes(
      "permutation twice to one place",
      node("Transpose", ["x"], [Bytes.attribute("perm", integers: [0, 0, 1, 1])])),
    NamedBytes(
      "training",
      node("BatchNormalization", ["x", "w", "w", "w", "w"], [Bytes.attribute("training_mode", integer: 1)])),
    NamedBytes(
      "epsilon of −1",
      node("BatchNormalization", ["x", "w", "w", "w", "w"], [Bytes.attribute("epsilon", float: -1)])),
    NamedBytes("matrix of four dimensions", node("Gemm", ["x", "w"])),
    NamedBytes("constant without a value", Bytes.model([Bytes.node("Constant", [], ["y"])])),
    NamedBytes(
      "result that the input does not reach", Bytes.model([Bytes.node("Identity", ["w"], ["y"])], [weights])),
    NamedBytes(
      "two inputs",
      Bytes.model([conv], [weights], inputs: [Bytes.value("x", [1, 3, 8, 8]), Bytes.value("z", [1])])),
    NamedBytes("gray pictures", Bytes.model([conv], [weights], inputs: [Bytes.value("x", [1, 1, 8, 8])])),
    NamedBytes("batch of four", Bytes.model([conv], [weights], inputs: [Bytes.value("x", [4, 3, 8, 8])])),
    NamedBytes(
      "input of rank 5", Bytes.model([conv], [weights], inputs: [Bytes.value("x", [1, 3, 8, 8, 8])])),
    NamedBytes(
      "input of rank 9",
      Bytes.model([conv], [weights], inputs: [Bytes.value("x", .init(repeating: 3, count: 9))])),
    NamedBytes(
      "side of 2⁴⁰", Bytes.model([conv], [weights], inputs: [Bytes.value("x", [1, 3, 1 << 40, 8])])),
    NamedBytes(
      "pixels over the limit",
      Bytes.model([conv], [weights], inputs: [Bytes.value("x", [1, 3, 1 << 24, 1 << 24])])),
    NamedBytes(
      "input of whole numbers",
      Bytes.model([conv], [weights], inputs: [Bytes.value("x", [1, 3, 8, 8], type: 7)])),
    NamedBytes(
      "size left open", Bytes.model([conv], [weights], inputs: [Bytes.value("x", [-1, 3, -1, -1])])),
  ]

  // MARK: - Shape arithmetic

  private static func folded(_ nodes: [[UInt8]], _ tensors: [[UInt8]]) -> [UInt8] {
    Bytes.model(nodes + [Bytes.node("Reshape", ["x", "s"], ["y"])], tensors)
  }

  private static let foldings: [NamedBytes] = [
    NamedBytes(
      "shape of 10¹² zeros",
      folded([Bytes.node("ConstantOfShape", ["a"], ["s"])], [Bytes.integers("a", [1 << 20, 1 << 20])])),
    NamedBytes(
      "negative shape", folded([Bytes.node("ConstantOfShape", ["a"], ["s"])], [Bytes.integers("a", [-5])])),
    NamedBytes(
      "division by zero",
      folded([Bytes.node("Div", ["a", "b"], ["s"])], [Bytes.integers("a", [1]), Bytes.integers("b", [0])])),
    NamedBytes(
      "−2⁶³ / −1",
      folded(
        [Bytes.node("Div", ["a", "b"], ["s"])], [Bytes.integers("a", [.min]), Bytes.integers("b", [-1])])),
    NamedBytes(
      "−2⁶³ mod −1",
      folded(
        [Bytes.node("Mod", ["a", "b"], ["s"])], [Bytes.integers("a", [.min]), Bytes.integers("b", [-1])])),
    NamedBytes(
      "sum over 2⁶³", folded([Bytes.node("Add", ["a", "a"], ["s"])], [Bytes.integers("a", [.max])])),
    NamedBytes(
      "product over 2⁶³", folded([Bytes.node("Mul", ["a", "a"], ["s"])], [Bytes.integers("a", [1 << 40])])),
    NamedBytes("negation of −2⁶³", folded([Bytes.node("Neg", ["a"], ["s"])], [Bytes.integers("a", [.min])])),
    NamedBytes(
      "element out of range",
      folded(
        [Bytes.node("Gather", ["a", "b"], ["s"])], [Bytes.integers("a", [1]), Bytes.integers("b", [1])])),
    NamedBytes(
      "element −2⁶³",
      folded(
        [Bytes.node("Gather", ["a", "b"], ["s"])], [Bytes.integers("a", [1]), Bytes.integers("b", [.min])])),
    NamedBytes(
      "step 0",
      folded(
        [Bytes.node("Slice", ["a", "b", "b", "b", "b"], ["s"])],
        [Bytes.integers("a", [1]), Bytes.integers("b", [0])])),
    NamedBytes(
      "step −2⁶³",
      folded(
        [Bytes.node("Slice", ["a", "b", "b", "b", "c"], ["s"])],
        [Bytes.integers("a", [1]), Bytes.integers("b", [0]), Bytes.integers("c", [.min])])),
    NamedBytes(
      "axes that are not there", folded([Bytes.node("Unsqueeze", ["a"], ["s"])], [Bytes.integers("a", [1])])),
    NamedBytes(
      "axis of 2⁶²",
      folded(
        [Bytes.node("Unsqueeze", ["a", "b"], ["s"])],
        [Bytes.integers("a", [1]), Bytes.integers("b", [1 << 62])])),
    NamedBytes(
      "shapes that do not fit",
      folded(
        [Bytes.node("Add", ["a", "b"], ["s"])],
        [Bytes.integers("a", [1, 2]), Bytes.integers("b", [1, 2, 3])])),
    NamedBytes(
      "two open sides",
      Bytes.model([Bytes.node("Reshape", ["x", "s"], ["y"])], [Bytes.integers("s", [-1, -1])])),
    NamedBytes(
      "shape with a product over 2⁶³",
      Bytes.model(
        [Bytes.node("Reshape", ["x", "s"], ["y"])], [Bytes.integers("s", .init(repeating: 1 << 24, count: 8))]
      )),
    NamedBytes(
      "shape of another count",
      Bytes.model([Bytes.node("Reshape", ["x", "s"], ["y"])], [Bytes.integers("s", [5])])),
    NamedBytes(
      "channels shuffled",
      Bytes.model([Bytes.node("Reshape", ["x", "s"], ["y"])], [Bytes.integers("s", [1, 8, 3, 8])])),
    NamedBytes(
      "range of 10¹²",
      folded(
        [Bytes.node("Range", ["a", "b", "c"], ["s"])],
        [Bytes.integers("a", [0]), Bytes.integers("b", [1 << 33]), Bytes.integers("c", [1])])),
  ]

  @Test(arguments: wires + tensors + graphs + foldings)
  func refusesByName(content: NamedBytes) throws {
    var error: InputError?
    let time = try ContinuousClock().measure { error = try refusal { try load(content.bytes) } }
    let found = try #require(error)
    #expect(!found.reason.isEmpty && found.description.utf8.count < 400, "\(found)")
    #expect(time < .milliseconds(500))
  }
}
