import Quant

/// Builds a graph from another, node by node, keeping track of where the old values went.
struct GraphRewriter {
  let source: FloatGraph
  private(set) var result: FloatGraph
  private var moved: [ValueID?]
  /// How many nodes and outputs read each old value.
  let useCounts: [Int]

  init(_ source: FloatGraph) throws {
    self.source = source
    result = try FloatGraph(inputShape: source.inputShape)
    moved = Array(repeating: nil, count: source.shapes.count)
    moved[0] = 0
    var counts = [Int](repeating: 0, count: source.shapes.count)
    for node in source.nodes { for input in node.inputs { counts[input] += 1 } }
    for output in source.outputs { counts[output.value] += 1 }
    useCounts = counts
  }

  /// Appends a node that stands for old value `value`; its inputs are old values.
  mutating func append(
    _ name: String, _ operation: Quant.Operation, inputs: [ValueID], parameters: FloatParameters,
    for value: ValueID
  ) throws {
    moved[value] = try result.append(name, operation, inputs: inputs.map(place), parameters: parameters)
  }

  /// Lets old value `value` stand where old value `other` stands.
  mutating func alias(_ value: ValueID, to other: ValueID) throws { moved[value] = try place(other) }

  private func place(_ value: ValueID) throws -> ValueID {
    guard let place = moved[value] else {
      throw InputError(.malformed, source.name(of: value), "a pass removed a layer that is still read")
    }
    return place
  }

  /// The finished graph with the source's outputs.
  mutating func finish() throws -> FloatGraph {
    for output in source.outputs { try result.addOutput(output.name, place(output.value)) }
    return result
  }
}
