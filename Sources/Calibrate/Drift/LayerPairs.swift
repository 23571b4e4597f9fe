import Quant

/// The values that a float and an Int8 graph name alike.
struct LayerPairs: Sendable {
  let pairs: [(float: ValueID, int8: ValueID)]
  /// The index in `pairs` by float value.
  let byFloatValue: [Int?]

  init(float: FloatGraph, int8: Graph<NoParameters>) {
    var values: [String: ValueID] = [:]
    for (index, node) in int8.nodes.enumerated() { values[node.name] = index + 1 }
    var pairs: [(float: ValueID, int8: ValueID)] = []
    var byFloatValue = [Int?](repeating: nil, count: float.shapes.count)
    for (index, node) in float.nodes.enumerated() {
      guard let value = values[node.name], int8.shapes[value] == float.shapes[index + 1] else { continue }
      byFloatValue[index + 1] = pairs.count
      pairs.append((index + 1, value))
    }
    self.pairs = pairs
    self.byFloatValue = byFloatValue
  }

  /// Of each pair, whether the Int8 layer can be run on the float network's values: both do the same with the same inputs,
  /// which a float run makes before it and in the Int8 graph's order.
  func runnable(float: FloatGraph, int8: Graph<NoParameters>) -> [Bool] {
    guard zip(pairs, pairs.dropFirst()).allSatisfy({ $0.int8 < $1.int8 }) else {
      return pairs.map { _ in false }
    }
    return pairs.map { pair in
      let (own, other) = (float.nodes[pair.float - 1], int8.nodes[pair.int8 - 1])
      let inputs = own.inputs.map { $0 == 0 ? 0 : byFloatValue[$0].map { pairs[$0].int8 } }
      return own.operation == other.operation && inputs == other.inputs
        && (float.inputShape == int8.inputShape || !own.inputs.contains(0))
    }
  }
}
