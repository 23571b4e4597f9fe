import Quant

/// How a weight file is to be read, where the file itself leaves it open.
public struct ImportOptions: Hashable, Sendable {
  /// `--architecture`, such as `timm/tf_efficientnet_b0`; nil to recognize it.
  public var architecture: String?
  /// The network's input; nil for the file's or the architecture's own.
  public var inputSize: Size2D?
  /// What the last linear layer is.
  public var head: HeadReading

  public init(architecture: String? = nil, inputSize: Size2D? = nil, head: HeadReading = .automatic) {
    self.architecture = architecture
    self.inputSize = inputSize
    self.head = head
  }
}

/// What a weight file holds: tensors whose graph is recognized by their names, or a graph with its tensors.
public protocol NetworkSource: Sendable {
  var tensorCount: Int { get }

  /// The network as the file's framework computes it, with the output `embedding` and, where there is a classifier,
  /// `logits`.
  ///
  /// - Throws: `InputError` naming the tensor, node or layer that cannot be read, and why.
  func network(_ options: ImportOptions) throws -> FloatNetwork
}

/// A state dictionary: names and shapes tell the architecture.
public struct StateDictionarySource: NetworkSource {
  public let state: StateDictionary
  /// The Hugging Face `config.json` from beside the file.
  public let config: JSON?

  public init(_ state: StateDictionary, config: JSON? = nil) {
    self.state = state
    self.config = config
  }

  public var tensorCount: Int { state.count }

  public func network(_ options: ImportOptions) throws -> FloatNetwork {
    try ArchitectureImporter.network(
      from: state, architecture: options.architecture, config: config, inputSize: options.inputSize,
      head: options.head)
  }
}
