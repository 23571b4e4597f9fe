import Quant

/// Which block of a fractal heap holds an offset.
///
/// A row has `width` blocks of one size: rows 0 and 1 of `startSize` bytes, every later one of twice those before.
/// Rows from `directRows` on lead to indirect blocks, which have rows of their own.
///
/// - Invariant: sizes are powers of two, `width` at least 1, all of a heap below 2⁶².
struct HDF5DoublingTable {
  let width: Int
  let startSize: Int
  /// Bytes of an offset in the heap, and of one in a block.
  let offsetSize: Int
  let blockOffsetSize: Int
  let directRows: Int

  /// Takes the table's description out of a heap's header.
  init(_ cursor: inout HDF5Cursor) throws {
    width = try cursor.int(2)
    startSize = try cursor.length()
    let largest = try cursor.length()
    let heapBits = try cursor.int(2)
    try cursor.skip(2)
    guard width.isPowerOfTwo, width <= 1 << 12, startSize.isPowerOfTwo, largest.isPowerOfTwo,
      startSize <= largest, largest <= 1 << 32, (1...64).contains(heapBits)
    else { throw HDF5.malformed("a fractal heap's blocks have impossible sizes") }
    offsetSize = (heapBits + 7) / 8
    blockOffsetSize = (largest.trailingZeroBitCount + 7) / 8
    directRows = largest.trailingZeroBitCount - startSize.trailingZeroBitCount + 2
  }

  /// A block of an indirect block: its index and row, its offset from the start of the indirect block, and its bytes.
  struct Entry {
    let index: Int
    let row: Int
    let offset: Int
    let size: Int
  }

  private var rowBits: Int { width.trailingZeroBitCount + startSize.trailingZeroBitCount }

  /// The entry that holds `offset`; nil when it lies past all rows.
  func entry(holding offset: Int, rows: Int) -> Entry? {
    guard offset >= 0 else { return nil }
    let row = max(0, Int.bitWidth - (offset >> rowBits).leadingZeroBitCount)
    guard row < rows, row + rowBits < 62 else { return nil }
    let size = row == 0 ? startSize : startSize << (row - 1)
    let rowStart = row == 0 ? 0 : width * size
    let column = (offset - rowStart) / size
    return Entry(
      index: row * width + column, row: row, offset: rowStart + column * size, size: size)
  }

  func rows(ofIndirectBlock size: Int) -> Int { max(0, size.trailingZeroBitCount - rowBits + 1) }
}

extension Int {
  var isPowerOfTwo: Bool { self > 0 && self & (self - 1) == 0 }
}
