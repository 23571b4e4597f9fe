import Quant

/// Who makes and who reads each value of a graph.
///
/// - Invariant: every value is made once, before it is read.
struct ONNXNames: Sendable {
  private let tensors: [String: Int]
  private let producers: [String: Int]
  private let inputsOfNodes: [[String]]
  /// Nodes that read a value.
  private(set) var readers: [String: [Int]] = [:]
  /// The graph's own results.
  let outputs: Set<String>
  /// Graph inputs that no tensor gives a value.
  let freeInputs: [ONNXValueInfo]

  /// - Throws: `InputError` when a value is made twice, by nobody, or after a node that reads it.
  init(_ graph: ONNXGraph) throws {
    var tensors: [String: Int] = [:]
    for (index, tensor) in graph.tensors.enumerated() {
      guard tensors.updateValue(index, forKey: tensor.name) == nil else { throw Self.twice(tensor.name) }
    }
    freeInputs = graph.inputs.filter { tensors[$0.name] == nil }
    var made = Set(tensors.keys)
    for input in freeInputs where !made.insert(input.name).inserted { throw Self.twice(input.name) }
    var producers: [String: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for output in node.outputs where !output.isEmpty {
        guard producers.updateValue(index, forKey: output) == nil, !made.contains(output) else {
          throw Self.twice(output)
        }
      }
    }
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs where !input.isEmpty {
        guard made.contains(input) else {
          throw Self.unmade(input, node, isMadeLater: producers[input] != nil)
        }
        readers[input, default: []].append(index)
      }
      made.formUnion(node.outputs)
    }
    self.tensors = tensors
    outputs = Set(graph.outputs.map(\.name))
    self.producers = producers
    inputsOfNodes = graph.nodes.map(\.inputs)
  }

  private static func twice(_ name: String) -> InputError {
    InputError(.malformed, name.short, "two nodes or tensors make this value")
  }

  private static func unmade(_ name: String, _ node: ONNXNode, isMadeLater: Bool) -> InputError {
    node.refusal(
      isMadeLater
        ? "reads \(name.short) before it is made: the graph is not sorted, or has a cycle"
        : "reads \(name.short), which no node or tensor makes", kind: .malformed)
  }

  func tensor(_ name: String, in graph: ONNXGraph) -> ONNXTensor? {
    tensors[name].map { graph.tensors[$0] }
  }

  /// The nodes that `value` depends on, in the file's order.
  func nodes(neededFor value: String) -> [Int] {
    guard let last = producers[value] else { return [] }
    var isNeeded = [Bool](repeating: false, count: last + 1)
    isNeeded[last] = true
    // Producers stand before their readers.
    for index in isNeeded.indices.reversed() where isNeeded[index] {
      for input in inputsOfNodes[index] {
        if let producer = producers[input] { isNeeded[producer] = true }
      }
    }
    return isNeeded.indices.filter { isNeeded[$0] }
  }
}
