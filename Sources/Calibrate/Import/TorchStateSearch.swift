import Quant

/// Finds the state dictionary in what a training script saved.
struct TorchStateSearch {
  let heap: PickleHeap
  private(set) var notes: [String] = []

  /// Named values of a state dictionary, in order, and where they were found.
  typealias Found = [(name: String, value: PickleValue)]

  /// The usual names of a state dictionary in a training checkpoint, the first present wins: averaged weights, which
  /// training scripts judge by and timm loads, before the last step's.
  private static let keys =
    averagedKeys + [
      "state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params", "shadow",
      "backbone", "encoder",
    ]
  private static let averagedKeys = ["state_dict_ema", "ema_state_dict", "model_ema", "ema_model", "ema"]
  private static let depthLimit = 6
  private static let moduleLimit = 100_000

  init(heap: PickleHeap) { self.heap = heap }

  /// - Throws: `InputError` (unsupported) naming the object in the file when there is no state dictionary in it.
  mutating func find(in root: PickleValue) throws -> Found {
    var value = root
    var path: [String] = []
    for _ in 0..<Self.depthLimit {
      if let tree = try moduleTree(value) {
        notes.append("read the state of the pickled module \(describe(value))\(place(path))")
        return tree
      }
      let choices = self.choices(value)
      if let key = Self.keys.first(where: { key in choices.contains { $0.name == key } }) ?? single(choices),
        let next = choices.last(where: { $0.name == key })?.value
      {
        let others = Set(choices.map(\.name)).subtracting([key]).sorted()
        if !others.isEmpty {
          notes.append("took \(key); the file also holds \(others.joined(separator: ", "))")
        }
        path.append(key)
        value = next
        continue
      }
      guard isStateDictionary(value) else { break }
      if !path.isEmpty { notes.append("read the state dictionary\(place(path))") }
      return named(value)
    }
    throw refusal(value)
  }

  private func place(_ path: [String]) -> String {
    path.isEmpty ? "" : " at \(path.joined(separator: "."))"
  }

  // MARK: - Dictionaries

  private func named(_ value: PickleValue) -> Found {
    (heap.entries(value) ?? []).compactMap { entry in
      if case .string(let name) = entry.key { (name, entry.value) } else { nil }
    }
  }

  private func isStateDictionary(_ value: PickleValue) -> Bool {
    named(value).contains { if case .tensor = $0.value { true } else { false } }
  }

  /// The members of a dictionary that may hold the weights. What is called averaged is one when it has at least half as
  /// many tensors as another: a decay and a counter are no weights.
  private func choices(_ value: PickleValue) -> Found {
    let candidates = named(value).filter { name, member in
      guard !name.contains("optim"), !name.contains("sched") else { return false }
      return isStateDictionary(member) || isModule(member)
        || Self.keys.contains(name)
          && named(member).contains { isStateDictionary($0.value) || isModule($0.value) }
    }
    guard candidates.contains(where: { Self.averagedKeys.contains($0.name) }) else { return candidates }
    let counts = candidates.map { tensorCount($0.value) }
    let most = counts.max() ?? 0
    return zip(candidates, counts).filter { candidate, count in
      !Self.averagedKeys.contains(candidate.name) || count >= most / 2
    }.map(\.0)
  }

  /// Of a dictionary or the largest of the dictionaries in it; a pickled module has any number.
  private func tensorCount(_ value: PickleValue) -> Int {
    func count(_ members: Found) -> Int {
      members.reduce(0) { if case .tensor = $1.value { $0 + 1 } else { $0 } }
    }
    let members = named(value)
    if isModule(value) || members.contains(where: { isModule($0.value) }) { return .max }
    return members.map { count(named($0.value)) }.reduce(count(members), max)
  }

  private func single(_ choices: Found) -> String? { choices.count == 1 ? choices[0].name : nil }

  private func refusal(_ value: PickleValue) -> InputError {
    let found = choices(value).map(\.name)
    let what =
      found.count > 1
      ? "several state dictionaries: \(found.prefix(8).joined(separator: ", "))"
      : "no state dictionary, but \(describe(value))"
    return InputError(
      .unsupported, "", "the file holds \(what)", remedy: "save torch.save(model.state_dict(), …)")
  }

  func describe(_ value: PickleValue) -> String {
    switch value {
    case .object: heap.object(value)?.global ?? "an object"
    case .global: heap.globalName(value) ?? "a function"
    case .tensor: "a single tensor"
    case .dictionary:
      firstForeign(in: value).map { "a dictionary with \($0)" } ?? "a dictionary without tensors"
    case .list, .tuple: firstForeign(in: value).map { "a list with \($0)" } ?? "a list"
    default: "a number or text"
    }
  }

  private func firstForeign(in value: PickleValue) -> String? {
    let members = heap.elements(value) ?? heap.entries(value)?.map(\.value) ?? []
    return members.lazy.compactMap { heap.object($0)?.global }.first
  }

  // MARK: - Pickled modules

  private func attributes(_ value: PickleValue) -> PickleValue? {
    guard let state = heap.object(value)?.state else { return nil }
    // Objects with slots have the pair of their dictionary and the slots.
    return heap.tupleElements(state)?.first ?? state
  }

  private func isModule(_ value: PickleValue) -> Bool {
    guard let attributes = attributes(value) else { return false }
    return heap.member("_modules", of: attributes) != nil && heap.member("_parameters", of: attributes) != nil
  }

  /// The state dictionary of a pickled module, named as PyTorch's `state_dict()` names it; nil when it is none.
  private func moduleTree(_ root: PickleValue) throws -> Found? {
    guard isModule(root) else { return nil }
    var found: Found = []
    var pending: [(prefix: String, module: PickleValue)] = [("", root)]
    var visited = 0
    while let (prefix, module) = pending.popLast() {
      visited += 1
      guard visited <= Self.moduleLimit, prefix.utf8.count <= 1_000, found.count <= TensorLimits.tensors
      else {
        throw InputError(.tooLarge, "", "the pickled module has too many parts, or contains itself")
      }
      guard let attributes = attributes(module) else { continue }
      for group in ["_parameters", "_buffers"] {
        guard let members = heap.member(group, of: attributes) else { continue }
        found += named(members).filter { $0.value != .none }.map { (prefix + $0.name, $0.value) }
      }
      let children = heap.member("_modules", of: attributes).map(named) ?? []
      pending += children.reversed().filter { isModule($0.value) }.map { (prefix + $0.name + ".", $0.value) }
    }
    return found
  }
}
