import Calibrate
import Quant
import TestSupport
import Testing

private typealias Message = HDF5Builder.Message

/// A file with one global heap, and a data set of texts there.
private struct Texts {
  var lengths: [UInt32] = [3]
  var indices: [UInt32] = [1]
  var address: UInt64?
  var content: [UInt8] = Array("abc".utf8)
  var contentCount: UInt64?
  var heapCount: UInt64 = 64

  func strings() throws -> [String] {
    var builder = HDF5Builder()
    var heap = Array("GCOL".utf8) + [1, 0, 0, 0] + little(heapCount)
    heap += little(UInt16(1)) + little(UInt16(1)) + little(UInt32(0))
    heap += little(contentCount ?? UInt64(content.count)) + content
    let place = builder.add(heap + [UInt8](repeating: 0, count: max(0, 64 - heap.count)))
    let elements = zip(lengths, indices).flatMap { length, index in
      little(length) + little(address ?? UInt64(place)) + little(index)
    }
    let data = builder.add(elements)
    let file = builder.file(dataset: [
      .space([UInt64(lengths.count)]), .variableText, .contiguous(data, elements.count),
    ])
    return try #require(try HDF5File(ByteView(copying: file)).datasets().first).strings()
  }

  func refused() throws -> InputError { try refusal { try strings() } }
}

/// Texts and attributes that lie.
@Suite struct HDF5TextTests {
  @Test func readsTextsOfVariableLength() throws {
    #expect(try Texts().strings() == ["abc"])
    #expect(try Texts(lengths: [2]).strings() == ["ab"])
    #expect(try Texts(lengths: [0], indices: [9], address: 1 << 50).strings() == [""])
    #expect(try Texts(lengths: [3, 3], indices: [1, 1]).strings() == ["abc", "abc"])
  }

  @Test func refusesTextsThatAreCut() throws {
    #expect(throws: InputError.self) { try Texts(lengths: [4]).strings() }
    #expect(throws: InputError.self) { try Texts(lengths: [.max]).strings() }
    #expect(throws: InputError.self) { try Texts(indices: [2]).strings() }
    #expect(throws: InputError.self) { try Texts(indices: [0]).strings() }
    #expect(throws: InputError.self) { try Texts(address: 1 << 50).strings() }
    #expect(throws: InputError.self) { try Texts(address: .max).strings() }
    #expect(throws: InputError.self) { try Texts(address: 0).strings() }
    #expect(throws: InputError.self) { try Texts(contentCount: .max).strings() }
    #expect(throws: InputError.self) { try Texts(contentCount: 1 << 40).strings() }
    #expect(throws: InputError.self) { try Texts(heapCount: 1 << 40).strings() }
    #expect(throws: InputError.self) { try Texts(heapCount: 24).strings() }
    #expect(throws: InputError.self) { try Texts(content: [0xff, 0xfe, 0xfd]).strings() }
  }

  /// A thousand elements of one text of a kilobyte are a megabyte out of seventeen kilobytes.
  @Test func refusesTextsThatRepeatWithoutEnd() throws {
    let long = [UInt8](repeating: 0x61, count: 1_000)
    let texts = Texts(
      lengths: [UInt32](repeating: 1_000, count: 1_000), indices: [UInt32](repeating: 1, count: 1_000),
      content: long, heapCount: 1_032)
    #expect(try texts.refused().kind == .tooLarge)
  }

  // MARK: - Attributes

  private static func attributes(_ messages: [Message]) throws -> HDF5Attributes {
    var builder = HDF5Builder()
    let file = builder.file(root: builder.addHeader([Message(type: 2, body: [0, 0] + noLinks)] + messages))
    return try HDF5File(ByteView(copying: file)).root.attributes
  }

  private static let noLinks = HDF5Builder.undefined + HDF5Builder.undefined

  @Test func readsAttributes() throws {
    let names = Array("ab\0c\0\0".utf8)
    let attributes = try Self.attributes([
      .attribute("layer_names", .text(3), [2], names),
      .attribute("epsilon", .float, [], little(Float(0.5).bitPattern)),
    ])
    #expect(attributes.names == ["layer_names", "epsilon"])
    #expect(try attributes["layer_names"]?.strings() == ["ab", "c"])
    #expect(try attributes["epsilon"]?.floats() == FloatTensor(shape: [], elements: [0.5]))
    #expect(attributes["backend"] == nil)
    let list = try #require(attributes["layer_names"])
    #expect(try refusal { try list.string() }.subject == "layer_names")
    #expect(throws: InputError.self) { try list.floats() }
    #expect(throws: InputError.self) { try list.integers() }
  }

  @Test func refusesAttributesThatLie() throws {
    let good = Message.attribute("name", .text(3), [2], Array("abcdef".utf8))
    for (offset, byte) in [(0, 4), (2, 0), (2, 255), (4, 0), (4, 255), (6, 0), (6, 255)] {
      var lie = good
      lie.body[offset] = UInt8(byte)
      #expect(throws: InputError.self, "\(offset) \(byte)") { try Self.attributes([lie]) }
    }
    for count in [0, 7, 8, 20, 32, 39] {
      let cut = Message(type: 0x0c, body: Array(good.body.prefix(count)))
      #expect(throws: InputError.self) { try Self.attributes([cut]) }
    }
    #expect(throws: InputError.self) { try Self.attributes([good, good]) }
    let bomb = Message.attribute("name", .text(3), [1 << 33], [])
    #expect(throws: InputError.self) { try Self.attributes([bomb]) }
  }

  @Test func readsNullSpaces() throws {
    let type = Message.float.body
    func null(_ rank: UInt8, _ sides: [UInt8]) -> Message {
      let space = joined([2, rank, 0, 2], sides)
      let sizes = joined(little(UInt16(2)), little(UInt16(type.count)), little(UInt16(space.count)))
      return Message(type: 0x0c, body: joined([2, 0], sizes, [0x61, 0], type, space))
    }
    #expect(try Self.attributes([null(0, [])])["a"]?.floats() == FloatTensor(shape: [0], elements: []))
    // It held nothing and had the shape of something.
    let sides = little(UInt64(3))
    #expect(throws: InputError.self) { try Self.attributes([null(1, sides)]) }
  }

  @Test func refusesDenseAttributesWithoutHeap() throws {
    for address in [UInt64(0), 96, 1 << 50] {
      let info = Message(type: 0x15, body: [0, 0] + little(address) + little(address))
      #expect(throws: InputError.self) { try Self.attributes([info]) }
    }
    let none = Message(type: 0x15, body: [0, 0] + Self.noLinks)
    #expect(try Self.attributes([none]).names.isEmpty)
  }
}
