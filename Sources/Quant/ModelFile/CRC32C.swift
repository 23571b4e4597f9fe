/// A 32-bit cyclic redundancy check with reflected bits, all ones at the start and at the end, eight bytes a step.
package struct CyclicRedundancyCheck: Sendable {
  /// `table[256 · k + b]`: the effect of the byte b followed by k zero bytes.
  private let table: [UInt32]

  package init(reflectedPolynomial polynomial: UInt32) {
    var table = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var value = UInt32(byte)
      for _ in 0..<8 { value = value & 1 == 0 ? value >> 1 : value >> 1 ^ polynomial }
      table[byte] = value
    }
    for index in 256..<8 * 256 {
      let shorter = table[index - 256]
      table[index] = shorter >> 8 ^ table[Int(shorter & 0xff)]
    }
    self.table = table
  }

  /// CRC-32C (Castagnoli), of the model file.
  package static let castagnoli = CyclicRedundancyCheck(reflectedPolynomial: 0x82f6_3b78)
  /// CRC-32 of zip archives.
  package static let zip = CyclicRedundancyCheck(reflectedPolynomial: 0xedb8_8320)

  /// The check of the bytes that had the check `previous`, followed by `bytes`.
  package func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
    table.withUnsafeBufferPointer { table in
      var value = ~previous
      var position = 0
      while bytes.count - position >= 8 {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
        value = Self.step(word ^ UInt64(value), table)
        position += 8
      }
      while position < bytes.count {
        value = value >> 8 ^ table[Int((value ^ UInt32(bytes[position])) & 0xff)]
        position += 1
      }
      return ~value
    }
  }

  @inline(__always)
  private static func step(_ word: UInt64, _ table: UnsafeBufferPointer<UInt32>) -> UInt32 {
    func entry(_ row: Int) -> UInt32 {
      table[256 * (7 - row) + Int(truncatingIfNeeded: word >> (8 * row) & 0xff)]
    }
    return entry(0) ^ entry(1) ^ entry(2) ^ entry(3) ^ entry(4) ^ entry(5) ^ entry(6) ^ entry(7)
  }
}

/// CRC-32C (Castagnoli; RFC 3720, B.4): the check of the model file's data.
public enum CRC32C {
  /// The check of the bytes that had the check `previous`, followed by `bytes`.
  public static func checksum(_ bytes: UnsafeRawBufferPointer, continuing previous: UInt32 = 0) -> UInt32 {
    CyclicRedundancyCheck.castagnoli.checksum(bytes, continuing: previous)
  }
}
