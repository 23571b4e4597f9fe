import Calibrate
import Quant
import TestSupport
import Testing

private typealias Message = HDF5Builder.Message

private func open(_ bytes: [UInt8]) throws -> HDF5File { try HDF5File(ByteView(copying: bytes)) }

/// A data set of two numbers.
private func addNumbers(_ builder: inout HDF5Builder) -> Int {
  let data = builder.add(little(Float(0.5).bitPattern) + little(Float(-2).bitPattern))
  return builder.addHeader([.space([2]), .float, .contiguous(data, 8)])
}

/// Groups, links and object headers that lie.
@Suite struct HDF5StructureTests {
  @Test func readsWhatTheBuilderWrites() throws {
    var builder = HDF5Builder()
    let inner = builder.addGroup([("x", addNumbers(&builder))])
    let file = try open(builder.file(root: builder.addGroup([("inner", inner)])))
    let datasets = try file.datasets()
    #expect(datasets.map(\.path) == ["inner/x"])
    #expect(try datasets.first?.floats() == FloatTensor(shape: [2], elements: [0.5, -2]))
    #expect(try file.root.object(at: "/inner//x/") != nil)
    #expect(try file.root.object(at: "inner/../inner") == nil)
    #expect(try file.root.object(at: "inner/x/y") == nil)
  }

  @Test func refusesGroupsInCircles() throws {
    var builder = HDF5Builder()
    let root = builder.addGroup([("a", 0)])
    // The only node's only entry: its object's address.
    let entry = try #require(builder.bytes.firstRange(of: Array("SNOD".utf8))).lowerBound + 16
    builder.set(little(UInt64(root)), at: entry)
    let file = try open(builder.file(root: root))
    let error = try refusal { try file.datasets() }
    #expect(error.subject == "a")
    #expect(error.reason.contains("another link"))
    #expect(try file.root.object(at: "a/a/a/a") != nil)
  }

  @Test func refusesDeepNesting() throws {
    var builder = HDF5Builder()
    var group = builder.addGroup([("x", addNumbers(&builder))])
    for _ in 0..<63 { group = builder.addGroup([("g", group)]) }
    #expect(try open(builder.file(root: group)).datasets().count == 1)
    group = builder.addGroup([("g", group)])
    let deep = try open(builder.file(root: group))
    #expect(try refusal { try deep.datasets() }.kind == .tooLarge)
  }

  @Test func refusesTreesInCircles() throws {
    var builder = HDF5Builder()
    let data = builder.add([UInt8](repeating: 0, count: 16))
    let heap = builder.addLocalHeap(data: data, count: 16)
    let tree = builder.bytes.count
    builder.addTree(kind: 0, level: 1, entries: [(little(UInt64(0)), tree)])
    let sameLevel = builder.file(root: builder.addGroup(tree: tree, heap: heap))
    #expect(throws: InputError.self) { try open(sameLevel).root }

    // The same leaf twice.
    let leaf = builder.addTree(kind: 0, level: 0, entries: [])
    let twice = builder.addTree(
      kind: 0, level: 1, entries: [(little(UInt64(0)), leaf), (little(UInt64(0)), leaf)])
    let file = builder.file(root: builder.addGroup(tree: twice, heap: heap))
    #expect(try refusal { try open(file).root }.reason.contains("circles"))

    let chunks = builder.addTree(kind: 1, level: 0, entries: [])
    let other = builder.file(root: builder.addGroup(tree: chunks, heap: heap))
    #expect(throws: InputError.self) { try open(other).root }
  }

  @Test func neverFollowsSiblings() throws {
    var builder = HDF5Builder()
    let root = builder.addGroup([("x", addNumbers(&builder))])
    let tree = try #require(builder.bytes.firstRange(of: Array("TREE".utf8))).lowerBound
    builder.set(little(UInt64(tree)) + little(UInt64(tree)), at: tree + 8)
    #expect(try open(builder.file(root: root)).datasets().count == 1)
  }

  @Test func refusesNamesThatAreNone() throws {
    func root(_ names: [[UInt8]]) throws -> HDF5Group {
      var builder = HDF5Builder()
      let target = addNumbers(&builder)
      let addresses = names.map { _ in target }
      return try open(builder.file(root: builder.addGroup(names: names, addresses: addresses))).root
    }
    #expect(try root([[0x61], [0x62]]).names == ["a", "b"])
    #expect(throws: InputError.self) { try root([[0x61], [0x61]]) }
    #expect(throws: InputError.self) { try root([[]]) }
    #expect(throws: InputError.self) { try root([[0xff, 0xfe]]) }
  }

  @Test func refusesNamesThatDoNotEnd() throws {
    var builder = HDF5Builder()
    let root = builder.addGroup([("abcdefg", 0)])
    let heap = try #require(builder.bytes.firstRange(of: Array("HEAP".utf8))).lowerBound
    builder.set(little(UInt64(15)), at: heap + 8)
    #expect(try refusal { try open(builder.file(root: root)).root }.reason.contains("does not end"))
    builder.set(little(UInt64.max), at: heap + 8)
    #expect(throws: InputError.self) { try open(builder.file(root: root)).root }
  }

  // MARK: - Object headers

  /// A group's header whose continuation message leads to `target`, or to the header itself.
  private func continued(to target: Int?, count: Int) throws -> [UInt8] {
    var builder = HDF5Builder()
    let header = builder.bytes.count
    let body = little(target ?? header) + little(count)
    let root = builder.addHeader([Message(type: 0x10, body: body)])
    return builder.file(root: root)
  }

  @Test func refusesContinuationsInCircles() throws {
    for count in [40, 24, 16] {
      #expect(throws: InputError.self) { try open(continued(to: 112, count: count)).root }
    }
    #expect(throws: InputError.self) { try open(continued(to: nil, count: 40)).root }
    #expect(throws: InputError.self) { try open(continued(to: 1 << 40, count: 40)).root }
    #expect(throws: InputError.self) { try open(continued(to: 96, count: .max)).root }
    #expect(throws: InputError.self) { try open(continued(to: -2, count: -1)).root }
  }

  @Test func passesOverMessagesThatItDoesNotNeed() throws {
    var builder = HDF5Builder()
    let data = builder.add([UInt8](repeating: 0, count: 8))
    // A modification time of one byte, a comment without end, a type of the future.
    let short: [Message] = [
      Message(type: 0x12, body: [1]), Message(type: 0x0e, body: []), Message(type: 0x0d, body: [0x61]),
      Message(type: 0x77, body: []),
    ]
    let file = builder.file(dataset: short + [.space([2]), .float, .contiguous(data, 8)])
    #expect(try open(file).datasets().first?.floats().elements == [0, 0])
    let needed = builder.file(dataset: [
      Message(type: 0x77, body: [], flags: 0x80), .space([2]), .float, .contiguous(data, 8),
    ])
    #expect(try refusal { try open(needed).datasets() }.kind == .unsupported)
  }

  @Test func refusesSharedMessagesThatLeadNowhere() throws {
    for target in [0, 96, 1 << 50] {
      var builder = HDF5Builder()
      let shared = Message(type: 3, body: [3, 2] + little(UInt64(target)), flags: 2)
      let heap = Message(type: 3, body: [3, 1] + little(UInt64(0)), flags: 2)
      for message in [shared, heap] {
        let file = builder.file(dataset: [.space([2]), message, .contiguous(nil, 0)])
        #expect(throws: InputError.self) { try open(file).datasets() }
      }
    }
  }

  // MARK: - Superblock

  @Test func refusesSuperblocksThatLie() throws {
    var builder = HDF5Builder()
    let whole = builder.file(root: builder.addGroup([("x", addNumbers(&builder))]))
    func changed(_ bytes: [UInt8], at offset: Int) -> [UInt8] {
      var file = whole
      file.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      return file
    }
    #expect(throws: Never.self) { try open(whole) }
    let lies: [[UInt8]] = [
      changed([4], at: 8), changed([2], at: 8), changed([3], at: 13), changed([0], at: 14),
      changed(little(UInt64(8)), at: 24), changed(little(UInt64(whole.count + 1)), at: 40),
      changed(little(UInt64.max), at: 40), changed(little(UInt64(96)), at: 48),
      changed(little(UInt64.max), at: 64), [], Array(whole[..<8]), Array(whole[..<95]),
    ]
    for lie in lies { #expect(throws: InputError.self) { try open(lie) } }
    for root in [UInt64(0), 8, 1 << 40, UInt64.max - 1] {
      #expect(throws: InputError.self) { try open(changed(little(root), at: 64)).root }
    }
  }
}
