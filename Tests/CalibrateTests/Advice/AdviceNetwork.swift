import Calibrate
import Quant
import TestSupport

/// A small network whose first normalization has the statistics of the pictures that it "was trained on": those of
/// `photos`, prepared by `recipe`.
struct AdviceNetwork {
  static let side = 32
  static let layers = 8
  private static let channels = 16

  static let recipe = Recipe(
    name: "torchvision", resize: .none, filter: .bilinear, inputSize: Size2D(side), scale: 255,
    mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225])

  /// How the weights of the layers after the stem are scaled; their biases with them.
  var scales = [Float](repeating: 1, count: layers)
  /// What one channel of a layer's result is multiplied by besides.
  var channelScale: (layer: Int, factor: Float)?
  /// A layer of which three quarters of the channels never get through.
  var deadLayer: Int?
  /// The last sums have no activation.
  var isLinear = false

  /// Smooth pictures, redder than blue as photos are; each has its own brightness.
  static func photos(_ count: Int) -> Photos {
    Photos(count: count) { photo in
      var generator = SeededGenerator(seed: 40 + UInt64(photo))
      let base = generator.float(in: 60...150)
      let tint = generator.float(in: -10...40)
      let slopes = (0..<2).map { _ in generator.float(in: -50...50) }
      var pixels: [UInt8] = []
      for y in 0..<side {
        for x in 0..<side {
          let down = slopes[0] * (Float(y) / Float(side) - 0.5)
          let across = slopes[1] * (Float(x) / Float(side) - 0.5)
          for channel in 0..<3 {
            let colour = Float(1 - channel) * tint
            let noise = generator.float(in: -10...10)
            let value = base + down + across
            pixels.append(UInt8(min(max(value + colour + noise, 0), 255)))
          }
        }
      }
      return pixels
    }
  }

  /// As an importer leaves it.
  func network() throws -> FloatNetwork {
    var generator = SeededGenerator(seed: 11)
    func random(_ count: Int, _ bound: Float) -> [Float] {
      (0..<count).map { _ in generator.float(in: -bound...bound) }
    }
    let channels = Self.channels
    var graph = try FloatGraph(inputShape: .map(height: Self.side, width: Self.side, channels: 3))
    let stem = Convolution(
      inputChannels: 3, outputChannels: channels, kernel: Size2D(3), stride: Size2D(2), padding: Padding(1))
    let weights = random(stem.weightCount, 0.4)
    var x = try graph.append(
      "stem", .convolution(stem), inputs: [0], parameters: FloatParameters(weights: weights))
    x = try graph.append(
      "stem_bn", .batchNormalization(epsilon: 1e-5), inputs: [x],
      parameters: FloatParameters(normalization: try Self.statistics(graph)))
    x = try graph.append("stem_relu", .activation(.relu), inputs: [x], parameters: .none)
    for layer in 0..<Self.layers {
      let convolution = Convolution(
        inputChannels: channels, outputChannels: channels, kernel: Size2D(1),
        activation: isLinear && layer == Self.layers - 1 ? .identity : .relu)
      var parameters = FloatParameters(
        weights: random(convolution.weightCount, (6 / Float(channels)).squareRoot()),
        bias: random(channels, 0.1))
      parameters.scale(by: scales[layer], outputs: 0..<channels)
      if let channelScale, channelScale.layer == layer {
        parameters.scale(by: channelScale.factor, outputs: 3..<4)
      }
      if deadLayer == layer { for channel in 0..<channels * 3 / 4 { parameters.bias[channel] = -1000 } }
      x = try graph.append("layer\(layer)", .convolution(convolution), inputs: [x], parameters: parameters)
    }
    let pooled = try graph.append("pool", .globalPool(.average), inputs: [x], parameters: .none)
    try graph.addOutput("embedding", pooled)
    return FloatNetwork(graph: graph, architecture: "test/advice", recipe: Self.recipe)
  }

  /// The mean and variance of each channel of the stem's sums over the pictures of training.
  private static func statistics(_ graph: FloatGraph) throws -> BatchStatistics {
    let interpreter = try FloatInterpreter(graph: graph)
    let input = try NetworkInput(recipe)
    let photos = photos(60)
    var sums = [Double](repeating: 0, count: channels)
    var squares = sums
    var count = 0.0
    for photo in 0..<photos.count {
      let map = try interpreter.run(input.map(photos.pixels(photo)), outputs: [1])[0]
      for (index, value) in map.enumerated() {
        sums[index % channels] += Double(value)
        squares[index % channels] += Double(value) * Double(value)
      }
      count += Double(map.count / channels)
    }
    let means = sums.map { Float($0 / count) }
    let variances = sums.indices.map { channel in
      let mean = sums[channel] / count
      return Float(squares[channel] / count - mean * mean)
    }
    let ones = [Float](repeating: 1, count: channels)
    return BatchStatistics(
      mean: means, variance: variances, gamma: ones, beta: [Float](repeating: 0, count: channels))
  }
}

extension FloatParameters {
  fileprivate mutating func scale(by factor: Float, outputs: Range<Int>) {
    let terms = weights.count / max(bias.count, 1)
    for output in outputs {
      bias[output] *= factor
      for term in output * terms..<(output + 1) * terms { weights[term] *= factor }
    }
  }
}
