import Calibrate
import Quant
import TestSupport
import Testing

private typealias Message = HDF5Builder.Message

/// The only data set of a file.
private func dataset(_ bytes: [UInt8]) throws -> HDF5Dataset {
  try #require(try HDF5File(ByteView(copying: bytes)).datasets().first)
}

private func refusedFloats(_ messages: [Message]) throws -> InputError {
  var builder = HDF5Builder()
  let file = builder.file(dataset: messages)
  return try refusal { try dataset(file).floats() }
}

/// A chunk as a test stores it.
private struct Chunk {
  var origin: [UInt64]
  var bytes: [UInt8]
  var mask: UInt32 = 0
  var count: UInt32?
  var address: Int?
}

/// A data set of 4-byte numbers in chunks.
private func chunked(
  _ shape: [UInt64], _ sides: [UInt32], _ chunks: [Chunk], filters: [UInt16] = []
) -> [UInt8] {
  var builder = HDF5Builder()
  let entries = chunks.map { chunk in
    let address = chunk.address ?? builder.add(chunk.bytes)
    let origin = chunk.origin.flatMap { little($0) } + little(UInt64(0))
    return (
      key: little(chunk.count ?? UInt32(chunk.bytes.count)) + little(chunk.mask) + origin, child: address
    )
  }
  let root = builder.addTree(kind: 1, level: 0, entries: entries)
  let pipeline = filters.isEmpty ? [] : [Message.filters(filters)]
  return builder.file(dataset: [.space(shape), .float, .chunked(root, sides)] + pipeline)
}

private func floats(_ values: Float...) -> [UInt8] { values.flatMap { little($0.bitPattern) } }

private func refused(_ file: [UInt8]) throws -> InputError { try refusal { try dataset(file).floats() } }

/// Data sets that lie.
@Suite struct HDF5DataTests {
  @Test func refusesSizesThatAreNotStored() throws {
    let million: UInt64 = 1_000_000
    #expect(try refusedFloats([.space([million, million]), .float, .contiguous(nil, 0)]).kind == .tooLarge)
    #expect(try refusedFloats([.space([1000, million]), .float, .contiguous(nil, 0)]).kind == .tooLarge)
    #expect(try refusedFloats([.space([1000, million]), .float, .chunked(nil, [1, 1])]).kind == .tooLarge)
    let all = 4_000 * Int(million)
    #expect(try refusedFloats([.space([1000, million]), .float, .contiguous(96, all)]).kind == .truncated)
    #expect(try refusedFloats([.space([1000, million]), .float, .contiguous(96, 8)]).kind == .malformed)
    #expect(try refusedFloats([.space([.max, 2]), .float, .contiguous(nil, 0)]).kind == .malformed)
    #expect(try refusedFloats([.space([1 << 62, 4]), .float, .contiguous(nil, 0)]).kind == .tooLarge)
    let nine = [UInt64](repeating: 1, count: 9)
    #expect(try refusedFloats([.space(nine), .float, .contiguous(nil, 0)]).kind == .tooLarge)
    #expect(try refused(chunked([1000, million], [1, 1], [])).kind == .tooLarge)
  }

  @Test func readsWhatWasDeclaredAndNeverWritten() throws {
    var builder = HDF5Builder()
    let fill = Message(type: 5, body: [2, 2, 0, 1] + little(UInt32(4)) + floats(1.5))
    let file = builder.file(dataset: [.space([2, 3]), .float, fill, .contiguous(nil, 0)])
    #expect(try dataset(file).floats().elements == [Float](repeating: 1.5, count: 6))
    let wrong = Message(type: 5, body: [2, 2, 0, 1] + little(UInt32(8)) + floats(1, 1))
    #expect(try refusedFloats([.space([2]), .float, wrong, .contiguous(nil, 0)]).kind == .malformed)
    let cut = Message(type: 5, body: [2, 2, 0, 1] + little(UInt32(400)) + floats(1))
    #expect(try refusedFloats([.space([2]), .float, cut, .contiguous(nil, 0)]).kind == .truncated)
  }

  @Test func refusesTypesThatAreNone() throws {
    func kind(_ body: [UInt8]) throws -> InputError.Kind {
      try refusedFloats([.space([1]), Message(type: 3, body: body), .contiguous(nil, 0)]).kind
    }
    #expect(try kind([0x10, 0, 0, 0] + little(UInt32(0)) + [0, 0, 0, 0]) == .malformed)
    #expect(try kind([0x10, 0, 0, 0] + little(UInt32(4)) + [0, 0, 24, 0]) == .unsupported)
    #expect(try kind([0x10, 0, 0, 0] + little(UInt32(3)) + [0, 0, 24, 0]) == .unsupported)
    #expect(try kind([0x11, 0x60, 31, 0] + Array(HDF5Builder.Message.float.body[4...])) == .unsupported)
    #expect(
      try kind(joined([0x18, 2, 0, 0], little(UInt32(1)), [0x10, 0, 0, 0], little(UInt32(8)))) == .malformed)
    #expect(try kind([0x1f, 0, 0, 0] + little(UInt32(1))) == .unsupported)
    #expect(try kind([0x61, 0, 0, 0] + little(UInt32(4))) == .unsupported)
    #expect(try kind([0x11, 0x20, 31, 0] + little(UInt32(4))) == .truncated)
    #expect(try kind([0x13, 0, 0, 0] + little(UInt32(4))) == .malformed)
  }

  // MARK: - Chunks

  @Test func putsChunksTogether() throws {
    let chunks = [
      Chunk(origin: [0], bytes: floats(1, 2)), Chunk(origin: [2], bytes: floats(3, 9)),
    ]
    #expect(try dataset(chunked([3], [2], chunks)).floats().elements == [1, 2, 3])
    #expect(try dataset(chunked([5], [2], Array(chunks[..<1]))).floats().elements == [1, 2, 0, 0, 0])
  }

  @Test func refusesChunksThatAreNone() throws {
    let one = Chunk(origin: [0], bytes: floats(1, 2))
    #expect(try refused(chunked([3], [0], [one])).kind == .malformed)
    #expect(try refused(chunked([3, 3], [2], [one])).kind == .malformed)
    #expect(try refused(chunked([3], [2, 2], [one])).kind == .malformed)
    #expect(try refused(chunked([], [], [Chunk(origin: [], bytes: floats(1))])).kind == .malformed)
    #expect(try refused(chunked([3], [.max, .max], [one])).kind == .malformed)
    #expect(try refused(chunked([3], [.max], [one])).kind == .tooLarge)
    #expect(try refused(chunked([3], [1 << 29], [one])).kind == .malformed)
  }

  @Test func refusesChunksInWrongPlaces() throws {
    let one = Chunk(origin: [0], bytes: floats(1, 2))
    for origin in [UInt64(1), 4, 1 << 40, .max] {
      #expect(throws: InputError.self) {
        try dataset(chunked([3], [2], [one, Chunk(origin: [origin], bytes: floats(3, 4))])).floats()
      }
    }
    // Twice at one place; at one address; cut off; past the end.
    let wrong: [Chunk] = [
      one, Chunk(origin: [2], bytes: floats(1, 2), address: 96),
      Chunk(origin: [2], bytes: floats(1)), Chunk(origin: [2], bytes: floats(1, 2), count: 12),
      Chunk(origin: [2], bytes: floats(1, 2), address: 1 << 50),
    ]
    for chunk in wrong {
      #expect(throws: InputError.self) { try dataset(chunked([4], [2], [one, chunk])).floats() }
    }
  }

  // MARK: - Filters

  /// A zlib stream of one stored block.
  private static func zlib(_ bytes: [UInt8], check: UInt32) -> [UInt8] {
    let count = UInt16(bytes.count)
    return joined(
      [0x78, 0x01, 1], little(count), little(~count), bytes, little(check.byteSwapped))
  }

  private static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      low = (low + UInt32(byte)) % 65_521
      high = (high + low) % 65_521
    }
    return high << 16 | low
  }

  @Test func refusesStreamsThatAreNone() throws {
    let bytes = floats(1, 2)
    let good = Self.zlib(bytes, check: Self.adler32(bytes))
    func file(_ stream: [UInt8]) -> [UInt8] {
      chunked([2], [2], [Chunk(origin: [0], bytes: stream)], filters: [1])
    }
    #expect(try dataset(file(good)).floats().elements == [1, 2])
    var streams = [Self.zlib(bytes, check: 1), [], [0x78], Array(good.dropLast()), good + [0]]
    // Another method, a preset dictionary, a header that does not divide by 31.
    streams += [[0x79, 0x01], [0x78, 0x20], [0x78, 0x02]].map { $0 + good[2...] }
    // Fewer and more bytes than a chunk has.
    for other in [floats(1), floats(1, 2, 3)] { streams.append(Self.zlib(other, check: Self.adler32(other))) }
    for stream in streams {
      #expect(throws: InputError.self) { try dataset(file(stream)).floats() }
    }
  }

  /// A chunk of 2 GiB cannot come out of a hundred bytes: it is refused before it is allocated.
  @Test func refusesExpansionBeyondDeflate() throws {
    let stream = [UInt8](repeating: 0, count: 100)
    let file = chunked([2], [1 << 29], [Chunk(origin: [0], bytes: stream)], filters: [1])
    #expect(try refused(file).reason.contains("stored in 100"))
  }

  @Test func refusesUnknownFiltersByName() throws {
    let names: [(UInt16, String)] = [(4, "szip"), (5, "nbit"), (32_000, "lzf"), (999, "filter 999")]
    for (identifier, name) in names {
      let chunk = Chunk(origin: [0], bytes: floats(1, 2))
      let file = chunked([2], [2], [chunk], filters: [identifier])
      #expect(try refused(file).reason.contains(name))
      // Left out for this chunk, it does no harm.
      let left = Chunk(origin: [0], bytes: floats(1, 2), mask: 1)
      #expect(try dataset(chunked([2], [2], [left], filters: [identifier])).floats().elements == [1, 2])
    }
    let many = [UInt16](repeating: 2, count: 33)
    let chunk = Chunk(origin: [0], bytes: floats(1, 2))
    #expect(throws: InputError.self) { try dataset(chunked([2], [2], [chunk], filters: many)).floats() }
    #expect(try refused(chunked([2], [2], [chunk], filters: [1, 1])).kind == .unsupported)
  }

  @Test func refusesWrongChecksumsOfChunks() throws {
    let chunk = Chunk(origin: [0], bytes: floats(1, 2) + little(UInt32(7)))
    #expect(try refused(chunked([2], [2], [chunk], filters: [3])).reason.contains("checksum"))
    let short = Chunk(origin: [0], bytes: floats(1))
    #expect(throws: InputError.self) { try dataset(chunked([2], [2], [short], filters: [3])).floats() }
  }
}
