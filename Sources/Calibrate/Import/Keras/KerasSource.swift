import Quant

/// A Keras file: a model with its weights, or weights whose architecture is recognized.
public struct KerasSource: NetworkSource {
  private let configuration: JSON?
  private let version: String?
  private let weights: KerasWeights

  /// - Parameters:
  ///   - configuration: of the model; nil for weights alone.
  ///   - version: of the Keras that wrote it; nil when the file does not tell.
  package init(configuration: JSON?, version: String?, weights: KerasWeights) {
    self.configuration = configuration
    self.version = version
    self.weights = weights
  }

  public var tensorCount: Int { weights.tensorCount }

  public func network(_ options: ImportOptions) throws -> FloatNetwork {
    guard let configuration = configuration else {
      return try KerasApplication.recognize(weights, asked: options).network(options)
    }
    var reader = KerasConfiguration(version: version)
    let model = try reader.model(configuration)
    let parameters =
      switch weights {
      case .layers(let groups): try KerasParameters(groups, of: model)
      case .checkpoint(let root): try KerasParameters(root, of: model)
      case .made(let maker): KerasParameters(made: maker)
      }
    return try KerasNetwork(model: model, parameters: parameters).network(options)
  }
}
