import Quant

/// What a node of a float graph carries besides its attributes.
public struct FloatParameters: Hashable, Sendable {
  /// Convolution: OHWI; dense: `[output][input]`.
  public var weights: [Float] = []
  /// One a channel; empty stands for zeros.
  public var bias: [Float] = []
  /// Batch normalization, until it is folded.
  public var normalization: BatchStatistics?
  /// PReLU's slopes, one a channel.
  public var slopes: [Float] = []

  public static let none = FloatParameters()

  public init(
    weights: [Float] = [], bias: [Float] = [], normalization: BatchStatistics? = nil, slopes: [Float] = []
  ) {
    self.weights = weights
    self.bias = bias
    self.normalization = normalization
    self.slopes = slopes
  }
}

/// A batch normalization's parameters, one of each a channel.
public struct BatchStatistics: Hashable, Sendable {
  public var mean: [Float]
  public var variance: [Float]
  public var gamma: [Float]
  public var beta: [Float]

  public init(mean: [Float], variance: [Float], gamma: [Float], beta: [Float]) {
    self.mean = mean
    self.variance = variance
    self.gamma = gamma
    self.beta = beta
  }
}

public typealias FloatGraph = Graph<FloatParameters>

/// A float network as an importer leaves it: what to compute, and how pictures are prepared for it.
public struct FloatNetwork: Sendable {
  public var graph: FloatGraph
  /// The architecture's name in its framework's terms, such as `torchvision/resnet50`.
  public var architecture: String
  public var recipe: Recipe
  /// Class names by index of the logits; empty when unknown.
  public var labels: [String]
  /// What names and shapes did not settle and was assumed, one line each; printed and stored in the model.
  public var assumptions: [String]
  /// Of a file whose graph scales its input itself: the two parts of `recipe`.
  package var fed: Feed?
  /// The first convolution's normalization, which preparation folds away; nil where there is none.
  package var firstNormalization: FirstNormalization?
  /// Of the file and the files beside it that numbers were read from, as Docs/models.md defines it; nil when one file
  /// holds everything.
  public var sourceSHA256: String?

  package struct Feed: Hashable, Sendable {
    /// What people do before they feed the graph.
    package var recipe: Recipe
    /// What the graph does then.
    package var graph: GraphPreprocessing
  }

  public init(
    graph: FloatGraph, architecture: String, recipe: Recipe, labels: [String] = [], assumptions: [String] = []
  ) {
    self.graph = graph
    self.architecture = architecture
    self.recipe = recipe
    self.labels = labels
    self.assumptions = assumptions
  }
}
