import Calibrate
import Quant

/// torchvision's ResNet-50 with weights from a fixed generator, batch normalization folded, activations fused.
struct ResNet50 {
  private var graph: FloatGraph
  private var state: UInt64 = 1

  static func graph() throws -> FloatGraph {
    var network = ResNet50(graph: try FloatGraph(inputShape: .map(height: 224, width: 224, channels: 3)))
    try network.build()
    return network.graph
  }

  private init(graph: FloatGraph) { self.graph = graph }

  private mutating func build() throws {
    var value = try convolution("conv1", 0, 64, kernel: 7, stride: 2, activation: .relu)
    let pooling = Pooling(kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))
    value = try graph.append("maxpool", .maxPool(pooling), inputs: [value], parameters: .none)
    for (stage, (blocks, width)) in [(3, 64), (4, 128), (6, 256), (3, 512)].enumerated() {
      for block in 0..<blocks {
        let stride = block == 0 && stage > 0 ? 2 : 1
        value = try bottleneck(
          "layer\(stage + 1).\(block)", value, width, stride: stride, isFirst: block == 0)
      }
    }
    value = try graph.append("avgpool", .globalPool(.average), inputs: [value], parameters: .none)
    let parameters = FloatParameters(weights: weights(2048 * 1000, fanIn: 2048))
    value = try graph.append(
      "fc", .dense(Dense(inputs: 2048, outputs: 1000)), inputs: [value], parameters: parameters)
    try graph.addOutput("logits", value)
  }

  private mutating func bottleneck(
    _ name: String, _ input: ValueID, _ width: Int, stride: Int, isFirst: Bool
  ) throws -> ValueID {
    let reduced = try convolution("\(name).conv1", input, width, kernel: 1, activation: .relu)
    let middle = try convolution(
      "\(name).conv2", reduced, width, kernel: 3, stride: stride, activation: .relu)
    let shortcut =
      isFirst ? try convolution("\(name).downsample", input, width * 4, kernel: 1, stride: stride) : input
    return try convolution(
      "\(name).conv3", middle, width * 4, kernel: 1, activation: .relu, residual: shortcut)
  }

  private mutating func convolution(
    _ name: String, _ input: ValueID, _ outputs: Int, kernel: Int, stride: Int = 1,
    activation: Activation = .identity, residual: ValueID? = nil
  ) throws -> ValueID {
    let inputs = graph.shapes[input].channels
    let attributes = Convolution(
      inputChannels: inputs, outputChannels: outputs, kernel: Size2D(kernel), stride: Size2D(stride),
      padding: Padding(kernel / 2), activation: activation, hasResidual: residual != nil)
    let fanIn = kernel * kernel * inputs
    let parameters = FloatParameters(
      weights: weights(outputs * fanIn, fanIn: fanIn), bias: weights(outputs, fanIn: 100))
    return try graph.append(
      name, .convolution(attributes), inputs: [input] + (residual.map { [$0] } ?? []), parameters: parameters)
  }

  /// Uniform in ±√(3 / fanIn).
  private mutating func weights(_ count: Int, fanIn: Int) -> [Float] {
    let scale = (3 / Float(fanIn)).squareRoot()
    return (0..<count).map { _ in unit() * scale }
  }

  private mutating func unit() -> Float {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Float(Int64(bitPattern: state) >> 40) * 0x1p-23
  }
}
