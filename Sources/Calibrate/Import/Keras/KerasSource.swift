import Quant

/// A Keras file: a model with its weights, or weights whose architecture is recognized.
public struct KerasSource: NetworkSource {
  private let file: KerasFile

  init(_ file: KerasFile) { self.file = file }

  public var tensorCount: Int { file.weights.tensorCount }

  public func network(_ options: ImportOptions) throws -> FloatNetwork {
    guard let configuration = file.configuration else {
      return try KerasApplication.recognize(file.weights, asked: options).network(options)
    }
    var reader = KerasConfiguration(version: file.version)
    let model = try reader.model(configuration)
    let parameters =
      switch file.weights {
      case .layers(let groups): try KerasParameters(groups, of: model)
      case .checkpoint(let root): try KerasParameters(root, of: model)
      }
    return try KerasNetwork(model: model, parameters: parameters).network(options)
  }
}
