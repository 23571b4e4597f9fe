import Calibrate
import Quant
import TestSupport
import Testing

private func open(_ bytes: [UInt8]) throws -> HDF5File { try HDF5File(ByteView(copying: bytes)) }

/// Small files that would become large.
@Suite struct HDF5AllowanceTests {
  /// 65 535 entries of a tree that lead to one node of 4 000 names are 262 million links.
  @Test func refusesLinksThatRepeat() throws {
    var builder = HDF5Builder()
    let data = builder.add([UInt8](repeating: 0x61, count: 7) + [0])
    let heap = builder.addLocalHeap(data: data, count: 8)
    var node = Array("SNOD".utf8) + [1, 0] + little(UInt16(4_000))
    for _ in 0..<4_000 { node += [UInt8](repeating: 0, count: 40) }
    let names = builder.add(node)
    let entries = [(key: [UInt8], child: Int)](repeating: (little(UInt64(0)), names), count: 65_535)
    let tree = builder.addTree(kind: 0, level: 0, entries: entries)
    let group = builder.addGroup(tree: tree, heap: heap)
    let file = builder.file(root: group)
    #expect(try refusal { try open(file).root }.kind == .tooLarge)
  }

  /// Two hundred data sets over the same bytes.
  @Test func refusesDataThatOverlap() throws {
    var builder = HDF5Builder()
    let data = builder.add([UInt8](repeating: 0, count: 400_000))
    let links = (0..<200).map { index in
      ("\(index)", builder.addHeader([.space([100_000]), .float, .contiguous(data, 400_000)]))
    }
    let root = builder.addGroup(links)
    let datasets = try open(builder.file(root: root)).datasets()
    #expect(try datasets[0].floats().elements.count == 100_000)
    #expect(try refusal { for dataset in datasets { _ = try dataset.floats() } }.kind == .tooLarge)
  }

  /// Four mebielements that the file does not store are the most, all data sets together.
  @Test func refusesDataThatAreOnlyDeclared() throws {
    var builder = HDF5Builder()
    let links = [UInt64(2 << 20), 2 << 20, 1].map { side in
      ("\(side)", builder.addHeader([.space([side]), .float, .contiguous(nil, 0)]))
    }
    let groups = links.map { builder.addGroup([$0]) }
    let root = builder.addGroup(groups.enumerated().map { ("\($0.offset)", $0.element) })
    let datasets = try open(builder.file(root: root)).datasets()
    #expect(try datasets[0].floats().elements.count == 2 << 20)
    #expect(try datasets[1].floats().elements.count == 2 << 20)
    #expect(try refusal { try datasets[2].floats() }.kind == .tooLarge)
  }
}
