/// The cosines between the rows of one set, some rows with all others at a time: n² numbers that never stand in memory
/// together.
///
/// A cosine is the same bits whichever of its two rows asks, and equal rows have equal cosines: products are summed in
/// eight lanes, Double, in the order of the elements, then the lanes in theirs.
struct RowCosines: Sendable {
  let rows: [[Float]]
  private let columns: Int
  /// The rows' lengths.
  private let norms: [Double]

  /// - Precondition: all rows are of one length.
  init(_ rows: [[Float]]) {
    self.rows = rows
    columns = rows.first?.count ?? 0
    let row = WideRow(columns: columns)
    norms = rows.map {
      row.set($0)
      return row.product(row).squareRoot()
    }
  }

  /// [query][row]: the cosine of every row with each query; 0 where one of the two is zero.
  func cosines(of queries: Range<Int>) -> [Double] {
    let wide = queries.map { query in
      let row = WideRow(columns: columns)
      row.set(rows[query])
      return row
    }
    let other = WideRow(columns: columns)
    var result = [Double](repeating: 0, count: queries.count * rows.count)
    for (index, row) in rows.enumerated() where norms[index] > 0 {
      other.set(row)
      for (place, query) in queries.enumerated() where norms[query] > 0 {
        result[place * rows.count + index] = wide[place].product(other) / (norms[query] * norms[index])
      }
    }
    return result
  }
}

/// One row in Double, padded with zeros to whole lanes.
private final class WideRow {
  private typealias Lanes = SIMD8<Double>

  private let lanes: UnsafeMutableBufferPointer<Lanes>

  init(columns: Int) {
    lanes = .allocate(capacity: (columns + Lanes.scalarCount - 1) / Lanes.scalarCount)
    lanes.initialize(repeating: .zero)
  }

  deinit { lanes.deallocate() }

  /// - Precondition: `row` has as many elements as were given at `init`.
  func set(_ row: [Float]) {
    precondition(row.count <= lanes.count * Lanes.scalarCount)
    lanes.withMemoryRebound(to: Double.self) { elements in
      for index in row.indices { elements[index] = Double(row[index]) }
    }
  }

  func product(_ other: WideRow) -> Double {
    var sum = Lanes.zero
    for index in lanes.indices { sum += lanes[index] * other.lanes[index] }
    var total = 0.0
    for lane in 0..<Lanes.scalarCount { total += sum[lane] }
    return total
  }
}
