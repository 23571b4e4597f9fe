import Quant

extension StateDictionary {
  /// The model's own tensors by their own names: without losses and metrics that a training script keeps beside it,
  /// without the copy that an average of it replaces, without what wrappers put before every name. A note for each.
  func withoutTraining() -> (StateDictionary, notes: [String]) {
    var state = self
    var notes: [String] = []
    // Each turn takes off one wrapper, under which there may be others.
    for _ in 0..<8 {
      if let note = state.dropTrainingParts() { notes.append(note) }
      if let note = state.dropAveragedCopy() { notes.append(note) }
      guard let prefix = state.wrapper else { break }
      state = state.renamed { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
      notes.append("took \(prefix) off the tensors' names")
    }
    return (state, notes)
  }

  private static let wrappers: Set<String> = [
    "module", "model", "_orig_mod", "net", "network", "backbone", "encoder", "ema_model", "model_ema", "ema",
    "_forward_module",
  ]

  /// What stands before every name, with its dot.
  private var wrapper: String? {
    guard let first = names.first?.split(separator: ".").first.map(String.init),
      Self.wrappers.contains(first),
      names.allSatisfy({ $0.hasPrefix(first + ".") })
    else { return nil }
    return first + "."
  }

  /// The tensors' names by their first component.
  private var parts: [String: [String]] {
    Dictionary(grouping: names) { name in String(name.prefix { $0 != "." }) }
  }

  private mutating func dropTrainingParts() -> String? {
    let parts = parts
    let dropped = parts.keys.filter(TrainingPart.isOne).sorted()
    guard !dropped.isEmpty, dropped.count < parts.count else { return nil }
    let names = Set(dropped.flatMap { parts[$0] ?? [] })
    self = renamed { names.contains($0) ? nil : $0 }
    return "left out what training alone needs: \(dropped.prefix(4).joined(separator: ", "))"
  }

  /// Of `model.…` and `ema_model.…` with the same names under them, the average stays.
  private mutating func dropAveragedCopy() -> String? {
    let parts = parts
    func suffixes(_ part: String) -> Set<String> {
      Set(
        parts[part, default: []].map { name in
          let rest = name.dropFirst(part.count + 1)
          return String(rest.hasPrefix("module.") ? rest.dropFirst(7) : rest)
        })
    }
    guard let average = parts.keys.sorted().first(where: { $0.contains("ema") && Self.wrappers.contains($0) })
    else { return nil }
    let own = suffixes(average)
    guard
      let copied = parts.keys.sorted().first(where: {
        $0 != average && Self.wrappers.contains($0) && suffixes($0) == own
      })
    else { return nil }
    self = renamed { $0.hasPrefix(copied + ".") ? nil : $0 }
    return "took the average \(average); the file also holds \(copied)"
  }

  /// - Parameter name: nil to leave the tensor out.
  private func renamed(_ name: (String) -> String?) -> StateDictionary {
    var state = StateDictionary()
    for old in names {
      if let tensor = self[old], let new = name(old) { state.set(new, tensor) }
    }
    return state
  }
}

/// Losses and metrics, by what people call them.
private enum TrainingPart {
  private static let words: Set<String> = [
    "criterion", "criteria", "loss", "losses", "lossfn", "objective", "metric", "metrics", "accuracy",
  ]
  /// Told from layers by a word before them.
  private static let scores: Set<String> = ["acc", "f1", "auroc", "auc", "confmat", "top1", "top5", "map"]
  private static let phases: Set<String> = ["train", "training", "val", "valid", "validation", "test"]

  /// `criterion`, `loss_fn`, `triplet_loss`, `train_acc`, `valMetrics`, by their words; AveragedModel's `n_averaged`.
  static func isOne(_ name: String) -> Bool {
    var spaced = ""
    for character in name {
      if character.isUppercase { spaced += "_" }
      spaced.append(character)
    }
    let parts = spaced.lowercased().split(separator: "_").map(String.init)
    guard let first = parts.first, let last = parts.last else { return false }
    return words.contains(first) || words.contains(last) || name == "n_averaged"
      || (phases.contains(first) && scores.contains(last))
  }
}
