import Quant

/// Errors for state dictionaries that fit no known architecture.
enum Refusal {
  private static let shown = 3

  private static let remedy =
    "ResNet-18 to 152, EfficientNet-B0 to B7 and Lite0 to 4 in torchvision's, timm's or efficientnet_pytorch's naming "
    + "are read; convert other networks to ONNX"

  static func mismatch(
    family: String, missing: [String], unexpected: [String], _ state: StateDictionary
  ) -> InputError {
    var parts: [String] = []
    // A head's tensors are told only when nothing else is wrong.
    let foreign = unexpected.filter { !Head.claims($0) }
    let unexpected = foreign.isEmpty && missing.isEmpty ? unexpected : foreign
    if !missing.isEmpty { parts.append("\(missing.count) missing: \(list(missing.prefix(shown)))") }
    if !unexpected.isEmpty {
      parts.append(
        "\(unexpected.count) unexpected: \(list(unexpected.prefix(shown).map { describe($0, state) }))")
    }
    return InputError(
      .mismatch, "",
      "the nearest architecture is a \(family), but of its tensors \(parts.joined(separator: "; "))",
      remedy: remedy)
  }

  /// Nothing has the names that tell a family: the nearest by the names there are.
  static func unknown(_ names: TensorNames, _ state: StateDictionary) -> InputError {
    let present = Set(names.all)
    var best: (family: String, tensors: [String], likeness: Double)?
    for (family, tensors) in templates(for: names) {
      let shared = tensors.filter(present.contains).count
      let likeness = Double(shared) / Double(tensors.count + present.count - shared)
      if likeness > (best?.likeness ?? 0) { best = (family, tensors, likeness) }
    }
    guard let best else {
      let first = list(names.all.prefix(shown).map { describe($0, state) })
      let what =
        names.all.isEmpty ? "there are no tensors" : "no tensor has a known name; the first are \(first)"
      return InputError(.mismatch, "", what, remedy: remedy)
    }
    let expected = Set(best.tensors)
    return mismatch(
      family: best.family, missing: best.tensors.filter { !present.contains($0) },
      unexpected: names.all.filter { !expected.contains($0) }, state)
  }

  /// ResNets as deep as the names are, and the smallest EfficientNets, in every naming.
  private static func templates(for names: TensorNames) -> [(family: String, tensors: [String])] {
    var result: [(String, [String])] = []
    for style in ResNetNaming.Style.allCases {
      let naming = ResNetNaming(style: style, root: "")
      let depths = (0..<4).map { max(1, names.count(of: naming.stage($0))) }
      for isBottleneck in [false, true] {
        let layout = ResNetLayout(
          naming, depths: depths, isBottleneck: isBottleneck, widensFirstStage: isBottleneck)
        result.append((isBottleneck ? "bottleneck ResNet" : "basic-block ResNet", layout.tensors))
      }
    }
    for style in EfficientNetNaming.Style.allCases {
      for squeezes in [true, false] {
        let depths = EfficientNetScaling.stages.map(\.depth)
        let naming = EfficientNetNaming(style: style, root: style == .torchvision ? "features." : "")
        let counts = style == .numbered ? [depths.reduce(0, +)] : depths
        let layout = EfficientNetLayout(naming, counts: counts) { group, index in
          (expands: group > 0 || (style == .numbered && index > 0), squeezes: squeezes)
        }
        result.append((squeezes ? "EfficientNet-B0" : "EfficientNet-Lite0", layout.tensors))
      }
    }
    return result
  }

  private static func list(_ names: some Sequence<String>) -> String {
    names.map(short).joined(separator: ", ")
  }

  private static func describe(_ name: String, _ state: StateDictionary) -> String {
    "\(short(name)) \(state[name]?.shape ?? [])"
  }

  /// Names come from outside and may be long.
  private static func short(_ name: String) -> String { name.count <= 96 ? name : "\(name.prefix(93))…" }
}
