import Calibrate
import Quant
import TestSupport
import Testing

/// Everything in a file that may be damaged; anything but `InputError` is passed on.
private func readEverything(_ bytes: [UInt8]) throws {
  let file = try HDF5File(ByteView(copying: bytes))
  var pending: [HDF5Object] = [.group(try file.root)]
  var opened = 0
  while let object = pending.popLast(), opened < 40 {
    opened += 1
    switch object {
    case .group(let group):
      try tolerating { try read(group.attributes) }
      for name in group.names.prefix(20) {
        try tolerating { if let child = try group.child(name) { pending.append(child) } }
      }
    case .dataset(let dataset):
      try tolerating { try read(dataset.attributes) }
      try tolerating { _ = try dataset.floats() }
      try tolerating { _ = try dataset.strings() }
    }
  }
}

private func read(_ attributes: HDF5Attributes) throws {
  for name in attributes.names {
    try tolerating { _ = try attributes[name]?.strings() }
    try tolerating { _ = try attributes[name]?.floats() }
  }
}

private func tolerating(_ body: () throws -> Void) throws {
  do { try body() } catch is InputError {}
}

/// Files of the library with bytes changed or missing.
@Suite struct HDF5DamageTests {
  /// Damage may go unnoticed, but never ends the process.
  @Test(arguments: ["default-v1.10.h5", "attributes-v108-v2.0.h5"])
  func survivesEveryChangedByte(name: String) throws {
    let whole = try HDF5Golden.bytes(name)
    var file = whole
    for offset in whole.indices {
      for change: UInt8 in [0xff, 0x01] {
        file[offset] = whole[offset] ^ change
        try tolerating { try readEverything(file) }
      }
      file[offset] = whole[offset]
    }
  }

  @Test(arguments: ["default-v1.10.h5", "attributes-v108-v2.0.h5"])
  func refusesEveryTruncation(name: String) throws {
    let whole = try HDF5Golden.bytes(name)
    for count in 0..<whole.count {
      #expect(throws: InputError.self) { try HDF5File(ByteView(copying: Array(whole[..<count]))) }
    }
  }

  /// With the superblock's end adjusted, so that the structures themselves are cut.
  @Test func survivesCutStructures() throws {
    let whole = try HDF5Golden.bytes("default-v1.10.h5")
    for count in 96..<whole.count {
      var part = Array(whole[..<count])
      part.replaceSubrange(40..<48, with: little(UInt64(count)))
      try tolerating { try readEverything(part) }
    }
  }

  @Test(arguments: ["layouts-earliest-v1.10.h5", "layouts-latest-v2.0.h5", "many-attributes-latest-v2.0.h5"])
  func survivesDamageInManyPlaces(name: String) throws {
    let whole = try HDF5Golden.bytes(name)
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<150 {
      var file = whole
      for _ in 0..<4 { file[generator.int(in: 96...whole.count - 1)] = UInt8(generator.int(in: 0...255)) }
      try tolerating { try readEverything(file) }
    }
  }

  // MARK: - Checksums

  private static let checked = [
    NamedBytes("OHDR", Array("attributes-v108-v2.0.h5".utf8)),
    NamedBytes("BTHD", Array("groups-latest-v2.0.h5".utf8)),
    NamedBytes("BTLF", Array("groups-latest-v2.0.h5".utf8)),
    NamedBytes("BTIN", Array("groups-latest-v2.0.h5".utf8)),
    NamedBytes("FRHP", Array("groups-latest-v2.0.h5".utf8)),
    NamedBytes("FHDB", Array("groups-latest-v2.0.h5".utf8)),
    NamedBytes("FHIB", Array("groups-latest-v2.0.h5".utf8)),
    NamedBytes("FAHD", Array("indexes-latest-v2.0.h5".utf8)),
    NamedBytes("FADB", Array("indexes-latest-v2.0.h5".utf8)),
    NamedBytes("EAHD", Array("indexes-latest-v2.0.h5".utf8)),
    NamedBytes("EAIB", Array("indexes-latest-v2.0.h5".utf8)),
    NamedBytes("EASB", Array("indexes-latest-v2.0.h5".utf8)),
    NamedBytes("EADB", Array("indexes-latest-v2.0.h5".utf8)),
  ]

  /// Every structure of a kind, one byte behind its signature and version changed.
  @Test(arguments: checked)
  func refusesWrongChecksums(structure: NamedBytes) throws {
    let whole = try HDF5Golden.bytes(String(decoding: structure.bytes, as: UTF8.self))
    let places = whole.indices.filter { whole[$0...].starts(with: structure.name.utf8) }
    #expect(!places.isEmpty)
    for place in places {
      var file = whole
      // The last byte of the fields that all have: only the checksum can tell.
      file[place + 5] ^= 0x40
      let failure = try Self.firstFailure(file)
      #expect(failure != nil, "\(structure.name) at \(place)")
    }
  }

  @Test func refusesWrongChecksumOfTheSuperblock() throws {
    var file = try HDF5Golden.bytes("attributes-v108-v2.0.h5")
    file[44] ^= 1
    #expect(try refusal { try HDF5File(ByteView(copying: file)) }.reason.contains("checksum"))
  }

  /// The first refusal anywhere in a file.
  private static func firstFailure(_ bytes: [UInt8]) throws -> InputError? {
    do {
      var pending: [HDF5Object] = [.group(try HDF5File(ByteView(copying: bytes)).root)]
      while let object = pending.popLast() {
        switch object {
        case .group(let group):
          _ = try group.attributes
          for name in group.names { if let child = try group.child(name) { pending.append(child) } }
        case .dataset(let dataset):
          _ = try dataset.attributes
          _ = try dataset.floats()
        }
      }
      return nil
    } catch let error as InputError {
      return error
    }
  }
}
