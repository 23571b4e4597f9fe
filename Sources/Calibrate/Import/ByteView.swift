import Glibc
import Quant

/// A part of a file or buffer, which it keeps alive. Every access is inside the part or refused.
public struct ByteView: @unchecked Sendable {
  /// Keeps the bytes, which never change.
  private let owner: AnyObject
  private let base: UnsafeRawPointer?
  public let count: Int

  /// The whole of `file`.
  public init(_ file: FileBytes) { self.init(owner: file, file.withUnsafeBytes { $0 }) }

  /// A buffer of `count` bytes that `fill` writes completely.
  package init(count: Int, filledBy fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
    let buffer = try HeapBytes(count: count)
    try fill(buffer.bytes)
    self.init(owner: buffer, UnsafeRawBufferPointer(buffer.bytes))
  }

  /// A copy of `bytes` as a view of its own.
  public init(copying bytes: [UInt8]) throws {
    try self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  private init(owner: AnyObject, _ bytes: UnsafeRawBufferPointer) {
    self.owner = owner
    base = bytes.baseAddress
    count = bytes.count
  }

  private var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

  /// Calls `body` with the bytes; the pointer must not leave it.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(owner) { try body(bytes) }
  }

  /// The `count` bytes from `offset`, or nil when they are not all inside.
  public func slice(at offset: Int, count length: Int) -> ByteView? {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
    return ByteView(owner: owner, UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length]))
  }

  /// The byte at `offset`, or nil outside.
  public func byte(at offset: Int) -> UInt8? {
    guard offset >= 0, offset < count else { return nil }
    return withUnsafeBytes { $0[offset] }
  }

  /// The little-endian integer at `offset`, which need not be aligned, or nil when it is not all inside.
  public func integer<Integer: FixedWidthInteger>(_ type: Integer.Type, at offset: Int) -> Integer? {
    let size = MemoryLayout<Integer>.size
    guard offset >= 0, offset <= count, size <= count - offset else { return nil }
    return withUnsafeBytes { Integer(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: type)) }
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

/// Memory of its own, freed with the last reference.
private final class HeapBytes {
  let bytes: UnsafeMutableRawBufferPointer

  init(count: Int) throws {
    guard let memory = malloc(max(count, 1)) else {
      throw InputError(.tooLarge, "", "no memory for \(count) bytes")
    }
    bytes = UnsafeMutableRawBufferPointer(start: memory, count: count)
  }

  deinit { free(bytes.baseAddress) }
}
