import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

/// Graphs that torch.onnx, tf2onnx and onnx wrote, against onnxruntime, torch and Keras (Tests/Goldens/onnx).
@Suite struct ONNXGoldenTests {
  @Test func hasCases() { #expect(ONNXGoldenCase.all.count == 34) }

  @Test(arguments: ONNXGoldenCase.all)
  func equalsItsRuntime(golden: ONNXGoldenCase) throws {
    let network = try golden.network()
    let outputs = try FloatInterpreter(graph: network.prepared().graph).run(golden.input(network))
    let expected = try golden.expected()
    let embedding = try #require(outputs["embedding"])
    if golden.hasEmbedding {
      #expect(relativeError(embedding, try golden.expected(".embedding")) <= 1e-4)
    }
    if golden.isSoftmax {
      #expect(relativeError(Self.softmax(try #require(outputs["logits"])), expected) <= 1e-4)
    } else if golden.hasEmbedding {
      #expect(relativeError(try #require(outputs["logits"]), expected) <= 1e-4)
    } else if golden.isNormalized {
      #expect(cosine(embedding, expected) > 0.999_999_9)
    } else {
      #expect(relativeError(embedding, expected) <= 1e-4, "\(golden.id)")
    }
  }

  /// The graph and the bare state dictionary of the same weights.
  @Test func equalsTheStateDictionaryOfTheSameWeights() throws {
    let golden = try ONNXGoldenCase.named("resnet50")
    let network = try golden.network()
    var state = StateDictionary()
    for tensor in try ONNXModel(golden.bytes()).graph.tensors where tensor.type == .float {
      state.set(tensor.name, Seeded.tensor(tensor.name, tensor.shape))
    }
    let named = try ArchitectureImporter.network(
      from: state, architecture: "torchvision/resnet50", inputSize: golden.size)
    let input = try golden.input(network)
    let a = try FloatInterpreter(graph: network.prepared().graph).run(input)
    let b = try FloatInterpreter(graph: named.prepared().graph).run(input)
    #expect(relativeError(try #require(a["embedding"]), try #require(b["embedding"])) <= 1e-6)
    #expect(relativeError(try #require(a["logits"]), try #require(b["logits"])) <= 1e-6)
  }

  @Test func namesLayersAndSaysWhatItAssumed() throws {
    let golden = try ONNXGoldenCase.named("resnet18")
    let file = try golden.file()
    let weights = try WeightsFile.load(file.path)
    #expect(weights.format == "ONNX (pytorch 1.13.0, opset 9)")
    let network = try weights.source.network(ImportOptions(inputSize: golden.size))
    #expect(network.graph.nodes.contains { $0.name == "layer1.0.conv1" })
    #expect(network.graph.nodes.last?.name == "fc")
    #expect(network.assumptions.contains("classifier: fc (512 → 1000) is left out of the embedding"))
    #expect(network.assumptions.contains { $0.hasPrefix("preprocessing: ") })
    #expect(network.assumptions.contains { $0.contains("weights.bin") })
    #expect(network.recipe.name == "torchvision" && network.recipe.inputSize == golden.size)
    let whole = try golden.network(head: .linear)
    #expect(whole.graph.output(named: "embedding").map { whole.graph.shapes[$0] } == .vector(1000))
    // Height and width are dynamic in the file.
    let open = try refusal { try weights.source.network(ImportOptions()) }
    #expect(open.kind == .mismatch && open.remedy.contains("--size"))
  }

  @Test func takesUpWhatTheGraphDoesToItsInput() throws {
    let caffe = try ONNXGoldenCase.named("reversed-input").network().recipe
    #expect(caffe.channelOrder == .bgr && caffe.scale == 1)
    #expect(zip(caffe.mean, [103.939, 116.779, 123.68] as [Float]).allSatisfy { abs($0 - $1) < 1e-3 })
    let bytes = try ONNXGoldenCase.named("raw-input").network().recipe
    #expect(bytes.channelOrder == .rgb && bytes.scale == 1)
    #expect(zip(bytes.deviation, [58.395, 57.12, 57.375] as [Float]).allSatisfy { abs($0 - $1) < 1e-3 })
    let halves = try ONNXGoldenCase.named("googlenet-transform").network().recipe
    #expect(halves.scale == 255)
    #expect((halves.mean + halves.deviation).allSatisfy { abs($0 - 0.5) < 1e-5 })
    let keras = try ONNXGoldenCase.named("channels-last").network()
    #expect(keras.recipe.scale == 1 && keras.recipe.mean.allSatisfy { abs($0 - 127.5) < 1e-3 })
    #expect(!keras.graph.nodes.contains { $0.name.contains("affine") && $0.inputs == [0] })
  }

  private static func softmax(_ logits: [Float]) -> [Float] {
    let largest = logits.max() ?? 0
    let powers = logits.map { Foundation.exp(Double($0 - largest)) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }
}
