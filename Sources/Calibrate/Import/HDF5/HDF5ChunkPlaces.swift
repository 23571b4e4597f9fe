import Quant

/// Numbers the chunks that a shape of limited sides may grow to, in row-major order.
///
/// A side without a limit, at most one, counts slowest.
struct HDF5ChunkPlaces {
  private let order: [Int]
  /// Chunks along each side; that of the endless one is not used.
  private let counts: [Int]
  let hasEnd: Bool

  init(_ grid: HDF5ChunkGrid) throws {
    let endless = (0..<grid.rank).filter { grid.limits[$0] == nil }
    guard endless.count <= 1 else {
      throw HDF5.malformed("an array of chunks for \(endless.count) endless sides")
    }
    hasEnd = endless.isEmpty
    order = endless + (0..<grid.rank).filter { grid.limits[$0] != nil }
    counts = (0..<grid.rank).map { side in
      let limit = max(grid.limits[side] ?? 0, grid.shape[side])
      return limit / grid.sides[side] + (limit % grid.sides[side] == 0 ? 0 : 1)
    }
    var product = 1
    for side in order.dropFirst(endless.count) {
      let (next, overflow) = product.multipliedReportingOverflow(by: counts[side])
      guard !overflow else { throw HDF5.fault(.tooLarge, "more chunks than can be counted") }
      product = next
    }
    count = product
  }

  /// All places, of an endless side those of one row.
  let count: Int

  func place(_ index: Int) -> [Int] {
    var place = [Int](repeating: 0, count: order.count)
    var rest = index
    for (position, side) in order.enumerated().reversed() {
      if position == 0, !hasEnd {
        place[side] = rest
      } else {
        place[side] = rest % counts[side]
        rest /= counts[side]
      }
    }
    return place
  }
}

extension HDF5ChunkGrid {
  /// The first element of the chunk at a place counted in chunks; nil when it lies outside the shape.
  func origin(ofPlace place: [Int]) -> [Int]? {
    guard place.count == rank else { return nil }
    var origin: [Int] = []
    for side in 0..<rank {
      guard place[side] >= 0, place[side] <= (shape[side] - 1) / sides[side] else { return nil }
      origin.append(place[side] * sides[side])
    }
    return origin
  }
}
