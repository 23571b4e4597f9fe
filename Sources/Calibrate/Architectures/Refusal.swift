import Quant

/// Errors for state dictionaries that fit no known architecture.
enum Refusal {
  private static let shown = 3

  private static var remedy: String {
    "\(ArchitectureFamilies.summary) are read, in torchvision's, timm's or efficientnet_pytorch's naming; "
      + "convert other networks to ONNX"
  }

  static func mismatch(
    title: String, missing: [String], unexpected: [String], _ state: StateDictionary
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
      "the nearest architecture is \(article(title)) \(title), but of its tensors \(parts.joined(separator: "; "))",
      remedy: remedy)
  }

  /// Nothing has the names that tell a family: the nearest by the names there are.
  static func unknown(_ names: TensorNames, _ state: StateDictionary) -> InputError {
    let templates = ArchitectureFamilies.all.flatMap { $0.templates(for: names) as [any ArchitectureFamily] }
    guard let best = ArchitectureFamilies.nearest(of: templates, to: names, in: state) else {
      let first = list(names.all.prefix(shown).map { describe($0, state) })
      let what =
        names.all.isEmpty ? "there are no tensors" : "no tensor has a known name; the first are \(first)"
      return InputError(.mismatch, "", what, remedy: remedy)
    }
    let tensors = best.tensors
    let expected = Set(tensors)
    return mismatch(
      title: best.title, missing: tensors.filter { !names.contains($0) },
      unexpected: names.all.filter { !expected.contains($0) }, state)
  }

  private static func article(_ title: String) -> String {
    "AEIOU".contains(title.prefix(1).uppercased()) ? "an" : "a"
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
