/// The checksums of an HDF5 file and its filters.
package enum HDF5Checksum {
  /// Whether a stored checksum is the computed one. A fuzzer would not get past it.
  static func agree(_ stored: UInt32, _ computed: UInt32) -> Bool {
    #if FUZZING
      true
    #else
      stored == computed
    #endif
  }

  /// The checksum of metadata: Jenkins' lookup3 `hashlittle` with the start value 0.
  package static func lookup3(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    let start = 0xdead_beef &+ UInt32(truncatingIfNeeded: bytes.count)
    var (a, b, c) = (start, start, start)
    var position = 0
    while bytes.count - position > 12 {
      a &+= word(bytes, position)
      b &+= word(bytes, position + 4)
      c &+= word(bytes, position + 8)
      mix(&a, &b, &c)
      position += 12
    }
    guard position < bytes.count else { return c }
    a &+= word(bytes, position)
    b &+= word(bytes, position + 4)
    c &+= word(bytes, position + 8)
    finish(&a, &b, &c)
    return c
  }

  /// Four bytes, little-endian; those past the end are zero.
  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
    if position + 4 <= bytes.count {
      return UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }
    var value: UInt32 = 0
    for index in stride(from: bytes.count - 1, through: position, by: -1) {
      value = value << 8 | UInt32(bytes[index])
    }
    return value
  }

  private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 {
    value << count | value >> (32 - count)
  }

  @inline(__always)
  private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    a = (a &- c) ^ rotated(c, 4)
    c &+= b
    b = (b &- a) ^ rotated(a, 6)
    a &+= c
    c = (c &- b) ^ rotated(b, 8)
    b &+= a
    a = (a &- c) ^ rotated(c, 16)
    c &+= b
    b = (b &- a) ^ rotated(a, 19)
    a &+= c
    c = (c &- b) ^ rotated(b, 4)
    b &+= a
  }

  @inline(__always)
  private static func finish(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    c = (c ^ b) &- rotated(b, 14)
    a = (a ^ c) &- rotated(c, 11)
    b = (b ^ a) &- rotated(a, 25)
    c = (c ^ b) &- rotated(b, 16)
    a = (a ^ c) &- rotated(c, 4)
    b = (b ^ a) &- rotated(a, 14)
    c = (c ^ b) &- rotated(b, 24)
  }

  /// The checksum of the fletcher32 filter: two sums of big-endian 16-bit words, folded to 16 bits.
  static func fletcher32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (0, 0)
    // 360 words are the most that cannot overflow the second sum.
    for start in stride(from: 0, to: bytes.count, by: 720) {
      let end = min(start + 720, bytes.count)
      for index in stride(from: start, to: end, by: 2) {
        low &+= UInt32(bytes[index]) << 8 | (index + 1 < end ? UInt32(bytes[index + 1]) : 0)
        high &+= low
      }
      low = folded(low)
      high = folded(high)
    }
    return folded(high) << 16 | folded(low)
  }

  private static func folded(_ sum: UInt32) -> UInt32 { sum & 0xffff + sum >> 16 }

  /// The checksum behind a zlib stream (RFC 1950).
  static func adler32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    // 5 552 bytes are the most that cannot overflow the second sum.
    for start in stride(from: 0, to: bytes.count, by: 5_552) {
      for index in start..<min(start + 5_552, bytes.count) {
        low &+= UInt32(bytes[index])
        high &+= low
      }
      low %= 65_521
      high %= 65_521
    }
    return high << 16 | low
  }
}
