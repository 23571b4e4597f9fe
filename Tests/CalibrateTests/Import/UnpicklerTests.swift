import Calibrate
import Quant
import TestSupport
import Testing

private func load(_ bytes: [UInt8]) throws -> (PickleValue, PickleHeap) {
  var unpickler = Unpickler(try ByteView(copying: bytes))
  let value = try unpickler.load()
  return (value, unpickler.heap)
}

private func refused(_ assembler: PickleAssembler) -> InputError? {
  do {
    _ = try load(assembler.stopped)
    return nil
  } catch { return error as? InputError }
}

@Suite struct UnpicklerTests {
  @Test func neverCallsWhatAStreamNames() throws {
    for module in ["os", "posix", "builtins", "__builtin__"] {
      let stream = PickleAssembler().global(module, "system").raw("(").string("touch /tmp/x").raw("tR")
      let (value, heap) = try load(stream.stopped)
      let object = try #require(heap.object(value))
      #expect(object.global.hasSuffix(".system"))
    }
  }

  @Test func readsNumbersOfEveryProtocol() throws {
    func expect(_ bytes: [UInt8], _ value: PickleValue) throws { #expect(try load(bytes).0 == value) }
    func expect(_ text: String, _ value: PickleValue) throws { try expect(Array(text.utf8), value) }
    try expect("I-12\n.", .integer(-12))
    try expect("I01\n.", .bool(true))
    try expect("L5L\n.", .integer(5))
    try expect("L99999999999999999999L\n.", .largeInteger)
    try expect("F1.5\n.", .float(1.5))
    try expect("V\\u00e9\n.", .string("é"))
    try expect("S'ab'\n.", .string("ab"))
    try expect([0x8a, 0, 0x2e], .integer(0))
    try expect([0x8a, 1, 0xff, 0x2e], .integer(-1))
    try expect([0x8a, 2, 0xff, 0, 0x2e], .integer(255))
    try expect([0x8a, 255] + [UInt8](repeating: 1, count: 255) + [0x2e], .largeInteger)
    try expect([0x4a, 0, 0, 0, 0x80, 0x2e], .integer(-1 << 31))
    try expect([0x47, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0x2e], .float(1.5))
  }

  private static func stream(
    _ name: String, _ operations: (PickleAssembler) -> PickleAssembler
  ) -> NamedBytes { NamedBytes(name, operations(PickleAssembler()).stopped) }

  private static func onTensor(_ name: String, _ operations: String) -> NamedBytes {
    stream(name) { $0.tensor(count: 4, shape: [4], strides: [1]).raw(operations) }
  }

  private static let hostile: [NamedBytes] = [
    stream("absent memo") { $0.raw("h").raw([7]) },
    stream("absent memo by line") { $0.raw("g123\n") },
    stream("memo index of −1") { $0.raw("Np-1\n") },
    stream("memo index of 2³² − 1") { $0.raw("Nr").raw([255, 255, 255, 255]) },
    onTensor("item on a tensor", "NNs"),
    onTensor("items on a tensor", "(NNu"),
    onTensor("append to a tensor", "Na"),
    onTensor("state of a tensor", "}b"),
    stream("item on a string") { $0.string("a").raw("NNs") },
    stream("append to a number") { $0.integer(1).raw("Na") },
    stream("odd items") { $0.raw("}(Nu") },
    stream("a call of a number") { $0.integer(1).raw(")R") },
    stream("a call without a tuple") { $0.global("os", "system").raw("NR") },
    stream("string cut") { $0.raw("X").raw([9, 0, 0, 0]).raw("abc") },
    stream("string of 2⁶⁴ − 1") { $0.raw([0x8d] + [UInt8](repeating: 255, count: 8)) },
    stream("string of 2⁶³ − 1") { $0.raw([0x8d] + [UInt8](repeating: 255, count: 7) + [0x7f]) },
    stream("LONG4 of −1") { $0.raw([0x8b, 255, 255, 255, 255]) },
    stream("frame past the end") { $0.raw([0x95] + [UInt8](repeating: 0x7f, count: 8)) },
    stream("persistent string") { $0.string("storage").raw("Q") },
    stream("persistent arity") { $0.raw("(").string("storage").raw("NNtQ") },
    stream("persistent line") { $0.raw("Pstorage\n") },
    stream("extension") { $0.raw([0x82, 1]) },
    stream("out of band") { $0.raw([0x97]) },
    stream("global of numbers") { $0.integer(1).integer(2).raw([0x93]) },
    stream("unknown operation") { $0.raw([0xff]) },
    stream("protocol 6") { $0.raw([0x80, 6]) },
    stream("10⁶ marks") { $0.raw([UInt8](repeating: 0x28, count: 1_000_000)) },
    stream("2 · 10⁶ values") { $0.raw([UInt8](repeating: 0x4e, count: 2_000_000)) },
    stream("POP under a mark") { $0.raw("N(00") },
    stream("tuple through a mark") { $0.raw("N(").raw([0x85]) },
    stream("nothing") { $0 },
  ]

  @Test(arguments: hostile)
  func refusesHostileStreams(stream: NamedBytes) {
    let time = ContinuousClock().measure {
      #expect(throws: InputError.self) { try load(stream.bytes) }
    }
    #expect(time < .milliseconds(500))
  }

  private struct Reach: Sendable {
    let count: Int
    let offset: Int
    let shape: [Int]
    let strides: [Int]

    init(_ count: Int, _ offset: Int, _ shape: [Int], _ strides: [Int]) {
      (self.count, self.offset, self.shape, self.strides) = (count, offset, shape, strides)
    }

    var stream: PickleAssembler {
      PickleAssembler().tensor(count: count, offset: offset, shape: shape, strides: strides)
    }
  }

  private static let reaches: [Reach] = [
    Reach(4, 0, [5], [1]), Reach(4, 1, [4], [1]), Reach(4, 0, [2, 2], [3, 1]), Reach(4, Int.max, [1], [1]),
    Reach(4, 0, [2], [Int.max]),
    Reach(4, Int.max, [2], [Int.max]), Reach(4, -1, [1], [1]), Reach(4, 0, [-1], [1]), Reach(4, 0, [2], [-1]),
    Reach(4, 0, [2, 2], [1]),
    Reach(4, 0, [Int.max, 2], [0, 0]), Reach(4, 0, [1 << 42 + 1], [1]),
    Reach(4, 0, [1, 1, 1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1, 1]),
    Reach(-1, 0, [1], [1]), Reach(Int.max, 0, [1], [1]),
  ]

  @Test func refusesTensorsOutsideTheirStorage() {
    for reach in Self.reaches { #expect(refused(reach.stream) != nil, "\(reach)") }
  }

  @Test func acceptsTensorsThatJustFit() throws {
    for reach in [
      Reach(4, 0, [4], [1]), Reach(4, 1, [3], [1]), Reach(4, 0, [2, 2], [1, 2]), Reach(4, 3, [], []),
      Reach(4, 0, [0, 9], [9, 1]),
    ] { #expect(refused(reach.stream) == nil, "\(reach)") }
  }

  /// A stack that is too low is an error in every operation.
  @Test func survivesRandomProgramsOfEveryOpcode() throws {
    var generator = SeededGenerator(seed: 7)
    let prefixes: [[UInt8]] = [
      [], Array("N".utf8), Array("(".utf8), Array("}".utf8), Array("]".utf8), Array(")".utf8),
      Array("(N".utf8),
      Array("}NN".utf8), Array("cos\nsystem\n)".utf8), Array("NNN".utf8),
      PickleAssembler().tensor(count: 4, shape: [4], strides: [1]).bytes,
    ]
    for opcode in UInt8.min...UInt8.max {
      for prefix in prefixes {
        for length in 0..<12 {
          let tail = (0..<length).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
          _ = try? load(prefix + [opcode] + tail + [0x0a, 0x2e])
        }
      }
    }
  }

  /// Nested and cyclic values are places in arrays: freeing them cannot overflow the stack.
  @Test func holdsDeepAndCyclicValues() throws {
    let deep = PickleAssembler().raw("N").raw([UInt8](repeating: 0x85, count: 1_000_000))
    #expect(refused(deep) == nil)
    let cyclic = PickleAssembler().raw("]q").raw([0]).raw("h").raw([0]).raw("a")
    #expect(refused(cyclic) == nil)
  }
}
