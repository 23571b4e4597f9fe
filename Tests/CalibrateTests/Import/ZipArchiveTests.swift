import Calibrate
import Quant
import TestSupport
import Testing

private typealias Member = ZipBuilder.Member

private func open(_ builder: ZipBuilder) throws -> ZipArchive {
  try ZipArchive(ByteView(copying: builder.bytes))
}

private func changed(_ change: (inout ZipBuilder) -> Void) -> ZipBuilder {
  var builder = ZipBuilder([
    Member(name: "a/data.pkl", content: [1, 2, 3]), Member(name: "a/data/0", content: [4, 5, 6, 7]),
  ])
  change(&builder)
  return builder
}

@Suite struct ZipArchiveTests {
  @Test func readsStoredMembers() throws {
    let archive = try open(changed { _ in })
    #expect(archive.members.map(\.name) == ["a/data.pkl", "a/data/0"])
    #expect(try archive.contents(of: archive.members[1]).array == [4, 5, 6, 7])
    #expect(try open(changed { $0.comment = [UInt8](repeating: 0x50, count: 65_535) }).members.count == 2)
    #expect(try open(ZipBuilder([])).members.isEmpty)
  }

  @Test func takesACheckOfZeroAsNone() throws {
    let archive = try open(changed { $0.members[0].check = 0 })
    #expect(try archive.contents(of: archive.members[0]).array == [1, 2, 3])
    let wrong = try open(changed { $0.members[0].check = 1 })
    #expect(throws: InputError.self) { try wrong.contents(of: wrong.members[0]) }
  }

  @Test func readsSizesBeyond32Bits() throws {
    let archive = try open(
      changed {
        $0.members[1].localOffset = .max
        $0.members[1].extra = little(UInt16(1)) + little(UInt16(8)) + little(UInt64(43))
      })
    #expect(try archive.contents(of: archive.members[1]).array == [4, 5, 6, 7])
  }

  private static func contradiction(_ name: String, _ change: (inout ZipBuilder) -> Void) -> NamedBytes {
    NamedBytes(name, changed(change).bytes)
  }

  private static let contradictions: [NamedBytes] = [
    contradiction("name") { $0.members[0].localName = "b/data.pkl" },
    contradiction("longer name") { $0.members[0].localName = "a/data.pkl2" },
    contradiction("flags") { $0.members[0].localFlags = 8 },
    contradiction("encryption") { $0.members[0].flags = 1 },
    contradiction("patches") { $0.members[0].flags = 0x20 },
    contradiction("masked headers") { $0.members[0].flags = 0x2000 },
    contradiction("method") { $0.members[0].method = 12 },
    contradiction("check") { $0.members[0].localCheck = 5 },
    contradiction("stored sizes") { $0.members[0].byteCount = 2 },
    contradiction("size past the end") {
      ($0.members[1].storedCount, $0.members[1].byteCount) = (4_000, 4_000)
    },
    contradiction("size over the next") { ($0.members[0].storedCount, $0.members[0].byteCount) = (40, 40) },
    contradiction("offset") { $0.members[1].localOffset = 1 },
    contradiction("same bytes") {
      $0.members[1] = $0.members[0]
      $0.members[1].localOffset = 0
    },
    contradiction("offset past the end") { $0.members[1].localOffset = 0x7fff_ffff },
    contradiction("offset without its wide field") { $0.members[1].localOffset = .max },
    contradiction("wide offset of 2⁶⁴ − 1") {
      $0.members[1].localOffset = .max
      $0.members[1].extra = little(UInt16(1)) + little(UInt16(8)) + little(UInt64.max)
    },
    contradiction("extra past the end") { $0.members[1].extra = little(UInt16(1)) + little(UInt16(80)) },
    contradiction("two names") { $0.members[1].name = "a/data.pkl" },
    contradiction("parent") { $0.members[1].name = "a/../x" },
    contradiction("parent by backslash") { $0.members[1].name = "a\\..\\x" },
    contradiction("absolute") { $0.members[1].name = "/x" },
    contradiction("NUL") { $0.members[1].name = "a\0b" },
    contradiction("empty") { $0.members[1].name = "" },
    contradiction("directory offset") { $0.offsetError = 1 },
    contradiction("fewer members") { $0.countError = .max },
    contradiction("more members") { $0.countError = 1 },
    contradiction("65 535 members") { $0.countError = .max - 2 },
    contradiction("bytes behind the directory") { $0.beforeEnd = [0] },
    contradiction("wide end at 2⁶⁴ − 1") {
      $0.beforeEnd = Array("PK".utf8) + [6, 7] + little(UInt32(0)) + little(UInt64.max) + little(UInt32(1))
    },
  ]

  @Test(arguments: contradictions)
  func refusesArchivesThatContradictThemselves(archive: NamedBytes) {
    #expect(throws: InputError.self) { try ZipArchive(ByteView(copying: archive.bytes)) }
  }

  /// A gibibyte of zeros deflates 1 030 times.
  @Test func refusesExpansionBeyondAThousand() throws {
    let bomb = changed {
      $0.members[1].method = 8
      $0.members[1].byteCount = 1 << 30
    }
    let error = try refusal { try open(bomb) }
    #expect(error.kind == .tooLarge)
  }

  @Test func refusesDeflatedMembersOfAnotherSize() throws {
    // One fixed block: the literals a, b, and the end.
    let stream: [UInt8] = [0x4b, 0x4c, 0x02, 0x00]
    for (byteCount, fits) in [(UInt32(1), false), (2, true), (3, false)] {
      let archive = try open(
        ZipBuilder([Member(name: "x", content: stream, method: 8, check: 0, byteCount: byteCount)]))
      let contents = try? archive.contents(of: archive.members[0])
      #expect((contents?.array == Array("ab".utf8)) == fits)
    }
  }
}
