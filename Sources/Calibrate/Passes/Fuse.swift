import Quant

/// The graph with chains joined into one node where that changes no bit of a result:
/// a pad into the convolution that reads it; an addition into the convolution that makes one of its summands, the other
/// becoming its residual; an activation into the convolution, dense layer or addition before it. A joined node
/// takes the last node's name. Dead nodes and identity activations are dropped.
///
/// A value that is read twice, or is an output of the graph, stays. Of two convolutions that an addition could join,
/// the later one does.
public func fuse(_ graph: FloatGraph) throws -> FloatGraph {
  var editor = GraphEditor(graph)
  editor.dropIdentities()
  for index in editor.indices where editor.isAlive(index) {
    switch editor[index].operation {
    case .convolution(let convolution): editor.fusePad(into: index, convolution)
    case .add(let activation): editor.fuseAddition(index, activation)
    case .activation(let activation): editor.fuseActivation(index, activation)
    default: break
    }
  }
  return try editor.result()
}

/// What the float reference and the quantizer work on: normalizations folded, chains fused.
public func prepare(_ graph: FloatGraph) throws -> FloatGraph { try fuse(foldBatchNormalization(graph)) }

extension GraphEditor {
  mutating func dropIdentities() {
    for index in indices where isAlive(index) && self[index].operation == .activation(.identity) {
      bypass(index)
    }
  }

  fileprivate mutating func fusePad(into index: Int, _ convolution: Convolution) {
    guard let producer = producer(of: self[index].inputs[0]), case .pad(let pad) = self[producer].operation
    else { return }
    var convolution = convolution
    convolution.padding.top += pad.top
    convolution.padding.left += pad.left
    convolution.padding.bottom += pad.bottom
    convolution.padding.right += pad.right
    var node = self[index]
    node.operation = .convolution(convolution)
    node.inputs[0] = self[producer].inputs[0]
    // Padding over the graph's limit stays a node of its own.
    let shapes = node.inputs.map { shape(of: $0) }
    guard (try? node.operation.resultShape(of: shapes)) == shape(of: index + 1) else { return }
    replace(index, by: node)
  }

  fileprivate mutating func fuseAddition(_ index: Int, _ activation: Activation) {
    let summands = self[index].inputs
    for value in summands.sorted(by: >) {
      guard let producer = soleProducer(of: value),
        case .convolution(var convolution) = self[producer].operation,
        convolution.activation == .identity, !convolution.hasResidual
      else { continue }
      convolution.hasResidual = true
      convolution.activation = activation
      var node = self[index]
      node.operation = .convolution(convolution)
      node.inputs = [self[producer].inputs[0], summands[0] == value ? summands[1] : summands[0]]
      node.parameters = join(self[producer].parameters, slopesOf: node.parameters)
      return replace(index, by: node)
    }
  }

  fileprivate mutating func fuseActivation(_ index: Int, _ activation: Activation) {
    guard let producer = soleProducer(of: self[index].inputs[0]) else { return }
    let before = self[producer]
    var node = self[index]
    switch before.operation {
    case .convolution(var convolution) where convolution.activation == .identity:
      convolution.activation = activation
      node.operation = .convolution(convolution)
    case .dense(var dense) where dense.activation == .identity:
      dense.activation = activation
      node.operation = .dense(dense)
    case .add(.identity): node.operation = .add(activation)
    default: return
    }
    node.inputs = before.inputs
    node.parameters = join(before.parameters, slopesOf: node.parameters)
    replace(index, by: node)
  }

  private func join(_ parameters: FloatParameters, slopesOf other: FloatParameters) -> FloatParameters {
    var joined = parameters
    joined.slopes = other.slopes
    return joined
  }
}
