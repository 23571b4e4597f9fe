import Quant

extension FloatGraph {
  /// The most bytes that one photo's values take at a time, Float and as the engine stores them, while the network is
  /// quantized layer by layer.
  fileprivate var layerwiseByteCount: Int {
    let lifetimes = lifetimes
    let byteCounts = shapes.map { shape in
      shape.elementCount * MemoryLayout<Float>.stride + shape.int8ByteCount + 512
    }
    return nodes.indices.reduce(0) { most, step in
      // The result that a candidate is compared with stands beside it.
      let live = lifetimes.indices.filter { lifetimes[$0].contains(step) }
      return max(most, live.reduce(shapes[step + 1].int8ByteCount) { $0 + byteCounts[$1] })
    }
  }
}

extension Photos {
  /// As many of the photos as corrections of `graph` hold in memory at once; evenly spread, by twos, so that what stood at
  /// an even place still does.
  func selected(for graph: FloatGraph) -> Photos {
    let affordable = max(2, PhotoMemory.byteLimit / max(graph.layerwiseByteCount, 1))
    guard count > affordable else { return self }
    let (pairs, wanted) = (count / 2, affordable / 2)
    return Photos(count: 2 * wanted) { index in
      try pixels(index / 2 * pairs / wanted * 2 + index % 2)
    }
  }
}
