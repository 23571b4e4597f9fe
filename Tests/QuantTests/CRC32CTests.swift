import Quant
import TestSupport
import Testing

@Suite struct CRC32CTests {
  private func check(_ bytes: [UInt8]) -> UInt32 {
    var check = CRC32C()
    bytes.withUnsafeBytes { check.update($0) }
    return check.value
  }

  /// RFC 3720, B.4, and the check value of the catalogues.
  @Test func matchesPublishedVectors() {
    #expect(check(Array("123456789".utf8)) == 0xe306_9283)
    #expect(check([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
    #expect(check([UInt8](repeating: 255, count: 32)) == 0x62a8_ab43)
    #expect(check([UInt8](0..<32)) == 0x46dd_794e)
    #expect(check([UInt8]((0..<32).reversed())) == 0x113f_db5c)
    #expect(check([]) == 0)
  }

  @Test func doesNotDependOnThePieces() {
    var generator = SeededGenerator(seed: 1)
    let bytes = (0..<257).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    for cut in bytes.indices {
      var pieces = CRC32C()
      bytes[..<cut].withUnsafeBytes { pieces.update($0) }
      bytes[cut...].withUnsafeBytes { pieces.update($0) }
      #expect(pieces.value == check(bytes))
    }
  }

  /// Where the CPU has an instruction for the check, `update` takes it.
  @Test func tablesAgreeWithTheInstruction() {
    var generator = SeededGenerator(seed: 2)
    let bytes = (0..<300).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    for start in 0..<9 {
      for end in [start, start + 1, start + 7, start + 8, 299] {
        var tables = CRC32C()
        bytes[start..<end].withUnsafeBytes { tables.updateByTables($0) }
        #expect(tables.value == check(Array(bytes[start..<end])))
      }
    }
  }
}
