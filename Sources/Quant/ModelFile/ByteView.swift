/// A part of some `FileBytes`, which it keeps alive. Every access is inside the part or refused.
public struct ByteView: Sendable {
  private let owner: FileBytes
  private let start: Int
  public let count: Int

  public init(_ owner: FileBytes) {
    self.owner = owner
    start = 0
    count = owner.count
  }

  private init(owner: FileBytes, start: Int, count: Int) {
    self.owner = owner
    self.start = start
    self.count = count
  }

  /// A copy of `bytes` as a view of its own.
  public init(copying bytes: [UInt8]) throws { self.init(try FileBytes(copying: bytes)) }

  /// Calls `body` with the bytes; the pointer must not leave it.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try owner.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
  }

  /// The `count` bytes from `offset`, or nil when they are not all inside.
  public func slice(at offset: Int, count length: Int) -> ByteView? {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
    return ByteView(owner: owner, start: start + offset, count: length)
  }

  /// The byte at `offset`, or nil outside.
  public func byte(at offset: Int) -> UInt8? {
    guard offset >= 0, offset < count else { return nil }
    return owner.withUnsafeBytes { $0[start + offset] }
  }

  /// The little-endian integer at `offset`, which need not be aligned, or nil when it is not all inside.
  public func integer<Integer: FixedWidthInteger>(_ type: Integer.Type, at offset: Int) -> Integer? {
    let size = MemoryLayout<Integer>.size
    guard offset >= 0, offset <= count, size <= count - offset else { return nil }
    return owner.withUnsafeBytes {
      Integer(littleEndian: $0.loadUnaligned(fromByteOffset: start + offset, as: type))
    }
  }

  /// Whether the bytes from `offset` are those of `text`.
  public func holds(_ text: StaticString, at offset: Int = 0) -> Bool {
    guard let part = slice(at: offset, count: text.utf8CodeUnitCount) else { return false }
    return part.withUnsafeBytes { bytes in
      bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
  }

  public var array: [UInt8] { withUnsafeBytes { Array($0) } }

  /// The bytes as text, or nil when they are not UTF-8.
  public var text: String? { withUnsafeBytes { String(validating: $0, as: UTF8.self) } }
}
