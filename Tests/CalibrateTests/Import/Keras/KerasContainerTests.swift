import Calibrate
import Foundation
import Quant
import TestSupport
import Testing

/// Archives and HDF5 files that lie, each made here.
@Suite struct KerasContainerTests {
  private func refused(_ bytes: [UInt8]) throws -> InputError {
    let file = try TemporaryFile(bytes, name: "model.keras")
    return try withExtendedLifetime(file) {
      try refusal { try WeightsFile.load(file.path).source.network(ImportOptions()) }
    }
  }

  private static let metadata = ZipBuilder.Member(
    name: "metadata.json", content: Array(#"{"keras_version": "3.4.0"}"#.utf8))

  private func archive(_ members: [ZipBuilder.Member]) -> [UInt8] {
    ZipBuilder([Self.metadata] + members).bytes
  }

  private func member(_ name: String, _ content: [UInt8]) -> ZipBuilder.Member {
    .init(name: name, content: content)
  }

  @Test func refusesArchivesWithoutTheirMembers() throws {
    let noConfiguration = try refused(archive([member("model.weights.h5", [0])]))
    #expect(noConfiguration.reason.contains("config.json"))
    let noWeights = try refused(
      archive([member("config.json", Array(KerasText.sequential(KerasText.input).utf8))]))
    #expect(noWeights.reason.contains("model.weights.h5"))
  }

  @Test func refusesNamesThatLeaveTheFolder() throws {
    let error = try refused(archive([member("config.json", [0x7b, 0x7d]), member("../x", [0])]))
    #expect(error.reason.contains("leads out of the archive"))
  }

  /// Declared, not stored: refused before a byte of it is made.
  @Test func refusesAConfigurationOfAGigabyte() throws {
    // The bytes of a deflated gigabyte would be 1 MB; what counts is what the directory says.
    var bomb = member("config.json", [UInt8](repeating: 0, count: 1 << 21))
    bomb.method = 8
    bomb.byteCount = 1 << 30
    let error = try refused(archive([bomb, member("model.weights.h5", [0])]))
    #expect(error.kind == .tooLarge)
    #expect(error.reason.contains("config.json"))
  }

  @Test func refusesConfigurationsThatAreNoModel() throws {
    for text in [
      "[]", "{}", #"{"class_name": "Dense", "config": {"name": "d", "units": 3}}"#, "7", "nothing",
    ] {
      let bytes = archive([
        member("config.json", Array(text.utf8)), member("model.weights.h5", try emptyHDF5()),
      ])
      #expect(!(try refused(bytes).reason.isEmpty))
    }
  }

  private func emptyHDF5() throws -> [UInt8] {
    var builder = HDF5Builder()
    return builder.file(root: builder.addGroup([]))
  }

  @Test func refusesHDF5OfOthers() throws {
    #expect(try refused(emptyHDF5()).reason.contains("Keras did not write"))
  }

  /// CVE-2026-1669: weights in a file outside, named in one line.
  @Test func refusesWeightsInOtherFiles() throws {
    var builder = HDF5Builder()
    let heap = builder.add(
      [UInt8](repeating: 0, count: 8) + Array("/etc/passwd".utf8) + [UInt8](repeating: 0, count: 13))
    let names = builder.addLocalHeap(data: heap, count: 32)
    var external: [UInt8] = [1, 0, 0, 0] + little(UInt16(1)) + little(UInt16(1)) + little(UInt64(names))
    external += little(UInt64(8)) + little(UInt64(0)) + little(UInt64(48))
    let kernel = builder.addHeader([
      .space([3, 4]), .float, .init(type: 7, body: external), .contiguous(nil, 48),
    ])
    let group = builder.addGroup([("kernel", kernel)], attribute: "weight_names", ["kernel"])
    let root = builder.addGroup([("dense", group)], attribute: "layer_names", ["dense"])
    let error = try refused(builder.file(root: root))
    #expect(error.kind == .unsupported)
    #expect(error.reason.contains("dense/kernel"))
    #expect(error.reason.contains("other files"))
    #expect(!error.description.contains("\n"))
  }

  @Test func refusesASavedModel() throws {
    let file = try TemporaryFile(
      [0x08, 0x01, 0x12, 0x90, 0x01, 0x0a, 0x20] + [UInt8](repeating: 1, count: 64), name: "saved_model.pb")
    let error = try refusal { try WeightsFile.load(file.path) }
    #expect(error.reason.contains("SavedModel"))
    let folder = (file.path as NSString).deletingLastPathComponent
    #expect(try refusal { try WeightsFile.load(folder) }.remedy.contains("model.save"))
  }

  // MARK: - Weights that are not the model's

  private func source(_ groups: [KerasWeightGroup]) throws -> KerasSource {
    let text = KerasText.sequential(KerasText.input, KerasText.conv("c", #""use_bias": false"#))
    return KerasSource(configuration: try JSON.parse(text), version: "3.4.0", weights: .layers(groups))
  }

  private func tensor(_ shape: [Int]) -> FloatTensor {
    FloatTensor(shape: shape, elements: .init(repeating: 0, count: shape.reduce(1, *)))
  }

  @Test func refusesWeightsOfAnotherShape() throws {
    for shape in [[3, 3, 3, 5], [3, 3, 4, 3], [4, 3, 3, 3], [108], [], [3, 3, 3, 0]] {
      let group = KerasWeightGroup(name: "c", variables: [.init(name: "c/kernel:0", tensor: tensor(shape))])
      let error = try refusal { try source([group]).network(ImportOptions()) }
      #expect(error.kind == .mismatch)
      #expect(error.subject == "c")
    }
  }

  @Test func refusesWeightsThatAreMissingOrTooMany() throws {
    let kernel = KerasWeightGroup.Variable(name: "c/kernel:0", tensor: tensor([3, 3, 3, 4]))
    #expect(try refusal { try source([]).network(ImportOptions()) }.subject == "c")
    let double = KerasWeightGroup(
      name: "c", variables: [kernel, .init(name: "c/bias:0", tensor: tensor([4]))])
    #expect(try refusal { try source([double]).network(ImportOptions()) }.subject == "c")
    let groups = [
      KerasWeightGroup(name: "c", variables: [kernel]), KerasWeightGroup(name: "d", variables: [kernel]),
    ]
    #expect(try refusal { try source(groups).network(ImportOptions()) }.subject == "d")
  }

  @Test func refusesNaNs() throws {
    let broken = FloatTensor(shape: [3, 3, 3, 4], elements: .init(repeating: .nan, count: 108))
    let group = KerasWeightGroup(name: "c", variables: [.init(name: "c/kernel:0", tensor: broken)])
    #expect(try refusal { try source([group]).network(ImportOptions()) }.subject == "c")
  }

  @Test func refusesCheckpointsOfAnotherModel() throws {
    let text = KerasText.sequential(KerasText.input, KerasText.conv("c"))
    let cases: [(children: [KerasCheckpoint], subject: String)] = [
      ([], ""), ([node("conv2d", [[3, 3, 3, 4]])], "c"),
      ([node("conv2d", [[3, 3, 3, 4], [4]]), node("conv2d_1", [[3, 3, 3, 4], [4]])], ""),
      ([node("conv2d_7", [[3, 3, 3, 4], [4]]), node("dense", [[4, 2]])], "dense"),
      ([node("conv2d", [[4], [3, 3, 3, 4]])], "c"),
    ]
    for (children, subject) in cases {
      let root = KerasCheckpoint(key: "", variables: [], children: children)
      let source = KerasSource(
        configuration: try JSON.parse(text), version: "3.4.0", weights: .checkpoint(root))
      let error = try refusal { try source.network(ImportOptions()) }
      #expect(error.kind == .mismatch)
      #expect(error.subject == subject)
    }
  }

  private func node(_ key: String, _ shapes: [[Int]]) -> KerasCheckpoint {
    KerasCheckpoint(key: key, variables: shapes.map(tensor), children: [])
  }

  // MARK: - Weights alone

  @Test func namesTheNearestNetwork() throws {
    let golden = try KerasGolden.named("resnet50")
    let groups = try golden.groups(zeros: true)
    let source = KerasSource(
      configuration: nil, version: nil,
      weights: .layers(try golden.groups(zeros: true, without: "conv2_block1_2_bn")))
    let error = try refusal { try source.network(ImportOptions()) }
    #expect(error.kind == .mismatch)
    #expect(error.reason.contains("resnet50, but of its layers 1 missing: conv2_block1_2_bn"))
    let foreign = KerasWeightGroup(
      name: "attention", variables: [.init(name: "attention/kernel:0", tensor: tensor([1, 1, 8, 8]))])
    let extended = KerasSource(configuration: nil, version: nil, weights: .layers(groups + [foreign]))
    let second = try refusal { try extended.network(ImportOptions()) }
    #expect(second.reason.contains("1 unexpected: attention"))
    let alone = KerasSource(configuration: nil, version: nil, weights: .layers([foreign]))
    #expect(try refusal { try alone.network(ImportOptions()) }.reason.contains("attention"))
  }
}

extension HDF5Builder {
  /// A group with an attribute of texts.
  fileprivate mutating func addGroup(
    _ links: [(name: String, address: Int)], attribute: String, _ texts: [String]
  )
    -> Int
  {
    var heap = [UInt8](repeating: 0, count: 8)
    var node = Array("SNOD".utf8) + [1, 0] + little(UInt16(links.count))
    for (name, address) in links {
      node += little(UInt64(heap.count)) + little(UInt64(address)) + [UInt8](repeating: 0, count: 24)
      heap += Self.eight(Array(name.utf8) + [0])
    }
    let data = add(heap)
    let tree = addTree(kind: 0, level: 0, entries: [(little(UInt64(0)), add(node))])
    let names = addLocalHeap(data: data, count: heap.count)
    let width = texts.map(\.utf8.count).max() ?? 1
    let type = Message.text(UInt32(width)).body
    let space = Message.space([UInt64(texts.count)]).body
    var body: [UInt8] = [1, 0] + little(UInt16(attribute.utf8.count + 1)) + little(UInt16(type.count))
    body += little(UInt16(space.count)) + Self.eight(Array(attribute.utf8) + [0]) + Self.eight(type)
    body += Self.eight(space)
    for text in texts { body += Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count) }
    return addHeader([
      Message(type: 0x11, body: little(UInt64(tree)) + little(UInt64(names))),
      Message(type: 0x0c, body: body),
    ])
  }

  private static func eight(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: -bytes.count & 7)
  }
}
