import Quant

/// EfficientNet-B0 to B7, with their own scaling of the input. Source: `keras/applications/efficientnet.py`.
struct KerasEfficientNet: KerasScaledNetwork {
  /// The depthwise convolution's kernel.
  typealias Form = Int

  let name: String
  private let width: Double
  let depth: Double
  /// Whether the weights divide by √deviation alone, so that the network divides once more: those of ImageNet do.
  var dividesTwice = false

  static let all = zip(0..<8, scalings).map { index, scaling in
    KerasEfficientNet(name: "efficientnetb\(index)", width: scaling.width, depth: scaling.depth)
  }

  private static let scalings: [(width: Double, depth: Double)] = [
    (1, 1), (1, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8), (1.6, 2.2), (1.8, 2.6), (2, 3.1),
  ]
  let stages: [Stage] = [
    (3, 1, 32, 16, 1, 1), (3, 2, 16, 24, 6, 2), (5, 2, 24, 40, 6, 2), (3, 3, 40, 80, 6, 2),
    (5, 3, 80, 112, 6, 1),
    (5, 4, 112, 192, 6, 2), (3, 1, 192, 320, 6, 1),
  ]
  /// ImageNet's, which the layer `normalization` of the published weights holds as its variance.
  static let deviation = [0.229, 0.224, 0.225]

  func scaled(_ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value) -> KerasModelBuilder.Value {
    let normalized = k.normalization(k.rescale(x, [1.0 / 255]), name: "normalization")
    return dividesTwice ? k.rescale(normalized, Self.deviation.map { 1 / $0.squareRoot() }) : normalized
  }

  /// Reads from the weights' variance whether the network divides twice.
  mutating func settle(variance: [Float], _ notes: inout [String]) {
    dividesTwice =
      variance.count == 3 && zip(variance, Self.deviation).allSatisfy { abs(Double($0) - $1) < 1e-4 }
    if dividesTwice {
      notes.append(
        "preprocessing: the layer normalization holds ImageNet's deviation as its variance, so the input is divided by "
          + "√deviation once more, as Keras does for weights=\"imagenet\"")
    }
  }

  func block(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, _ stage: Stage, inputs: Int, strides: Int,
    prefix: String
  ) -> KerasModelBuilder.Value {
    let (inner, outputs) = (inputs * stage.expansion, rounded(stage.outputs))
    var y = x
    if stage.expansion > 1 {
      y = k.conv(y, inner, 1, same: true, name: "\(prefix)expand_conv")
      y = k.activation(k.norm(y, name: "\(prefix)expand_bn"), .silu)
    }
    y = k.depthwise(y, stage.form, strides: strides, name: "\(prefix)dwconv")
    y = k.activation(k.norm(y, name: "\(prefix)bn"), .silu)
    y = squeeze(&k, y, inner, to: max(1, inputs / 4), prefix: prefix)
    y = k.norm(k.conv(y, outputs, 1, same: true, name: "\(prefix)project_conv"), name: "\(prefix)project_bn")
    return strides == 1 && inputs == outputs ? k.add(y, x) : y
  }

  /// `round_filters`: to a multiple of 8, not below nine tenths.
  func rounded(_ filters: Int) -> Int {
    let scaled = Double(filters) * width
    let nearest = max(8, Int(scaled + 4) / 8 * 8)
    return Double(nearest) < 0.9 * scaled ? nearest + 8 : nearest
  }
}
