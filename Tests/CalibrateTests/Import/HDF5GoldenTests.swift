import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

/// Files that h5py wrote, against the values that h5py reads from them.
enum HDF5Golden {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Goldens/hdf5")

  static func bytes(_ name: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: folder.appendingPathComponent(name)))
  }

  static func file(_ name: String) throws -> HDF5File { try HDF5File(ByteView(copying: bytes(name))) }

  /// All files but the one of what is refused.
  static let readable: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".h5") && !$0.hasPrefix("refused") }.sorted()
  }()

  static func digest(_ tensor: FloatTensor) -> String {
    SHA256.hex(of: tensor.elements.flatMap { little($0.bitPattern) })
  }

  static func digest(_ texts: [String]) -> String { SHA256.hex(of: texts.flatMap { Array($0.utf8) + [0] }) }
}

@Suite struct HDF5GoldenTests {
  private static func expectations(_ file: String) throws -> [JSON] {
    let library = try #require(file.split(separator: "-").last?.dropLast(3))
    let all = try JSON.parse(HDF5Golden.bytes("expected-\(library).json"))
    return try #require(all[file]?.array)
  }

  @Test(arguments: HDF5Golden.readable)
  func readsWhatTheLibraryWrote(name: String) throws {
    let root = try HDF5Golden.file(name).root
    for expected in try Self.expectations(name) {
      let path = try #require(expected["path"]?.string)
      switch try #require(try root.object(at: path), "\(path)") {
      case .group(let group):
        #expect(HDF5Golden.digest(group.names) == expected["names"]?.string, "\(path)")
        try check(group.attributes, expected["attributes"], path)
      case .dataset(let dataset):
        #expect(dataset.shape == expected["shape"]?.array?.compactMap(\.int), "\(path)")
        if let digest = expected["texts"]?.string {
          #expect(try HDF5Golden.digest(dataset.strings()) == digest, "\(path)")
        } else {
          #expect(try HDF5Golden.digest(dataset.floats()) == expected["numbers"]?.string, "\(path)")
        }
        try check(dataset.attributes, expected["attributes"], path)
      }
    }
  }

  private func check(_ attributes: HDF5Attributes, _ expected: JSON?, _ path: String) throws {
    let expected = try #require(expected?.array)
    #expect(attributes.names.sorted() == expected.compactMap { $0["name"]?.string }.sorted(), "\(path)")
    for one in expected {
      let name = try #require(one["name"]?.string)
      let attribute = try #require(attributes[name])
      #expect(attribute.shape == one["shape"]?.array?.compactMap(\.int), "\(path) \(name)")
      if let digest = one["texts"]?.string {
        #expect(try HDF5Golden.digest(attribute.strings()) == digest, "\(path) \(name)")
      } else {
        #expect(try HDF5Golden.digest(attribute.floats()) == one["numbers"]?.string, "\(path) \(name)")
      }
    }
  }
}
