import Calibrate
import Quant
import TestSupport
import Testing

/// One field of a structure with a checksum, changed; the checksum is made right again.
struct HDF5Lie: CustomTestStringConvertible, Sendable {
  let file: String
  let signature: String
  /// Bytes of the structure before its checksum.
  let count: Int
  let offset: Int
  let value: [UInt8]

  var testDescription: String { "\(signature) \(offset): \(value)" }

  /// The file with the lie in every structure of the kind.
  func bytes() throws -> [UInt8] {
    var bytes = try HDF5Golden.bytes(file)
    let places = bytes.indices.filter { bytes[$0...].starts(with: signature.utf8) }
    for place in places {
      bytes.replaceSubrange(place + offset..<place + offset + value.count, with: value)
      let sum = bytes[place..<place + count].withUnsafeBytes { HDF5Checksum.lookup3($0) }
      bytes.replaceSubrange(place + count..<place + count + 4, with: little(sum))
    }
    try #require(!places.isEmpty)
    return bytes
  }
}

private func lies(
  _ file: String, _ signature: String, _ count: Int, _ fields: [(Int, [UInt8])]
) -> [HDF5Lie] {
  fields.map { HDF5Lie(file: file, signature: signature, count: count, offset: $0.0, value: $0.1) }
}

private let past = little(UInt64(1) << 40)

/// What the reader does not read, and structures whose checksums are right but whose content is not.
@Suite struct HDF5RefusalTests {
  @Test(arguments: [
    ("soft", "a soft link"), ("outside", "a link into another file"), ("named type", "neither group"),
    ("virtual", "virtual"), ("external", "other files"), ("lzf", "lzf"), ("scaled", "scaleoffset"),
    ("compound", "compound"), ("complex", "compound"), ("opaque", "opaque"), ("array", "arrays"),
    ("reference", "references"), ("sequence", "sequences"), ("large integer", "16777217"), ("wide", "bits"),
  ])
  func refusesByName(path: String, reason: String) throws {
    let root = try HDF5Golden.file("refused-v2.0.h5").root
    #expect(root.names.contains(path))
    let error = try refusal {
      if case .dataset(let dataset)? = try root.object(at: path) { _ = try dataset.floats() }
    }
    #expect(error.kind == .unsupported)
    #expect(error.subject == path)
    #expect(error.reason.contains(reason), "\(error)")
    #expect(!error.remedy.isEmpty)
  }

  @Test func refusesToWalkOutOfTheFile() throws {
    let file = try HDF5Golden.file("refused-v2.0.h5")
    #expect(try refusal { try file.datasets() }.kind == .unsupported)
  }

  private static let heaps = lies(
    "many-attributes-latest-v2.0.h5", "FRHP", 142,
    [
      (5, [0, 0]), (5, [2, 0]), (5, [255, 255]), (7, [1, 0]), (10, [0, 0, 0, 0]), (22, past),
      (22, little(UInt64.max)), (22, little(UInt64(0))), (110, [0, 0]), (110, [3, 0]), (110, [255, 255]),
      (112, little(UInt64(0))), (112, little(UInt64(3))), (112, little(UInt64(1) << 40)),
      (112, little(UInt64(1) << 16)), (120, little(UInt64(1))), (120, little(UInt64(1) << 63)),
      (128, [0, 0]), (128, [255, 0]), (132, past), (132, little(UInt64.max)), (132, little(UInt64(0))),
      (140, [255, 255]),
    ])

  private static let trees = lies(
    "many-attributes-latest-v2.0.h5", "BTHD", 34,
    [
      (5, [0]), (6, little(UInt32(0))), (6, little(UInt32(10))), (6, little(UInt32(20))), (10, [0, 0]),
      (10, [255, 255]), (12, [17, 0]), (12, [255, 255]), (12, [1, 0]), (16, past),
      (16, little(UInt64(0))), (24, [255, 255]), (24, [0, 0]), (26, little(UInt64(1))),
      (26, little(UInt64.max)),
    ])

  @Test(arguments: heaps + trees)
  func refusesHeapsThatLie(lie: HDF5Lie) throws {
    let root = try HDF5File(ByteView(copying: lie.bytes())).root
    #expect(throws: InputError.self) {
      if case .group(let group)? = try root.object(at: "dense") { _ = try group.attributes }
    }
  }

  private static let arrays =
    lies(
      "indexes-latest-v2.0.h5", "FAHD", 24,
      [
        (5, [0]), (6, [0]), (6, [255]), (7, [33]), (7, [255]), (7, [0]), (8, little(UInt64(1))),
        (8, little(UInt64.max >> 1)), (16, past), (16, little(UInt64(0))),
      ])
    + lies(
      "indexes-latest-v2.0.h5", "EAHD", 68,
      [
        (5, [1]), (6, [0]), (6, [255]), (7, [0]), (7, [1]), (7, [64]), (7, [255]), (8, [255]), (9, [0]),
        (9, [3]), (9, [128]), (10, [0]), (10, [3]), (11, [33]), (11, [0]), (60, past),
        (60, little(UInt64(0))),
      ])

  @Test(arguments: arrays)
  func refusesChunkArraysThatLie(lie: HDF5Lie) throws {
    let file = try HDF5File(ByteView(copying: lie.bytes()))
    #expect(throws: InputError.self) {
      for dataset in try file.datasets() { _ = try dataset.floats() }
    }
  }

  /// A tree whose nodes lead to each other: levels cannot fall for ever.
  @Test func refusesTreesThatLeadBack() throws {
    var bytes = try HDF5Golden.bytes("groups-latest-v2.0.h5")
    let inner = try #require(bytes.firstRange(of: Array("BTIN".utf8))).lowerBound
    let leaf = try #require(bytes.firstRange(of: Array("BTLF".utf8))).lowerBound
    // Every pointer to the first leaf leads to the inner node itself.
    let pointer = little(UInt64(leaf))
    for place in bytes.indices where bytes[place...].starts(with: pointer) {
      bytes.replaceSubrange(place..<place + 8, with: little(UInt64(inner)))
    }
    let root = try HDF5File(ByteView(copying: bytes)).root
    #expect(throws: InputError.self) { try root.object(at: "many") }
  }
}
