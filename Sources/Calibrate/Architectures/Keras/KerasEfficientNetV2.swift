import Quant

/// EfficientNetV2-B0 to B3, S, M and L, with their own scaling of the input. Source:
/// `keras/applications/efficientnet_v2.py`.
struct KerasEfficientNetV2: KerasScaledNetwork {
  enum Form {
    case plain
    /// Expansion and depthwise convolution in one.
    case fused
  }

  let name: String
  let stages: [Stage]
  private var width = 1.0
  private(set) var depth = 1.0

  static let all = [
    KerasEfficientNetV2(name: "efficientnetv2b0", stages: base),
    KerasEfficientNetV2(name: "efficientnetv2b1", stages: base, width: 1, depth: 1.1),
    KerasEfficientNetV2(name: "efficientnetv2b2", stages: base, width: 1.1, depth: 1.2),
    KerasEfficientNetV2(name: "efficientnetv2b3", stages: base, width: 1.2, depth: 1.4),
    KerasEfficientNetV2(name: "efficientnetv2s", stages: small),
    KerasEfficientNetV2(name: "efficientnetv2m", stages: medium),
    KerasEfficientNetV2(name: "efficientnetv2l", stages: large),
  ]

  private static let base: [Stage] = [
    (.fused, 1, 32, 16, 1, 1), (.fused, 2, 16, 32, 4, 2), (.fused, 2, 32, 48, 4, 2),
    (.plain, 3, 48, 96, 4, 2),
    (.plain, 5, 96, 112, 6, 1), (.plain, 8, 112, 192, 6, 2),
  ]
  private static let small: [Stage] = [
    (.fused, 2, 24, 24, 1, 1), (.fused, 4, 24, 48, 4, 2), (.fused, 4, 48, 64, 4, 2),
    (.plain, 6, 64, 128, 4, 2),
    (.plain, 9, 128, 160, 6, 1), (.plain, 15, 160, 256, 6, 2),
  ]
  private static let medium: [Stage] = [
    (.fused, 3, 24, 24, 1, 1), (.fused, 5, 24, 48, 4, 2), (.fused, 5, 48, 80, 4, 2),
    (.plain, 7, 80, 160, 4, 2),
    (.plain, 14, 160, 176, 6, 1), (.plain, 18, 176, 304, 6, 2), (.plain, 5, 304, 512, 6, 1),
  ]
  private static let large: [Stage] = [
    (.fused, 4, 32, 32, 1, 1), (.fused, 7, 32, 64, 4, 2), (.fused, 7, 64, 96, 4, 2),
    (.plain, 10, 96, 192, 4, 2),
    (.plain, 19, 192, 224, 6, 1), (.plain, 25, 224, 384, 6, 2), (.plain, 7, 384, 640, 6, 1),
  ]

  /// The B networks keep the first version's preprocessing.
  func scaled(_ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value) -> KerasModelBuilder.Value {
    guard name.hasPrefix("efficientnetv2b") else { return k.rescale(x, [1.0 / 128], offset: -1) }
    let variance = KerasEfficientNet.deviation.map { $0 * $0 }
    return k.normalization(
      k.rescale(x, [1.0 / 255]), KerasMoments(mean: [0.485, 0.456, 0.406], variance: variance))
  }

  func block(
    _ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value, _ stage: Stage, inputs: Int, strides: Int,
    prefix: String
  ) -> KerasModelBuilder.Value {
    let (inner, outputs) = (inputs * stage.expansion, rounded(stage.outputs))
    var y = x
    if stage.form == .fused {
      if stage.expansion > 1 {
        y = k.conv(y, inner, 3, strides: strides, same: true, name: "\(prefix)expand_conv")
        y = k.activation(k.norm(y, name: "\(prefix)expand_bn"), .silu)
      }
    } else {
      y = k.conv(y, inner, 1, same: true, name: "\(prefix)expand_conv")
      y = k.activation(k.norm(y, name: "\(prefix)expand_bn"), .silu)
      y = k.depthwise(y, 3, strides: strides, name: "\(prefix)dwconv2")
      y = k.activation(k.norm(y, name: "\(prefix)bn"), .silu)
      y = squeeze(&k, y, inner, to: max(1, inputs / 4), prefix: prefix)
    }
    let isWhole = stage.form == .fused && stage.expansion == 1
    y = k.conv(
      y, outputs, isWhole ? 3 : 1, strides: isWhole ? strides : 1, same: true, name: "\(prefix)project_conv")
    y = k.norm(y, name: "\(prefix)project_bn")
    if isWhole { y = k.activation(y, .silu) }
    return strides == 1 && inputs == outputs ? k.add(y, x) : y
  }

  /// To the nearest multiple of 8.
  func rounded(_ filters: Int) -> Int { max(8, Int(Double(filters) * width + 4) / 8 * 8) }
}
