import Quant

/// A network of `keras.applications`, recognized in weights that come without a graph.
struct KerasApplication {
  /// A network as Keras' source defines it.
  protocol Definition: Sendable {
    /// In lower case: `resnet50`.
    var name: String { get }
    /// Layers of its own classifier, where that is more than a dense layer after average pooling.
    var headLayers: [String] { get }
    /// From the input to the last map.
    func body(_ k: inout KerasModelBuilder) -> KerasModelBuilder.Value
    /// `headLayers` after the last map.
    func ownHead(_ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value) -> KerasModelBuilder.Value
  }

  static let definitions: [any Definition] = families.flatMap { $0 }

  private static let families: [[any Definition]] = [
    KerasResNet.all, KerasBranchResNet.all, KerasResNetV2.all, KerasEfficientNet.all, KerasEfficientNetV2.all,
    KerasInceptionV3.all,
    KerasMobileNet.all, KerasMobileNetV2.all, KerasMobileNetV3.all, KerasDenseNet.all, KerasXception.all,
  ]

  /// What the files are read as that these functions cannot recognize.
  static let remedy =
    "ResNet (V1, V2), EfficientNet (B0 to B7, V2), InceptionV3, MobileNet (V1 to V3), DenseNet and Xception of "
    + "keras.applications are recognized; save other models whole, with model.save(\"model.keras\")"

  /// - Throws: `InputError` (mismatch) naming the nearest network and the first layers that are missing or unexpected.
  static func recognize(_ weights: KerasWeights, asked: ImportOptions) throws -> KerasNetwork {
    switch weights {
    case .layers(let groups): try KerasNamedWeights(groups).network(asked)
    case .checkpoint(let root): try KerasNumberedWeights(root).network(asked)
    case .made: throw KerasRefusal.unknown([])
    }
  }

  /// The network without a head.
  static func body(of definition: any Definition, widths: [String: Int]) -> KerasModel {
    var builder = KerasModelBuilder(widths: widths)
    let map = definition.body(&builder)
    return builder.model(map, name: definition.name)
  }

  /// The network with what stands after its last map.
  static func model(
    of definition: any Definition, widths: [String: Int], hasOwnHead: Bool, head: [KerasHeadLayer],
    asked: HeadReading, notes: inout [String]
  ) -> KerasModel {
    var builder = KerasModelBuilder(widths: widths)
    var x = definition.body(&builder)
    if hasOwnHead { x = definition.ownHead(&builder, x) }
    if !head.isEmpty { x = builder.head(head, after: x, pools: !hasOwnHead, asked: asked, notes: &notes) }
    return builder.model(x, name: definition.name)
  }
}

extension KerasApplication.Definition {
  var headLayers: [String] { [] }

  func ownHead(_ k: inout KerasModelBuilder, _ x: KerasModelBuilder.Value) -> KerasModelBuilder.Value { x }
}

extension KerasLayer {
  /// Whether a kernel of this shape can be the layer's; its inputs are checked when the graph is built.
  func mayHave(kernel shape: [Int]) -> Bool {
    switch kind {
    case .convolution(let convolution):
      shape.count == 4 && shape[0] == convolution.kernel.height && shape[1] == convolution.kernel.width
        && shape[3] == convolution.filters
    case .depthwise(let convolution):
      shape.count == 4 && shape[0] == convolution.kernel.height && shape[1] == convolution.kernel.width
    default: true
    }
  }
}
