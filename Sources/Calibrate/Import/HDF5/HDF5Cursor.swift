import Quant

/// Where the structures of an HDF5 file stand, and how wide its addresses are.
struct HDF5Storage: Sendable {
  /// The file from the superblock on: addresses count from there.
  let bytes: ByteView
  /// Bytes of an address and of a length, each 4 or 8.
  let addressSize: Int
  let lengthSize: Int
  let allowance: HDF5Allowance

  /// Reads from `address` to at most the file's end.
  func cursor(at address: Int, _ structure: String) throws -> HDF5Cursor {
    guard let part = bytes.slice(at: address, count: bytes.count - address) else {
      throw HDF5.fault(.truncated, "the \(structure) lies past the file's end")
    }
    return cursor(over: part, structure)
  }

  /// Reads exactly the `count` bytes from `address`.
  func cursor(at address: Int, count: Int, _ structure: String) throws -> HDF5Cursor {
    cursor(over: try part(at: address, count: count, structure), structure)
  }

  func cursor(over part: ByteView, _ structure: String) -> HDF5Cursor {
    HDF5Cursor(bytes: part, structure: structure, addressSize: addressSize, lengthSize: lengthSize)
  }

  func part(at address: Int, count: Int, _ structure: String) throws -> ByteView {
    guard let part = bytes.slice(at: address, count: count) else {
      throw HDF5.fault(.truncated, "the \(structure) reaches past the file's end")
    }
    return part
  }
}

enum HDF5 {
  static func fault(_ kind: InputError.Kind, _ reason: String, remedy: String = "") -> InputError {
    InputError(kind, "", "HDF5: \(reason)", remedy: remedy)
  }

  static func malformed(_ reason: String) -> InputError { fault(.malformed, reason) }

  static func unsupported(_ what: String, remedy: String = "save the model again with Keras") -> InputError {
    fault(.unsupported, "\(what) are not read", remedy: remedy)
  }

  /// Bytes that hold every number up to `limit`.
  static func byteCount(upTo limit: Int) -> Int { limit < 1 ? 1 : (63 - limit.leadingZeroBitCount) / 8 + 1 }
}

/// Takes little-endian fields one after another; every one is inside the structure or refused.
struct HDF5Cursor {
  let bytes: ByteView
  /// What the bytes are, for messages.
  let structure: String
  let addressSize: Int
  let lengthSize: Int
  private(set) var position = 0

  init(bytes: ByteView, structure: String, addressSize: Int, lengthSize: Int) {
    self.bytes = bytes
    self.structure = structure
    self.addressSize = addressSize
    self.lengthSize = lengthSize
  }

  var remaining: Int { bytes.count - position }

  private var cut: InputError { HDF5.fault(.truncated, "the \(structure) is cut off") }

  mutating func skip(_ count: Int) throws {
    guard count >= 0, count <= remaining else { throw cut }
    position += count
  }

  mutating func view(_ count: Int) throws -> ByteView {
    guard let part = bytes.slice(at: position, count: count) else { throw cut }
    position += count
    return part
  }

  mutating func byte() throws -> UInt8 {
    guard let value = bytes.byte(at: position) else { throw cut }
    position += 1
    return value
  }

  /// - Precondition: `byteCount` is 0…8.
  mutating func unsigned(_ byteCount: Int) throws -> UInt64 {
    let value: UInt64? =
      switch byteCount {
      case 1: bytes.byte(at: position).map(UInt64.init)
      case 2: bytes.integer(UInt16.self, at: position).map(UInt64.init)
      case 4: bytes.integer(UInt32.self, at: position).map(UInt64.init)
      case 8: bytes.integer(UInt64.self, at: position)
      default: oddInteger(byteCount)
      }
    guard let value else { throw cut }
    position += byteCount
    return value
  }

  private func oddInteger(_ byteCount: Int) -> UInt64? {
    guard byteCount <= remaining else { return nil }
    return (0..<byteCount).reduce(0) { $0 | UInt64(bytes.byte(at: position + $1) ?? 0) << UInt64(8 * $1) }
  }

  /// An integer of 0…8 bytes that fits Int.
  mutating func int(_ byteCount: Int) throws -> Int {
    guard let value = Int(exactly: try unsigned(byteCount)) else {
      throw HDF5.malformed("a number of the \(structure) is out of range")
    }
    return value
  }

  mutating func length() throws -> Int { try int(lengthSize) }

  /// nil stands for the undefined address, all bits one.
  mutating func address() throws -> Int? {
    let value = try unsigned(addressSize)
    if value == UInt64.max >> UInt64(64 - 8 * addressSize) { return nil }
    guard let address = Int(exactly: value) else {
      throw HDF5.malformed("an address of the \(structure) is out of range")
    }
    return address
  }

  mutating func definedAddress() throws -> Int {
    guard let address = try address() else {
      throw HDF5.malformed("the \(structure) has an undefined address")
    }
    return address
  }

  /// Takes a signature of four letters.
  mutating func expect(_ signature: StaticString) throws {
    guard bytes.holds(signature, at: position) else {
      throw HDF5.malformed("no \(structure) is where one should be")
    }
    position += signature.utf8CodeUnitCount
  }

  mutating func expectVersion(_ version: UInt8) throws {
    let found = try byte()
    guard found == version else { throw HDF5.unsupported("\(structure)s of version \(found)") }
  }

  /// Takes the checksum of all bytes before it.
  mutating func verifyChecksum() throws {
    let covered = position
    let stored = UInt32(truncatingIfNeeded: try unsigned(4))
    let sum = bytes.withUnsafeBytes {
      HDF5Checksum.lookup3(UnsafeRawBufferPointer(rebasing: $0[..<covered]))
    }
    guard HDF5Checksum.agree(stored, sum) else {
      throw HDF5.fault(
        .malformed, "the checksum of the \(structure) is wrong", remedy: "the file is damaged, fetch it again"
      )
    }
  }
}
