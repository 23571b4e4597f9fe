import Quant

/// A layer after the last map of a recognized network.
struct KerasHeadLayer {
  enum Kind {
    case dense(units: Int, usesBias: Bool)
    case normalization(hasScale: Bool, hasCenter: Bool)
  }

  let name: String
  let kind: Kind

  /// A dense layer or a normalization by its variables; nil for anything else.
  init?(name: String, variables: [String: FloatTensor]) {
    self.name = name
    let names = Set(variables.keys)
    if let kernel = variables["kernel"], kernel.shape.count == 2, kernel.shape[1] > 0,
      names.isSubset(of: ["kernel", "bias"])
    {
      kind = .dense(units: kernel.shape[1], usesBias: names.contains("bias"))
    } else if names.isSuperset(of: ["moving_mean", "moving_variance"]),
      names.isSubset(of: ["moving_mean", "moving_variance", "gamma", "beta"])
    {
      kind = .normalization(hasScale: names.contains("gamma"), hasCenter: names.contains("beta"))
    } else {
      return nil
    }
  }

  fileprivate var units: Int? {
    if case .dense(let units, _) = kind { units } else { nil }
  }
}

extension KerasModelBuilder {
  /// Average pooling and a head whose activations the weights do not tell.
  ///
  /// A dense layer called as classifiers are, or the last of several, or with fewer than 16 outputs, is a classifier; a
  /// lone one is a part of the embedding, with a ReLU. Dense layers before the last have a ReLU.
  mutating func head(
    _ layers: [KerasHeadLayer], after map: Value, pools: Bool, asked: HeadReading, notes: inout [String]
  ) -> Value {
    var x = pools ? globalAveragePool(map) : map
    let last = layers.lastIndex { $0.units != nil }
    for (index, layer) in layers.enumerated() {
      switch layer.kind {
      case .normalization(let hasScale, let hasCenter):
        x = norm(x, scale: hasScale, center: hasCenter, name: layer.name)
      case .dense(let units, let usesBias):
        let function =
          index == last
          ? lastActivation(layer, units, isLone: layers.filter { $0.units != nil }.count == 1, asked, &notes)
          : .plain(.relu)
        if index != last { notes.append("head: a ReLU after \(layer.name)") }
        x = dense(x, units, function, bias: usesBias, name: layer.name)
      }
    }
    return x
  }

  private func lastActivation(
    _ layer: KerasHeadLayer, _ units: Int, isLone: Bool, _ asked: HeadReading, _ notes: inout [String]
  ) -> KerasActivation {
    switch asked {
    case .classifier: return .softmax
    case .linear: return .plain(.identity)
    case .relu: return .plain(.relu)
    case .automatic: break
    }
    if Head.isClassifier(named: layer.name) || !isLone || units < 16 { return .softmax }
    notes.append(
      "head: \(layer.name) with a ReLU after it is the embedding; --head classifier strips it, --head linear leaves out "
        + "the ReLU")
    return .plain(.relu)
  }
}
