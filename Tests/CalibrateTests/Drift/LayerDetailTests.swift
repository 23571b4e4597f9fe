import Calibrate
import Foundation
import Int8Kernels
import Quant
import TestSupport
import Testing

/// What is measured of single layers, on the network that has every operation.
@Suite struct LayerDetailTests {
  private static func measure(
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

  /// Counts, ranges and weights against plain loops over the float network's values and the model's numbers.
  @Test func countsAndRangesAreThoseOfAPlainComputation() throws {
    let (network, sound) = try WholeModelTests.quantized(threads: 2)
    var model = sound
    // Ranges made too small: a part of the values is clipped.
    let expand = try #require(model.graph.nodes.firstIndex { $0.name == "residual" }) + 1
    let clipped = try #require(model.quantization[expand])
    model.quantization[expand] = ChannelQuantization(
      scales: clipped.scales.map { $0 / 2 }, zeroPoints: clipped.zeroPoints)
    let layers = try Self.measure(network, model)
    let photos = TinyNetwork.photos()
    let (interpreter, input) = (try FloatInterpreter(graph: network.graph), try NetworkInput(network.recipe))
    let session = try Engine(model: model, retainingValues: true).makeSession()
    var plain = network.graph.shapes.map { PlainCounts(channels: $0.channels) }
    for photo in 0..<photos.count {
      let pixels = try photos.pixels(photo)
      _ = try session.run(pixels)
      try interpreter.run(input.map(pixels)) { value, elements in
        plain[value].add(elements, model.quantization[value])
        guard let quantization = model.quantization[value] else { return }
        session.withBytes(of: value, image: 0) { plain[value].addLimits($0, quantization) }
      }
    }
    for (index, layer) in layers.enumerated() {
      let (detail, counts) = (try #require(layer.detail), plain[index + 1])
      #expect(detail.elementCount == counts.elements, "\(layer.name)")
      #expect(detail.observed.map(\.lowerBound) == counts.lower, "\(layer.name)")
      #expect(detail.observed.map(\.upperBound) == counts.upper, "\(layer.name)")
      let isMap = model.quantization[index + 1] != nil
      #expect(detail.saturatedCount == (isMap ? counts.saturated : nil), "\(layer.name)")
      #expect(detail.limitCount == (isMap ? counts.limits : nil), "\(layer.name)")
      #expect((detail.representable == nil) == !isMap)
    }
    let share = try #require(layers[expand - 1].detail?.saturatedShare)
    #expect(share > 0.001 && share < 0.5)
  }

  private struct PlainCounts {
    var elements = 0
    var saturated = 0
    var limits = 0
    var lower: [Float]
    var upper: [Float]

    init(channels: Int) {
      lower = .init(repeating: .infinity, count: channels)
      upper = .init(repeating: -.infinity, count: channels)
    }

    mutating func add(_ values: UnsafeBufferPointer<Float>, _ quantization: ChannelQuantization?) {
      elements += values.count
      for (index, value) in values.enumerated() {
        let channel = index % lower.count
        lower[channel] = min(lower[channel], value)
        upper[channel] = max(upper[channel], value)
        guard let quantization else { continue }
        let scale = Double(quantization.scales[channel])
        let zeroPoint = Double(quantization.zeroPoints[channel])
        let steps = Double(value) / scale + zeroPoint
        if steps > 127.5 || steps < -128.5 { saturated += 1 }
      }
    }

    mutating func addLimits(_ elements: UnsafeRawBufferPointer, _ quantization: ChannelQuantization) {
      for (index, byte) in elements.enumerated() {
        let element = Int8(bitPattern: byte)
        let standsForZero = element == quantization.zeroPoints[index % quantization.channels]
        if element == 127 || element == -128 && !standsForZero { limits += 1 }
      }
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
