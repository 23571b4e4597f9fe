import Quant

/// Where the values of a graph stand in one arena: values whose lifetimes overlap do not overlap in memory.
///
/// A value lives from the node that makes it to its last reader. The graph's input is the caller's.
struct FloatMemoryPlan: Sendable {
  /// In Floats, multiples of 16; 0 for the input.
  let offsets: [Int]
  /// The arena's size in Floats.
  let count: Int

  /// Places the largest values first, each at the lowest offset that is free during its life.
  init(_ graph: FloatGraph) {
    var lastUse = Array(graph.shapes.indices)
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { lastUse[input] = max(lastUse[input], index + 1) }
    }
    let sizes = graph.shapes.map { ($0.elementCount + 15) / 16 * 16 }
    let order = graph.shapes.indices.dropFirst().sorted { (-sizes[$0], $0) < (-sizes[$1], $1) }
    var offsets = [Int](repeating: 0, count: sizes.count)
    var placed: [ValueID] = []
    var total = 0
    for value in order {
      let living = placed.filter { $0 <= lastUse[value] && value <= lastUse[$0] }
      var offset = 0
      for other in living.sorted(by: { (offsets[$0], $0) < (offsets[$1], $1) }) {
        if offset + sizes[value] <= offsets[other] { break }
        offset = max(offset, offsets[other] + sizes[other])
      }
      offsets[value] = offset
      placed.append(value)
      total = max(total, offset + sizes[value])
    }
    self.offsets = offsets
    count = total
  }
}
