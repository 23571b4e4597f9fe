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
    var best: (family: String, tensors: [String], count: Int)?
    for (family, tensors) in templates {
      let count = tensors.count(where: present.contains)
      if count > (best?.count ?? 0) { best = (family, tensors, count) }
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

  /// The smallest member of every family and naming.
  private static var templates: [(family: String, tensors: [String])] {
    var result: [(String, [String])] = []
    for style in ResNetNaming.Style.allCases {
      for isBottleneck in [false, true] {
        let layout = ResNetLayout(
          ResNetNaming(style: style, root: ""), depths: isBottleneck ? [3, 4, 6, 3] : [2, 2, 2, 2],
          isBottleneck: isBottleneck, widensFirstStage: isBottleneck)
        result.append((isBottleneck ? "ResNet-50" : "ResNet-18", layout.tensors))
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
