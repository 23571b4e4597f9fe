import Quant

/// What the last linear layer of a network's head is; names alone do not always tell.
public enum HeadReading: String, Hashable, Sendable, CaseIterable {
  /// A single linear layer, or the last of several, is a classifier; a `nn.Sequential` of which only the first module
  /// has tensors is a linear layer with a ReLU; names such as `projection` are part of the embedding.
  case automatic
  /// A classifier: left out of the embedding, offered as `logits`.
  case classifier
  /// The embedding's last layer, without an activation.
  case linear
  /// The embedding's last layer, with a ReLU after it (in a MobileNetV3 a Hardswish).
  case relu
}

/// The layers after global pooling, in order.
struct Head {
  enum Kind { case linear, norm }

  struct Layer {
    let name: String
    /// Its place in a `nn.Sequential`, nil when it stands alone.
    let index: Int?
    let kind: Kind
  }

  static let none = Head(layers: [])

  let layers: [Layer]

  private static let classifierNames: Set<String> = [
    "fc", "_fc", "fc1000", "classifier", "head", "heads", "last_linear", "linear", "logits",
  ]
  private static let embeddingNames: Set<String> = [
    "embedding", "embed", "projection", "projector", "proj", "projection_head",
  ]

  /// Reads a head from the names that the rest of the network leaves; nil when they are no head.
  init?(leftOver names: [String], in state: StateDictionary) {
    var suffixes: [String: Set<String>] = [:]
    for name in names {
      guard let dot = name.lastIndex(of: ".") else { return nil }
      suffixes[String(name[..<dot]), default: []].insert(String(name[dot...]))
    }
    var roots: Set<String> = []
    var layers: [Layer] = []
    for (name, tensors) in suffixes {
      let (root, index) = Self.split(name)
      roots.insert(root)
      switch tensors {
      case [".weight"], [".weight", ".bias"]:
        guard (state["\(name).weight"]?.shape.count ?? 0) >= 2 else { return nil }
        layers.append(Layer(name: name, index: index, kind: .linear))
      case Set(BatchNormTensors.suffixes): layers.append(Layer(name: name, index: index, kind: .norm))
      default: return nil
      }
    }
    guard roots.count <= 1, layers.count <= 1 || layers.allSatisfy({ $0.index != nil }) else { return nil }
    guard roots.allSatisfy({ Self.isKnown(root: $0) }) else { return nil }
    self.layers = layers.sorted { ($0.index ?? 0) < ($1.index ?? 0) }
  }

  private static func isKnown(root: String) -> Bool {
    let name = lastComponent(root)
    return classifierNames.contains(name) || embeddingNames.contains(name)
  }

  /// Whether a layer of a file with a graph is called as classifiers are: `fc`, `/classifier/1/Gemm`, `predictions`.
  static func isClassifier(named name: String) -> Bool {
    let parts = name.lowercased().split { $0 == "/" || $0 == "." }
    return parts.suffix(3).contains { part in
      classifierNames.contains(String(part)) || part == "predictions" || part == "probs"
    }
  }

  /// Whether a tensor's name is one of a head's.
  static func claims(_ name: String) -> Bool {
    guard let dot = name.lastIndex(of: ".") else { return false }
    return isKnown(root: split(String(name[..<dot])).root)
  }

  private init(layers: [Layer]) { self.layers = layers }

  /// "classifier.1" → ("classifier", 1)
  private static func split(_ name: String) -> (root: String, index: Int?) {
    let last = lastComponent(name)
    guard last.allSatisfy({ $0.isASCII && $0.isNumber }), let index = Int(last), name.count > last.count
    else {
      return (name, nil)
    }
    return (String(name.dropLast(last.count + 1)), index)
  }

  private static func lastComponent(_ name: String) -> String {
    String(name.split(separator: ".").last ?? "")
  }

  /// How to read the last linear layer, with the assumption that this is.
  func reading(asked: HeadReading, outputs: Int, activation: Activation) -> (
    reading: HeadReading, assumption: String?
  ) {
    guard let last = layers.last(where: { $0.kind == .linear }) else { return (.linear, nil) }
    if asked != .automatic { return (asked, nil) }
    let root = Self.lastComponent(Self.split(last.name).root)
    if Self.embeddingNames.contains(root) {
      return (.linear, "head: \(last.name) is the embedding, by its name; --head classifier strips it")
    }
    let isLoneFirst = layers.count == 1 && last.index == 0
    if isLoneFirst && outputs >= Self.smallestEmbedding {
      return (
        .relu,
        "head: \(last.name) with \(activation.withArticle) after it is the embedding (the first of a "
          + "nn.Sequential); --head classifier strips it, --head linear leaves out the activation"
      )
    }
    return (.classifier, nil)
  }

  /// A lone first linear layer with fewer outputs is taken for a classifier.
  private static let smallestEmbedding = 16
}

extension NetworkBuilder {
  /// Global pooling of a map, the head, and the outputs `embedding` and, with a classifier, `logits`.
  ///
  /// - Parameter activation: between linear layers, where a `nn.Sequential` leaves out a number, and after a lone first.
  /// - Returns: the assumptions made.
  mutating func pooledHead(
    _ head: Head, asked: HeadReading, of value: ValueID, poolName: String, activation: Activation
  ) throws -> [String] {
    var x = shape(of: value).isMap ? try append(poolName, .globalPool(.average), value) : value
    var assumptions: [String] = []
    var embedding = x
    var reading = HeadReading.linear
    for (position, layer) in head.layers.enumerated() {
      let rest = head.layers[(position + 1)...]
      let input = x
      switch layer.kind {
      case .norm: x = try normalization(layer.name, of: x, epsilon: 1e-5)
      case .linear: x = try dense(layer.name, of: x)
      }
      if layer.kind == .linear, !rest.contains(where: { $0.kind == .linear }) {
        let outcome = head.reading(asked: asked, outputs: shape(of: x).channels, activation: activation)
        reading = outcome.reading
        if let assumption = outcome.assumption { assumptions.append(assumption) }
        if reading == .classifier {
          assumptions.append(
            "classifier: \(layer.name) (\(shape(of: input)) → \(shape(of: x))) is left out of the embedding")
          embedding = input
        }
      }
      if let next = rest.first, let from = layer.index, let to = next.index, to > from + 1 {
        x = try activate(x, activation)
        assumptions.append("head: \(activation.withArticle) between \(layer.name) and \(next.name)")
      }
    }
    if reading == .relu { x = try activate(x, activation) }
    try addOutput("embedding", reading == .classifier ? embedding : x)
    if reading == .classifier { try addOutput("logits", x) }
    return assumptions
  }
}

extension Activation {
  fileprivate var withArticle: String { self == .hardSwish ? "a Hardswish" : "a ReLU" }
}
