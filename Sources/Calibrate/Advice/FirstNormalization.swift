import Quant

/// A network's first convolution with the batch normalization that follows it, as the weights have them before folding.
///
/// The running mean and variance say what the convolution's sums were in training: for photos that are prepared as those
/// of training were, its sums look like that again.
public struct FirstNormalization: Sendable, Hashable {
  /// In OHWI, three input channels.
  let weights: [Float]
  let bias: [Float]
  let kernel: Size2D
  let stride: Size2D
  let statistics: BatchStatistics
  /// The normalization's name.
  let name: String

  /// Terms of one sum, beyond which their covariance would take too long: no usual network has more than 7×7.
  private static let termLimit = 11 * 11 * 3

  /// nil where nothing normalizes the first convolution's sums: the weights were stored folded, or it has no such layer.
  init?(_ graph: FloatGraph) {
    guard let first = graph.soleReader(of: 0),
      case .convolution(let convolution) = graph.nodes[first].operation,
      convolution.inputChannels == 3, convolution.groups == 1, convolution.dilation == Size2D(1),
      convolution.activation == .identity, !convolution.hasResidual, convolution.products <= Self.termLimit,
      let reader = graph.soleReader(of: first + 1), case .batchNormalization = graph.nodes[reader].operation,
      let statistics = graph.nodes[reader].parameters.normalization
    else { return nil }
    let outputs = convolution.outputChannels
    let parameters = graph.nodes[first].parameters
    guard parameters.weights.count == outputs * convolution.products,
      parameters.bias.isEmpty || parameters.bias.count == outputs, statistics.mean.count == outputs,
      statistics.variance.count == outputs
    else { return nil }
    weights = parameters.weights
    bias = parameters.bias.isEmpty ? Array(repeating: 0, count: outputs) : parameters.bias
    kernel = convolution.kernel
    stride = convolution.stride
    self.statistics = statistics
    name = graph.nodes[reader].name
  }

  var outputs: Int { bias.count }
  /// Of one sum.
  var terms: Int { kernel.height * kernel.width * 3 }

  /// The outputs that say something: those of a filter that training let die have next to no variance.
  var live: [Int] {
    let typical = statistics.variance.sorted()[outputs / 2]
    return (0..<outputs).filter { statistics.variance[$0] > typical / 1000 }
  }
}

extension Graph where Parameters == FloatParameters {
  /// The only node that reads `value`, seen through padding; nil where there are several.
  fileprivate func soleReader(of value: ValueID) -> Int? {
    let consumers = consumers
    var value = value
    while true {
      let readers = consumers[value]
      guard readers.count == 1 else { return nil }
      guard case .pad = nodes[readers[0]].operation else { return readers[0] }
      value = readers[0] + 1
    }
  }
}
