import Calibrate
import Foundation
import Int8Kernels
import Quant
import TestSupport
import Testing

/// What is measured of single layers, on the network that has every operation.
@Suite struct LayerDetailTests {
  static func measure(
    _ network: FloatNetwork, _ model: QuantizedModel, kernels: KernelSet = .best, threads: Int = 2,
    inDetail: Bool = true
  ) throws -> [LayerDrift] {
    let engine = try Engine(model: model, kernels: kernels, retainingValues: true)
    return try DriftMeter(network: network, engine: engine).measure(
      photos: TinyNetwork.photos(), pool: WorkerPool(threads: threads), inDetailOf: inDetail ? model : nil
    ).layers
  }

  /// The nodes that depend on `broken`, and itself.
  private static func reached(from broken: Int, _ graph: Int8Graph) -> Set<String> {
    var values: Set<ValueID> = [broken + 1]
    for (index, node) in graph.nodes.enumerated() where node.inputs.contains(where: values.contains) {
      values.insert(index + 1)
    }
    return Set(values.map { graph.nodes[$0 - 1].name })
  }

  @Test func aBrokenLayerIsToldByItsIsolatedErrorAlone() throws {
    let (network, model) = try WholeModelTests.quantized(threads: 2)
    var broken = model
    let index = try #require(model.graph.nodes.firstIndex { $0.name == "project" })
    guard case .convolution(var numbers) = model.graph.nodes[index].parameters else {
      Issue.record("no convolution")
      return
    }
    for place in numbers.weights.indices where place % 3 == 0 { numbers.weights[place] = 90 }
    broken.graph.setParameters(.convolution(numbers), ofNode: index)
    let (before, after) = (try Self.measure(network, model), try Self.measure(network, broken))
    let reached = Self.reached(from: index, model.graph)
    #expect(reached.count > 20 && reached.count < model.graph.nodes.count)
    for (sound, layer) in zip(before, after) {
      let name = layer.name
      let alone = try #require(layer.detail?.isolatedSQNRDecibels, "\(name)")
      if name == "project" {
        #expect(alone < 10 && layer.sqnrDecibels < 10)
      } else {
        #expect(alone == sound.detail?.isolatedSQNRDecibels, "\(name) reads float values")
        #expect(reached.contains(name) || layer.sqnrDecibels == sound.sqnrDecibels, "\(name) comes before")
      }
    }
    // Softmax may bring numbers together again; the maps and the embedding cannot.
    for name in ["residual", "add", "head", "vector_gelu"] {
      let sound = try #require(before.first { $0.name == name })
      let layer = try #require(after.first { $0.name == name })
      #expect(layer.sqnrDecibels < sound.sqnrDecibels - 6, "\(name)")
    }
  }

  /// What reads the network's input alone has no error but its own.
  @Test func theFirstLayerHasOneErrorOnly() throws {
    let (network, model) = try WholeModelTests.quantized(threads: 2)
    let layers = try Self.measure(network, model)
    let stem = try #require(layers.first)
    #expect(model.graph.nodes[0].inputs == [0])
    #expect(stem.detail?.isolatedSQNRDecibels == stem.sqnrDecibels)
    for layer in layers.dropFirst() where layer.name == "expand" {
      #expect(try #require(layer.detail?.isolatedSQNRDecibels) > layer.sqnrDecibels)
    }
  }

  /// Every layer packed anew and run on rounded float values, with all of it written out.
  @Test func isolatedErrorsAreThoseOfLayersRunByHand() throws {
    let (network, model) = try WholeModelTests.quantized(threads: 2)
    let layers = try Self.measure(network, model)
    let photos = TinyNetwork.photos()
    let (interpreter, input) = (try FloatInterpreter(graph: network.graph), try NetworkInput(network.recipe))
    var sums = layers.map { _ in (energy: 0.0, error: 0.0) }
    for photo in 0..<photos.count {
      let pixels = try photos.pixels(photo)
      var exact: [[Float]] = [[]]
      try interpreter.run(input.map(pixels)) { exact.append(Array($1)) }
      for (index, node) in model.graph.nodes.enumerated() {
        let inputs = node.inputs.map { value in
          value == 0
            ? StoredValue(pixels: pixels) : StoredValue(exact[value], model.quantization[value])
        }
        let result = try StoredValue(running: index, of: model, inputs)
        for (x, y) in zip(exact[index + 1], result.real(model.quantization[index + 1])) {
          sums[index].energy += Double(x) * Double(x)
          sums[index].error += (Double(x) - y) * (Double(x) - y)
        }
      }
    }
    for (layer, sum) in zip(layers, sums) {
      let alone = try #require(layer.detail?.isolatedSQNRDecibels)
      guard sum.error > 0 else {
        #expect(alone == .infinity, "\(layer.name)")
        continue
      }
      #expect(abs(alone - 10 * log10(sum.energy / sum.error)) < 1e-3, "\(layer.name)")
    }
  }

  @Test func nothingDependsOnThreadsOrKernels() throws {
    let (network, model) = try WholeModelTests.quantized(threads: 2)
    let first = try Self.measure(network, model, kernels: .scalar, threads: 1)
    for kernels in KernelSet.available {
      #expect(try Self.measure(network, model, kernels: kernels, threads: 3) == first, "\(kernels)")
    }
    let plain = try Self.measure(network, model, inDetail: false)
    for (layer, other) in zip(plain, first) {
      #expect(layer.detail == nil && abs(layer.sqnrDecibels - other.sqnrDecibels) < 1e-9, "\(layer.name)")
    }
  }

  @Test func largestWeightsAreThoseOfTheFloatLayers() throws {
    let (network, model) = try WholeModelTests.quantized(threads: 2)
    let largest = model.largestWeights
    for (index, node) in network.graph.nodes.enumerated() {
      let weights = node.parameters.weights
      guard !weights.isEmpty else {
        #expect(largest[index] == nil, "\(node.name)")
        continue
      }
      let found = try #require(largest[index], "\(node.name)")
      let count = weights.count / found.count
      for (channel, value) in found.enumerated() {
        let exact = weights[channel * count..<(channel + 1) * count].reduce(0) { max($0, abs($1)) }
        // A step of the weights is 1/127 of the largest product with the input's scale.
        #expect(abs(value - exact) < 0.1 * exact, "\(node.name) \(channel)")
      }
    }
  }

  @Test func deadChannelsAreCounted() {
    let detail = LayerDetail(
      operation: .concatenate, shape: .map(height: 1, width: 2, channels: 3), elementCount: 6,
      saturatedCount: 3, limitCount: 0, observed: [0...0, -1...0, 0...2])
    #expect(detail.deadChannels == 1 && detail.saturatedShare == 0.5 && detail.limitShare == 0)
  }
}
