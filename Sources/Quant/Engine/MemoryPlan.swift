/// Where every value of a graph lives in one arena: values whose lifetimes do not meet share bytes.
///
/// Offsets are multiples of `alignment`. Large values are placed first, each at the lowest offset that is free throughout
/// its lifetime.
package struct MemoryPlan: Sendable {
  package let offsets: [Int]
  package let byteCount: Int

  /// - Parameters:
  ///   - byteCounts: of each value.
  ///   - lifetimes: first and last step at which each value must be there, inclusive.
  package init(byteCounts: [Int], lifetimes: [ClosedRange<Int>], alignment: Int) {
    let order = byteCounts.indices.sorted { (byteCounts[$1], $0) < (byteCounts[$0], $1) }
    var offsets = [Int](repeating: 0, count: byteCounts.count)
    var placed: [Int] = []
    var end = 0
    for value in order {
      let size = (byteCounts[value] + alignment - 1) / alignment * alignment
      let neighbours =
        placed
        .filter { lifetimes[$0].overlaps(lifetimes[value]) }
        .map { (start: offsets[$0], end: offsets[$0] + byteCounts[$0]) }
        .sorted { $0.start < $1.start }
      var offset = 0
      for neighbour in neighbours {
        if offset + size <= neighbour.start { break }
        offset = max(offset, (neighbour.end + alignment - 1) / alignment * alignment)
      }
      offsets[value] = offset
      end = max(end, offset + size)
      placed.append(value)
    }
    self.offsets = offsets
    byteCount = end
  }
}

extension Graph {
  /// The steps at which each value must be there: from the node that makes it to its last reader. The input stands before
  /// the first node; results of the graph stay to the end. Step n is node n.
  package var lifetimes: [ClosedRange<Int>] {
    let last = max(nodes.count - 1, 0)
    var ends = (0..<shapes.count).map { max($0 - 1, 0) }
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { ends[input] = max(ends[input], index) }
    }
    for output in outputs { ends[output.value] = last }
    return ends.enumerated().map { value, end in max(value - 1, 0)...max(end, max(value - 1, 0)) }
  }
}
