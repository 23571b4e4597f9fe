/// The cyclic redundancy check of zip archives (polynomial 0x04C11DB7, reflected), eight bytes a step.
package enum CRC32 {
  package static func value(of bytes: UnsafeRawBufferPointer) -> UInt32 {
    tables.withUnsafeBufferPointer { tables in
      var value = UInt32.max
      var position = 0
      while bytes.count - position >= 8 {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        value = step(word ^ UInt64(value), tables)
        position += 8
      }
      while position < bytes.count {
        value = value >> 8 ^ tables[Int(truncatingIfNeeded: value ^ UInt32(bytes[position])) & 0xff]
        position += 1
      }
      return ~value
    }
  }

  @inline(__always)
  private static func step(_ word: UInt64, _ tables: UnsafeBufferPointer<UInt32>) -> UInt32 {
    func entry(_ byte: Int) -> UInt32 {
      tables[256 * (7 - byte) + Int(truncatingIfNeeded: word >> (8 * byte) & 0xff)]
    }
    return entry(0) ^ entry(1) ^ entry(2) ^ entry(3) ^ entry(4) ^ entry(5) ^ entry(6) ^ entry(7)
  }

  /// `tables[256 · k + b]`: the effect of the byte b followed by k zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xedb8_8320 }
      tables[byte] = value
    }
    for index in 256..<8 * 256 {
      let shorter = tables[index - 256]
      tables[index] = shorter >> 8 ^ tables[Int(shorter & 0xff)]
    }
    return tables
  }()
}
