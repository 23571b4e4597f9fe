/// A variable of a layer, as Keras creates it.
struct KerasVariable: Hashable, Sendable {
  let name: String
  var isTrainable = true
}

extension KerasLayer {
  /// In the order of creation, which is that of a checkpoint.
  var variables: [KerasVariable] {
    switch kind {
    case .convolution(let convolution): named("kernel", convolution.usesBias ? "bias" : nil)
    case .depthwise(let convolution): named("kernel", convolution.usesBias ? "bias" : nil)
    case .separable(let convolution):
      named("depthwise_kernel", "pointwise_kernel", convolution.usesBias ? "bias" : nil)
    case .dense(_, let usesBias, _): named("kernel", usesBias ? "bias" : nil)
    case .batchNormalization(let normalization):
      named(normalization.hasScale ? "gamma" : nil, normalization.hasCenter ? "beta" : nil)
        + statistics("moving_mean", "moving_variance")
    case .prelu: named("alpha")
    case .normalization(nil): statistics("mean", "variance", "count")
    default: []
    }
  }

  private func named(_ names: String?...) -> [KerasVariable] {
    names.compactMap { $0 }.map { KerasVariable(name: $0, isTrainable: isTrainable) }
  }

  private func statistics(_ names: String...) -> [KerasVariable] {
    names.map { KerasVariable(name: $0, isTrainable: false) }
  }

  /// The name of its class in a checkpoint; nil for one without variables.
  var checkpointName: String? {
    switch kind {
    case .convolution: "conv2d"
    case .depthwise: "depthwise_conv2d"
    case .separable: "separable_conv2d"
    case .dense: "dense"
    case .batchNormalization: "batch_normalization"
    case .prelu: "p_re_lu"
    case .normalization(nil): "normalization"
    case .model(let model): model.isSequential ? "sequential" : "functional"
    default: nil
    }
  }
}
