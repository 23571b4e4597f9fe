import Quant

/// The sides of a data set or attribute.
///
/// - Invariant: rank at most 8; the product of the sides is within `TensorLimits`, that of `limits` may not exist.
struct HDF5Dataspace: Sendable {
  /// Empty for a scalar, `[0]` for a null space.
  let shape: [Int]
  /// How far the sides may grow; nil without end. As long as `shape`.
  let limits: [Int?]
  /// The product of `shape`.
  let elementCount: Int

  /// A dataspace message, versions 1 and 2. Source: HDF5 File Format Specification 3.0, section IV.A.2.b.
  init(_ body: ByteView, in storage: HDF5Storage) throws {
    var cursor = storage.cursor(over: body, "dataspace")
    let version = try cursor.byte()
    let rank = Int(try cursor.byte())
    let flags = try cursor.byte()
    let kind = try cursor.byte()
    guard version == 1 || version == 2 else { throw HDF5.unsupported("dataspaces of version \(version)") }
    guard rank <= TensorLimits.rank else {
      throw HDF5.fault(.tooLarge, "\(rank) sides; \(TensorLimits.rank) are the limit")
    }
    guard flags & 2 == 0 else { throw HDF5.unsupported("permuted dataspaces") }
    if version == 1 { try cursor.skip(4) }
    let isNull = version == 2 && kind == 2
    guard !isNull || rank == 0 else { throw HDF5.malformed("a null space with sides") }
    let shape = isNull ? [0] : try (0..<rank).map { _ in try cursor.length() }
    limits = flags & 1 == 0 || isNull ? shape : try (0..<rank).map { _ in try Self.limit(&cursor) }
    guard let count = TensorLimits.elementCount(of: shape) else {
      throw HDF5.fault(.tooLarge, "a shape of \(shape) has too many elements")
    }
    self.shape = shape
    elementCount = count
  }

  private static func limit(_ cursor: inout HDF5Cursor) throws -> Int? {
    let value = try cursor.unsigned(cursor.lengthSize)
    return value == UInt64.max >> UInt64(64 - 8 * cursor.lengthSize) ? nil : Int(exactly: value)
  }
}
