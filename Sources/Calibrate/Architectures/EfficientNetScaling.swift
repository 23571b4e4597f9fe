/// The EfficientNet family's compound scaling: which widths and depths B0–B7 and Lite0–4 have.
///
/// Source: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", tables 1 and 2 of the
/// reference implementation; Lite keeps the stem, the head and the depth of the first and last stage.
struct EfficientNetScaling {
  struct Stage {
    let kernel: Int
    let stride: Int
    let channels: Int
    let depth: Int
  }

  static let stages = [
    Stage(kernel: 3, stride: 1, channels: 16, depth: 1),
    Stage(kernel: 3, stride: 2, channels: 24, depth: 2),
    Stage(kernel: 5, stride: 2, channels: 40, depth: 2),
    Stage(kernel: 3, stride: 2, channels: 80, depth: 3),
    Stage(kernel: 5, stride: 1, channels: 112, depth: 3),
    Stage(kernel: 5, stride: 2, channels: 192, depth: 4),
    Stage(kernel: 3, stride: 1, channels: 320, depth: 1),
  ]

  /// Width and depth coefficients of B0–B7; Lite0–4 use the first five.
  private static let coefficients: [(width: Double, depth: Double)] = [
    (1.0, 1.0), (1.0, 1.1), (1.1, 1.2), (1.2, 1.4), (1.4, 1.8), (1.6, 2.2), (1.8, 2.6), (2.0, 3.1),
  ]

  let isLite: Bool
  /// 0 for B0 or Lite0.
  let index: Int

  static let all =
    coefficients.indices.map { EfficientNetScaling(isLite: false, index: $0) }
    + (0..<5).map { EfficientNetScaling(isLite: true, index: $0) }

  /// `b0` or `lite0`.
  var name: String { "\(isLite ? "lite" : "b")\(index)" }

  var stemChannels: Int { isLite ? 32 : scaled(32) }

  var channels: [Int] { Self.stages.map { scaled($0.channels) } }

  var depths: [Int] {
    Self.stages.enumerated().map { position, stage in
      if isLite && (position == 0 || position == Self.stages.count - 1) { return stage.depth }
      return Int((Double(stage.depth) * Self.coefficients[index].depth).rounded(.up))
    }
  }

  /// Channels times the width coefficient, to the nearest multiple of 8, never more than 10 % down.
  private func scaled(_ channels: Int) -> Int {
    let exact = Double(channels) * Self.coefficients[index].width
    let rounded = max(8, Int(exact + 4) / 8 * 8)
    return Double(rounded) < 0.9 * exact ? rounded + 8 : rounded
  }
}

extension EfficientNetScaling {
  /// The variant whose channels and depths the tensors have, if any.
  static func recognize(
    _ layout: EfficientNetLayout, _ stages: EfficientNetStages, in state: StateDictionary
  ) -> EfficientNetScaling? {
    func outputs(_ names: ConvolutionNames) -> Int? { state["\(names.convolution).weight"]?.shape.first }
    let channels = stages.map { $0.first.flatMap { outputs($0.project) } ?? 0 }
    return all.first { scaling in
      scaling.isLite != layout.hasSqueeze && scaling.stemChannels == outputs(layout.stem)
        && scaling.depths == stages.map(\.count) && scaling.channels == channels
    }
  }
}
