import Quant

/// The entry of an HDF5 file: widths, and where the root group is.
///
/// Versions 0 to 3, with or without a user block before it. Source: HDF5 File Format Specification 3.0, section II.A.
struct HDF5Superblock {
  let storage: HDF5Storage
  let rootAddress: Int

  init(_ file: ByteView) throws {
    let start = try Self.start(in: file)
    guard let bytes = file.slice(at: start, count: file.count - start), let version = bytes.byte(at: 8) else {
      throw HDF5.fault(.truncated, "the superblock is cut off")
    }
    switch version {
    case 0, 1: try self.init(bytes, start: start, classicVersion: version)
    case 2, 3: try self.init(bytes, start: start)
    default: throw HDF5.unsupported("files of superblock version \(version)")
    }
  }

  /// The signature stands at 0, or after a user block of 512 bytes, 1 KiB, 2 KiB…
  private static func start(in file: ByteView) throws -> Int {
    let magic: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
    var start = 0
    while let part = file.slice(at: start, count: magic.count) {
      if part.array == magic { return start }
      start = max(512, 2 * start)
    }
    throw HDF5.malformed("this is no HDF5 file")
  }

  private static func storage(_ bytes: ByteView, addressSize: UInt8?, lengthSize: UInt8?) throws
    -> HDF5Storage
  {
    guard let addressSize, let lengthSize else { throw HDF5.fault(.truncated, "the superblock is cut off") }
    guard [4, 8].contains(addressSize), [4, 8].contains(lengthSize) else {
      throw HDF5.unsupported("addresses of \(addressSize) and lengths of \(lengthSize) bytes")
    }
    return HDF5Storage(
      bytes: bytes, addressSize: Int(addressSize), lengthSize: Int(lengthSize),
      allowance: HDF5Allowance(fileCount: bytes.count))
  }

  private init(_ bytes: ByteView, start: Int, classicVersion: UInt8) throws {
    storage = try Self.storage(bytes, addressSize: bytes.byte(at: 13), lengthSize: bytes.byte(at: 14))
    var cursor = try storage.cursor(at: 0, "superblock")
    try cursor.skip(classicVersion == 0 ? 24 : 28)
    let base = try cursor.address()
    _ = try cursor.address()
    let end = try cursor.definedAddress()
    guard try cursor.address() == nil else { throw HDF5.unsupported("files of several parts") }
    try cursor.skip(storage.addressSize)
    rootAddress = try cursor.definedAddress()
    try Self.check(base: base, start: start, end: end, count: bytes.count)
  }

  private init(_ bytes: ByteView, start: Int) throws {
    storage = try Self.storage(bytes, addressSize: bytes.byte(at: 9), lengthSize: bytes.byte(at: 10))
    var cursor = try storage.cursor(at: 0, "superblock")
    try cursor.skip(11)
    let flags = try cursor.byte()
    let base = try cursor.address()
    let extensionAddress = try cursor.address()
    let end = try cursor.definedAddress()
    rootAddress = try cursor.definedAddress()
    try cursor.verifyChecksum()
    guard flags & 1 == 0 else {
      throw HDF5.fault(.malformed, "the file was never closed by its writer", remedy: "save the model again")
    }
    try Self.check(base: base, start: start, end: end, count: bytes.count)
    if let extensionAddress { try Self.checkExtension(at: extensionAddress, storage) }
  }

  private static func check(base: Int?, start: Int, end: Int, count: Int) throws {
    // Writers count the end from the start of the file or from the superblock.
    guard base == start else { throw HDF5.malformed("the superblock is not at its base address") }
    guard end >= start, end - start <= count else {
      throw HDF5.fault(
        .truncated, "the file should have \(end) bytes, it has \(count + start)",
        remedy: "the file was not downloaded whole")
    }
  }

  /// Refuses what changes the meaning of addresses: files of several parts, metadata that only a cache image holds.
  private static func checkExtension(at address: Int, _ storage: HDF5Storage) throws {
    let header = try HDF5ObjectHeader(at: address, in: storage)
    if header.first(.driverInfo) != nil { throw HDF5.unsupported("files of several parts") }
    if header.first(.cacheImage) != nil { throw HDF5.unsupported("images of the metadata cache") }
  }
}
