import Int8Kernels

/// The cyclic redundancy check of iSCSI (polynomial 0x1EDC6F41, reflected), eight bytes a step.
public struct CRC32C: Sendable {
  private var state: UInt32 = 0xffff_ffff

  public init() {}

  public var value: UInt32 { ~state }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    if HardwareChecksum.isAvailable {
      state = HardwareChecksum.update(state, bytes)
    } else {
      updateByTables(bytes)
    }
  }

  /// For CPUs without an instruction for it.
  package mutating func updateByTables(_ bytes: UnsafeRawBufferPointer) {
    var crc = state
    Self.tables.withUnsafeBufferPointer { tables in
      var index = 0
      while index + 8 <= bytes.count {
        let word =
          UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) ^ UInt64(crc)
        crc = 0
        for byte in 0..<8 {
          crc ^= tables[(7 - byte) * 256 + Int(truncatingIfNeeded: word >> (8 * UInt64(byte))) & 0xff]
        }
        index += 8
      }
      while index < bytes.count {
        crc = crc >> 8 ^ tables[Int(crc ^ UInt32(bytes[index])) & 0xff]
        index += 1
      }
    }
    state = crc
  }

  /// Eight tables of 256: the effect of a byte with 0…7 bytes after it.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      var crc = UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0x82f6_3b78 : crc >> 1 }
      tables[byte] = crc
    }
    for table in 1..<8 {
      for byte in 0..<256 {
        let crc = tables[(table - 1) * 256 + byte]
        tables[table * 256 + byte] = crc >> 8 ^ tables[Int(crc & 0xff)]
      }
    }
    return tables
  }()
}
