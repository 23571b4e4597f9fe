import Quant

/// A float graph while a pass rewrites it: a node may be replaced by one that reads earlier values, and a value may be
/// read instead of another; what nothing reads is left out of the result.
struct GraphEditor {
  struct Node {
    var name: String
    var operation: Operation
    var inputs: [ValueID]
    var parameters: FloatParameters
  }

  private let graph: FloatGraph
  private var nodes: [Node]
  private var outputs: [(name: String, value: ValueID)]
  /// How often each value is read, by nodes that are alive and by outputs.
  private var useCounts: [Int]

  /// Nodes that no output depends on are dead from the start; without outputs the last node is the output.
  init(_ graph: FloatGraph) {
    self.graph = graph
    outputs = graph.outputs.map { ($0.name, $0.value) }
    nodes = graph.nodes.map {
      Node(name: $0.name, operation: $0.operation, inputs: $0.inputs, parameters: $0.parameters)
    }
    useCounts = [Int](repeating: 0, count: graph.shapes.count)
    if outputs.isEmpty { useCounts[graph.nodes.count] += 1 }
    for output in outputs { useCounts[output.value] += 1 }
    for index in nodes.indices.reversed() where useCounts[index + 1] > 0 {
      for input in nodes[index].inputs { useCounts[input] += 1 }
    }
  }

  var indices: Range<Int> { nodes.indices }

  subscript(index: Int) -> Node { nodes[index] }

  func isAlive(_ index: Int) -> Bool { useCounts[index + 1] > 0 }

  func shape(of value: ValueID) -> Shape { graph.shapes[value] }

  /// The node that makes `value`, if it is not the graph's input.
  func producer(of value: ValueID) -> Int? { value > 0 ? value - 1 : nil }

  /// The node that makes `value`, if there is one and `value` is read once only, so that it may vanish.
  func soleProducer(of value: ValueID) -> Int? { useCounts[value] == 1 ? producer(of: value) : nil }

  /// Puts `node` in the place of node `index`: it makes the same value.
  mutating func replace(_ index: Int, by node: Node) {
    for input in node.inputs { useCounts[input] += 1 }
    let old = nodes[index].inputs
    nodes[index] = node
    for input in old { release(input) }
  }

  /// Lets every reader of node `index`'s value read its first input instead.
  mutating func bypass(_ index: Int) {
    let value = index + 1
    let source = nodes[index].inputs[0]
    for reader in nodes.indices
    where reader > index && isAlive(reader) && nodes[reader].inputs.contains(value) {
      var node = nodes[reader]
      node.inputs = node.inputs.map { $0 == value ? source : $0 }
      replace(reader, by: node)
    }
    for (position, output) in outputs.enumerated() where output.value == value {
      outputs[position].value = source
      useCounts[source] += 1
      release(value)
    }
  }

  /// One reader less; a node without readers dies and releases what it read.
  private mutating func release(_ value: ValueID) {
    var pending = [value]
    while let value = pending.popLast() {
      useCounts[value] -= 1
      if useCounts[value] == 0, let index = producer(of: value) { pending += nodes[index].inputs }
    }
  }

  /// The nodes that are alive, as a graph.
  func result() throws -> FloatGraph {
    var result = try FloatGraph(inputShape: graph.inputShape)
    var values = [ValueID](repeating: 0, count: graph.shapes.count)
    for index in nodes.indices where isAlive(index) {
      let node = nodes[index]
      values[index + 1] = try result.append(
        node.name, node.operation, inputs: node.inputs.map { values[$0] }, parameters: node.parameters)
    }
    for output in outputs { try result.addOutput(output.name, values[output.value]) }
    return result
  }
}
