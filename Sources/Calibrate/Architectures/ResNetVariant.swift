import Quant

/// Which ResNet the tensors show.
struct ResNetVariant {
  /// `resnet50`, `wide_resnet50_2`, `seresnext50d_32x4d`; `resnet` when the depths are no known one's.
  let name: String
  let description: String
  /// nil when the depths are no known one's.
  let depth: Int?

  private static let depths: [(depth: Int, isBottleneck: Bool, blocks: [Int])] = [
    (10, false, [1, 1, 1, 1]), (14, true, [1, 1, 1, 1]), (18, false, [2, 2, 2, 2]), (26, true, [2, 2, 2, 2]),
    (34, false, [3, 4, 6, 3]), (50, true, [3, 4, 6, 3]), (101, true, [3, 4, 23, 3]),
    (152, true, [3, 8, 36, 3]), (200, true, [3, 24, 36, 3]), (269, true, [3, 30, 48, 8]),
  ]

  init(_ layout: ResNetLayout, in state: StateDictionary) {
    let known = Self.depths.first { $0.blocks == layout.depths && $0.isBottleneck == layout.isBottleneck }
    depth = known?.depth
    let blocks = layout.depths.map(String.init).joined(separator: ", ")
    description = "\(layout.title) of \(blocks) blocks"
    let prefix = layout.extras.squeezes ? "se" : ""
    guard let known else {
      name = "\(prefix)resnet"
      return
    }
    func shape(_ names: ConvolutionNames?) -> [Int] {
      names.flatMap { state["\($0.convolution).weight"]?.shape } ?? []
    }
    let depth = "\(known.depth)\(Self.letter(layout.extras, stem: layout.stem.map { shape($0).first ?? 0 }))"
    // The middle convolution of the first block is width × width / groups.
    let middle = shape(layout.stages[0][0].convolutions.dropFirst().first)
    let hasUsualStem = shape(layout.stem.last).first == 64
    switch (layout.isBottleneck && hasUsualStem, middle.first, middle.dropFirst().first) {
    case (true, 128, 128): name = "wide_\(prefix)resnet\(depth)_2"
    case (true, 128, 4): name = "\(prefix)resnext\(depth)_32x4d"
    case (true, 256, 8): name = "\(prefix)resnext\(depth)_32x8d"
    case (true, 256, 4): name = "\(prefix)resnext\(depth)_64x4d"
    default: name = "\(prefix)resnet\(depth)"
    }
  }

  /// timm's letter: `d` and the tiered stem's `t` average shortcuts, `c` and the wider `s` do not.
  private static func letter(_ extras: ResNetLayout.Extras, stem: [Int]) -> String {
    guard extras.hasDeepStem else { return "" }
    if !extras.averagesShortcuts { return stem.first == 64 ? "s" : "c" }
    return stem.first == stem.dropFirst().first ? "d" : "t"
  }
}

/// What a ResNet's name says: `gluon_seresnext50_32x4d`, `resnet50d`, `wide_resnet50_2`, `gluon_resnet50_v1c`.
///
/// Names of other networks whose tensors look alike, such as `resnetblur50`, are not among them.
struct ResNetName {
  /// nil for the family as a whole.
  let depth: Int?
  private(set) var extras = ResNetLayout.Extras.none

  private static let collections = ["tv_", "ig_", "ssl_", "swsl_", "gluon_"]
  private static let depths: Set<Int> = [10, 14, 18, 26, 34, 50, 101, 152, 200, 269]

  /// nil for another family's.
  init?(_ model: String) {
    var rest = Substring(model)
    func drop(_ prefix: String) -> Bool {
      guard rest.hasPrefix(prefix) else { return false }
      rest = rest.dropFirst(prefix.count)
      return true
    }
    _ = Self.collections.contains { drop($0) }
    _ = drop("wide_")
    extras.squeezes = drop("se")
    guard drop("resnet") || drop("resnext") else { return nil }
    let digits = rest.prefix { $0.isNumber }
    rest = rest.dropFirst(digits.count)
    depth = Int(digits)
    guard digits.isEmpty || depth.map(Self.depths.contains) == true else { return nil }
    // `_v1d` as well as `d`
    _ = drop("_v1")
    let letters = rest.prefix { $0.isLetter }
    rest = rest.dropFirst(letters.count)
    switch letters {
    case "", "b": break
    case "c", "s": extras.hasDeepStem = true
    case "d", "e", "t", "tn": (extras.hasDeepStem, extras.averagesShortcuts) = (true, true)
    default: return nil
    }
    // `_2` of a wide ResNet, `_32x4d` of a ResNeXt
    guard rest.isEmpty || (rest.hasPrefix("_") && rest.dropFirst().first?.isNumber == true) else {
      return nil
    }
  }
}
