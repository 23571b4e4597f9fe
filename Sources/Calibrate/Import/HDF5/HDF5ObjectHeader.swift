import Quant

/// The kinds of messages in an object header that are looked at.
enum HDF5MessageType: UInt16 {
  case dataspace = 0x01
  case linkInfo = 0x02
  case datatype = 0x03
  case oldFillValue = 0x04
  case fillValue = 0x05
  case link = 0x06
  case externalFiles = 0x07
  case layout = 0x08
  case filterPipeline = 0x0b
  case attribute = 0x0c
  case continuation = 0x10
  case symbolTable = 0x11
  case driverInfo = 0x14
  case attributeInfo = 0x15
  case cacheImage = 0x18
}

struct HDF5Message: Sendable {
  let type: UInt16
  /// Bit 1: the body says where the message is; bit 7: readers that do not know the type must not go on.
  let flags: UInt8
  let body: ByteView

  var isShared: Bool { flags & 2 != 0 }
}

/// The messages that describe one group, data set or type.
///
/// - Invariant: together the header's blocks have at most `byteLimit` bytes, so that continuations cannot go in circles.
struct HDF5ObjectHeader: Sendable {
  static let byteLimit = 16 << 20

  let address: Int
  let messages: [HDF5Message]

  init(at address: Int, in storage: HDF5Storage) throws {
    var reader = HDF5ObjectHeaderReader(storage)
    messages = try reader.read(at: address)
    self.address = address
  }

  func first(_ type: HDF5MessageType) -> HDF5Message? { messages.first { $0.type == type.rawValue } }

  func all(_ type: HDF5MessageType) -> [HDF5Message] { messages.filter { $0.type == type.rawValue } }

  /// The body of the message of a type, nil without one.
  func body(_ type: HDF5MessageType, in storage: HDF5Storage) throws -> ByteView? {
    guard let message = first(type) else { return nil }
    return message.isShared
      ? try Self.sharedBody(message.body, type, in: storage) : message.body
  }

  /// What a shared message stands for: the message of the same type in another object's header.
  static func sharedBody(
    _ reference: ByteView, _ type: HDF5MessageType, in storage: HDF5Storage
  ) throws -> ByteView {
    var cursor = storage.cursor(over: reference, "shared message")
    let version = try cursor.byte()
    let place = try cursor.byte()
    guard (1...3).contains(version) else { throw HDF5.unsupported("shared messages of version \(version)") }
    guard version < 3 || place == 2 else { throw HDF5.unsupported("messages of the shared message heap") }
    if version == 1 { try cursor.skip(6) }
    let header = try HDF5ObjectHeader(at: try cursor.definedAddress(), in: storage)
    guard let message = header.first(type), !message.isShared else {
      throw HDF5.malformed("a shared message leads to no message of its kind")
    }
    return message.body
  }
}

/// Gathers the messages of an object header and its continuation blocks, of versions 1 and 2.
private struct HDF5ObjectHeaderReader {
  private let storage: HDF5Storage
  private var messages: [HDF5Message] = []
  private var continuations: [(address: Int, count: Int)] = []
  private var byteCount = 0
  /// Version 2 with this flag keeps two bytes of creation order before each body.
  private var keepsOrder = false

  init(_ storage: HDF5Storage) { self.storage = storage }

  mutating func read(at address: Int) throws -> [HDF5Message] {
    let isVersion2 = storage.bytes.holds("OHDR", at: address)
    try isVersion2 ? readHeader2(at: address) : readHeader1(at: address)
    // Blocks are appended while they are read; `spend` ends circles.
    var next = 0
    while next < continuations.count {
      let block = continuations[next]
      next += 1
      try spend(block.count)
      try isVersion2 ? readBlock2(block) : readBlock1(block)
    }
    return messages
  }

  private mutating func spend(_ count: Int) throws {
    byteCount += min(count, HDF5ObjectHeader.byteLimit + 1)
    guard byteCount <= HDF5ObjectHeader.byteLimit, byteCount <= storage.bytes.count else {
      throw HDF5.malformed("an object header goes in circles or has over \(HDF5ObjectHeader.byteLimit) bytes")
    }
    try storage.allowance.spend(structure: count)
  }

  private mutating func add(_ type: UInt16, _ flags: UInt8, _ body: ByteView) throws {
    if type == HDF5MessageType.continuation.rawValue {
      var cursor = storage.cursor(over: body, "continuation message")
      continuations.append((try cursor.definedAddress(), try cursor.length()))
      return
    }
    // 0x00 to 0x18 are all there are.
    guard type <= 0x18 || flags & 0x80 == 0 else {
      throw HDF5.unsupported("object header messages of type \(type)")
    }
    if type != 0 { messages.append(HDF5Message(type: type, flags: flags, body: body)) }
  }

  // MARK: - Version 1

  private mutating func readHeader1(at address: Int) throws {
    var cursor = try storage.cursor(at: address, "object header")
    try cursor.expectVersion(1)
    try cursor.skip(7)
    let count = try cursor.int(4)
    try cursor.skip(4)
    try spend(count)
    try readMessages1(try cursor.view(count))
  }

  private mutating func readBlock1(_ block: (address: Int, count: Int)) throws {
    try readMessages1(
      try storage.part(at: block.address, count: block.count, "object header's continuation"))
  }

  private mutating func readMessages1(_ bytes: ByteView) throws {
    var cursor = storage.cursor(over: bytes, "object header")
    while cursor.remaining >= 8 {
      let type = UInt16(try cursor.unsigned(2))
      let count = try cursor.int(2)
      let flags = try cursor.byte()
      try cursor.skip(3)
      try add(type, flags, try cursor.view(count))
    }
  }

  // MARK: - Version 2

  private mutating func readHeader2(at address: Int) throws {
    var cursor = try storage.cursor(at: address, "object header")
    try cursor.expect("OHDR")
    try cursor.expectVersion(2)
    let flags = try cursor.byte()
    keepsOrder = flags & 4 != 0
    if flags & 0x20 != 0 { try cursor.skip(16) }
    if flags & 0x10 != 0 { try cursor.skip(4) }
    let count = try cursor.int(1 << Int(flags & 3))
    try spend(count)
    let body = try cursor.view(count)
    try cursor.verifyChecksum()
    try readMessages2(body)
  }

  private mutating func readBlock2(_ block: (address: Int, count: Int)) throws {
    guard block.count >= 8 else { throw HDF5.malformed("an object header's continuation is too short") }
    var cursor = try storage.cursor(
      at: block.address, count: block.count, "object header's continuation")
    try cursor.expect("OCHK")
    let body = try cursor.view(block.count - 8)
    try cursor.verifyChecksum()
    try readMessages2(body)
  }

  private mutating func readMessages2(_ bytes: ByteView) throws {
    var cursor = storage.cursor(over: bytes, "object header")
    // Fewer bytes than a message takes are a gap.
    while cursor.remaining >= (keepsOrder ? 6 : 4) {
      let type = UInt16(try cursor.byte())
      let count = try cursor.int(2)
      let flags = try cursor.byte()
      if keepsOrder { try cursor.skip(2) }
      try add(type, flags, try cursor.view(count))
    }
  }
}
