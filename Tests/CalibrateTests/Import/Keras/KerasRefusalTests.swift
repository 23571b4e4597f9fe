import Calibrate
import Quant
import TestSupport
import Testing

/// Configurations that want something run, or lie: refused by the name of the layer, nothing is looked up.
@Suite struct KerasRefusalTests {
  private typealias Text = KerasText

  private func refused(_ text: String) throws -> InputError { try refusal { try Text.network(text) } }

  private static let lambda =
    #"{"class_name": "Lambda", "config": {"name": "evil", "function": {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}}}"#

  @Test func acceptsAnHonestOne() throws {
    let network = try Text.network(Text.sequential(Text.input, Text.conv("conv")))
    #expect(network.graph.nodes.map(\.name) == ["conv", "global_average_pool"])
  }

  /// CVE-2024-3660: the code of a Lambda layer, wherever it stands.
  @Test func refusesLambdaEverywhere() throws {
    let plain = try refused(Text.sequential(Text.input, Self.lambda))
    #expect(plain.kind == .unsupported)
    #expect(plain.subject == "evil")
    #expect(plain.reason.contains("never run"))
    let functional = Text.functional([(Text.input, []), (Self.lambda, ["picture"])], end: "evil")
    #expect(try refused(functional).subject == "evil")
    let nested = Text.sequential(Text.input, Text.sequential(Text.conv("c"), Self.lambda, name: "inner"))
    #expect(try refused(nested).subject == "inner/evil")
    let unused = Text.functional(
      [(Text.input, []), (Text.conv("c"), ["picture"]), (Self.lambda, ["c"])], end: "c")
    #expect(try refused(unused).subject == "evil")
  }

  /// CVE-2025-1550, CVE-2025-8747, CVE-2025-9905, CVE-2025-9906.
  @Test(arguments: [
    #""module": "os", "class_name": "system", "registered_name": null"#,
    #""module": "os", "class_name": "Conv2D", "registered_name": null"#,
    #""module": "kerasevil.layers", "class_name": "Conv2D""#,
    #""module": ["keras"], "class_name": "Conv2D""#,
    #""module": "keras.utils", "class_name": "get_file", "registered_name": "get_file""#,
    #""module": "keras.config", "class_name": "enable_unsafe_deserialization""#,
    #""module": "keras.layers", "class_name": "Conv2D", "registered_name": "Custom>Conv2D""#,
    #""class_name": "__lambda__""#, #""class_name": "function""#, #""class_name": "Custom>Thing""#,
    #""class_name": "TFSMLayer""#, #""class_name": "TimeDistributed""#,
  ])
  func refusesWhatIsNotKerasOwn(head: String) throws {
    let layer = #"{\#(head), "config": {"name": "evil", "filters": 4, "kernel_size": 3}}"#
    let error = try refused(Text.sequential(Text.input, layer))
    #expect(error.kind == .unsupported)
    #expect(error.subject == "evil")
  }

  @Test(arguments: [
    #"{"class_name": "__lambda__", "config": {"code": "x"}}"#,
    #"{"module": "os", "class_name": "function", "config": "system"}"#, #""<lambda>""#, #""my>relu""#,
    #""elu""#,
    #"{"class_name": "Custom>Swish", "config": {}}"#, "7",
  ])
  func refusesActivationsThatAreNotKerasOwn(activation: String) throws {
    let error = try refused(Text.sequential(Text.input, Text.conv("c", #""activation": \#(activation)"#)))
    #expect(error.subject == "c")
  }

  @Test func refusesConfigurationsNestedDeep() throws {
    let deep = String(repeating: #"{"class_name":"Sequential","config":{"layers":["#, count: 100_000)
    #expect(try refusal { try JSON.parse(deep) }.reason.contains("nested deeper"))
    let open = String(repeating: "[", count: 100_000)
    #expect(try refusal { try JSON.parse(#"{"class_name": \#(open)"#) }.reason.contains("nested deeper"))
  }

  @Test func refusesCycles() throws {
    let pair = Text.functional(
      [(Text.input, []), (Text.layer("Add", "a"), ["picture", "b"]), (Text.layer("ReLU", "b"), ["a"])],
      end: "b")
    #expect(try refused(pair).reason.contains("cycle"))
    let loop = Text.functional([(Text.input, []), (Text.layer("ReLU", "a"), ["a"])], end: "a")
    #expect(try refused(loop).reason.contains("cycle"))
  }

  @Test func refusesLayersAndCallsThatAreMissing() throws {
    let missing = Text.functional([(Text.input, []), (Text.layer("ReLU", "a"), ["nothing"])], end: "a")
    #expect(try refused(missing).reason.contains("nothing, which is missing"))
    let end = Text.functional([(Text.input, []), (Text.layer("ReLU", "a"), ["picture"])], end: "b")
    #expect(try refused(end).reason.contains("the layer b"))
    let call = Text.functional([(Text.input, []), (Text.conv("a"), ["picture"])], end: "a")
      .replacing(#"["picture", 0, 0, {}]"#, with: #"["picture", 3, 0, {}]"#)
    #expect(try refused(call).reason.contains("call 3"))
    let output = Text.functional([(Text.input, []), (Text.conv("a"), ["picture"])], end: "a")
      .replacing(#"["picture", 0, 0, {}]"#, with: #"["picture", 0, 9, {}]"#)
    #expect(try refused(output).reason.contains("no output 9"))
    let uncalled = Text.functional([(Text.input, []), (Text.conv("a"), [])], end: "a")
    #expect(try refused(uncalled).kind == .malformed)
  }

  /// Calls that multiply from level to level end at a limit, not in hours.
  @Test func refusesModelsCalledTooOften() throws {
    var inner = Text.functional(
      [(Text.input, []), (Text.layer("Dropout", "d"), ["picture"])], name: "m0", end: "d")
    for level in 1...6 {
      let count = 20
      let calls = (0..<count).map {
        $0 == 0 ? #"[["picture", 0, 0, {}]]"# : #"[["m\#(level - 1)", \#($0), 0, {}]]"#
      }
      inner = #"""
        {"class_name": "Functional", "config": {"name": "m\#(level)", "layers": [
          \#(Text.input.dropLast()), "inbound_nodes": []},
          \#(inner.dropLast()), "inbound_nodes": [\#(calls.joined(separator: ", "))]}],
         "input_layers": [["picture", 0, 0]], "output_layers": [["m\#(level - 1)", \#(count), 0]]}}
        """#
    }
    let error = try refused(inner)
    #expect(error.kind == .tooLarge)
  }

  @Test(arguments: [
    #""kernel_size": 0"#, #""kernel_size": [3, -1]"#, #""kernel_size": 1e9"#, #""kernel_size": "3""#,
    #""kernel_size": [1, 2, 3]"#, #""strides": 0"#, #""strides": 9223372036854775807"#,
    #""dilation_rate": [0, 1]"#,
    #""filters": -4"#, #""filters": 99999999999"#, #""filters": "four""#, #""groups": 2"#, #""groups": 0"#,
    #""padding": "causal""#, #""padding": 7"#, #""use_bias": "yes""#, #""data_format": "channels_first""#,
  ])
  func refusesNumbersOutOfRange(attribute: String) throws {
    let key = attribute.split(separator: ":")[0]
    let base = ["filters": "4", "kernel_size": "3"].filter { "\"\($0.key)\"" != key }
      .map { "\"\($0.key)\": \($0.value)" }
    let layer = Text.layer("Conv2D", "conv", (base + [attribute]).joined(separator: ", "))
    #expect(try refused(Text.sequential(Text.input, layer)).subject == "conv")
  }

  @Test(arguments: [
    "[null, 8, 8, 1]", "[null, 3, 8, 8]", "[null, 8]", "[null, 0, 8, 3]", "[null, 8, 1e30, 3]", "\"8\"",
    "[null, 8, \"8\", 3]", "[null, 1048576, 1048576, 3]",
  ])
  func refusesInputsThatAreNoPictures(shape: String) throws {
    let input = Text.layer("InputLayer", "picture", #""batch_shape": \#(shape)"#)
    let error = try refused(Text.sequential(input, Text.conv("c")))
    #expect(!error.reason.isEmpty)
  }

  @Test func asksForTheSizeThatTheFileDoesNotTell() throws {
    let input = Text.layer("InputLayer", "picture", #""batch_shape": [null, null, null, 3]"#)
    let text = Text.sequential(input, Text.conv("c"))
    #expect(try refused(text).remedy.contains("--size"))
    let network = try Text.network(text, ImportOptions(inputSize: Size2D(height: 12, width: 10)))
    #expect(network.recipe.inputSize == Size2D(height: 12, width: 10))
  }

  @Test func refusesBatchStatisticsOfTraining() throws {
    let text = Text.functional(
      [(Text.input, []), (Text.conv("c"), ["picture"]), (Text.layer("BatchNormalization", "bn"), ["c"])],
      end: "bn")
    let training = text.replacing(#"["c", 0, 0, {}]"#, with: #"["c", 0, 0, {"training": true}]"#)
    #expect(try refused(training).reason.contains("training=True"))
    #expect(try Text.network(text).graph.nodes.count == 3)
  }

  @Test func readsTheOlderHardSigmoidByItsValue() throws {
    let text = Text.sequential(Text.input, Text.conv("c", #""activation": "hard_sigmoid""#))
    for (version, factor) in [("3.0.5", Float(1)), ("2.15.0", 1.2)] {
      let network = try Text.source(text, version: version).network(ImportOptions())
      let gammas = network.graph.nodes.compactMap { $0.parameters.normalization?.gamma.first }
      #expect(gammas == (factor == 1 ? [] : [factor]))
      #expect(network.graph.nodes.contains { $0.operation == .activation(.hardSigmoid) })
    }
  }
}
