import Quant

/// How a data set is cut into chunks.
///
/// - Invariant: all sides at least 1, rank at least 1, a chunk has at most 4 GiB.
struct HDF5ChunkGrid {
  let shape: [Int]
  /// Elements of a chunk, by side.
  let sides: [Int]
  /// How far the shape may grow; nil without end.
  let limits: [Int?]
  let elementSize: Int
  /// Bytes of a chunk.
  let byteCount: Int

  init(space: HDF5Dataspace, sides: [Int], elementSize: Int) throws {
    guard !sides.isEmpty, sides.allSatisfy({ $0 > 0 }) else {
      throw HDF5.malformed("chunks of \(sides) elements")
    }
    var byteCount = elementSize
    for side in sides {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: side)
      guard !overflow, product <= 1 << 32 else { throw HDF5.fault(.tooLarge, "chunks of over 4 GiB") }
      byteCount = product
    }
    shape = space.shape
    limits = space.limits
    self.sides = sides
    self.elementSize = elementSize
    self.byteCount = byteCount
  }

  var rank: Int { sides.count }

  /// Chunks along each side of the shape.
  private func chunks(along side: Int) -> Int { (shape[side] - 1) / sides[side] + 1 }

  /// Of the whole data set, at most its number of elements. The shape has elements.
  var chunkCount: Int { (0..<rank).reduce(1) { $0 * chunks(along: $1) } }

  func contains(_ origin: [Int]) -> Bool {
    origin.count == rank && (0..<rank).allSatisfy { origin[$0] < shape[$0] && origin[$0] % sides[$0] == 0 }
  }

  func reachesOverEdge(_ origin: [Int]) -> Bool {
    (0..<rank).contains { origin[$0] + sides[$0] > shape[$0] }
  }

  /// Calls `body` for every run of elements that lie side by side both in the chunk and in the data set: the byte in the
  /// chunk, the byte in the data set, how many bytes.
  ///
  /// - Precondition: `contains(origin)`.
  func forEachRow(of origin: [Int], _ body: (_ source: Int, _ target: Int, _ count: Int) -> Void) {
    let extents = (0..<rank).map { min(sides[$0], shape[$0] - origin[$0]) }
    let last = rank - 1
    var index = [Int](repeating: 0, count: rank)
    while true {
      var (source, target) = (0, 0)
      for side in 0..<rank {
        source = source * sides[side] + index[side]
        target = target * shape[side] + origin[side] + index[side]
      }
      body(source * elementSize, target * elementSize, extents[last] * elementSize)
      var side = last - 1
      while side >= 0, index[side] + 1 == extents[side] {
        index[side] = 0
        side -= 1
      }
      guard side >= 0 else { return }
      index[side] += 1
    }
  }
}
