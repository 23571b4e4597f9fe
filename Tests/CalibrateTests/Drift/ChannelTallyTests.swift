import Calibrate
import Quant
import Testing

@Suite struct ChannelTallyTests {
  /// Counts, ranges and weights against plain loops over the float network's values and the model's numbers.
  @Test func countsAndRangesAreThoseOfAPlainComputation() throws {
    let (network, sound) = try WholeModelTests.quantized(threads: 2)
    var model = sound
    // Ranges made too small: a part of the values is clipped.
    let expand = try #require(model.graph.nodes.firstIndex { $0.name == "residual" }) + 1
    let clipped = try #require(model.quantization[expand])
    model.quantization[expand] = ChannelQuantization(
      scales: clipped.scales.map { $0 / 2 }, zeroPoints: clipped.zeroPoints)
    let layers = try LayerDetailTests.measure(network, model)
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
        session.withRetainedBytes(of: value) { plain[value].addLimits($0, quantization) }
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
