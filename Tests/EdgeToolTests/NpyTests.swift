import EdgeTool
import Quant
import TestSupport
import Testing

@Suite struct NpyTests {
  /// Byte for byte what numpy 1.24 writes for `numpy.array(…, dtype)`, header padded to 64 bytes.
  static func numpyFile(
    _ descr: String, _ shape: String, order: String = "False", _ data: [UInt8], version: UInt8 = 1
  )
    -> [UInt8]
  {
    let text = "{'descr': \(descr), 'fortran_order': \(order), 'shape': \(shape), }"
    let start = version == 1 ? 10 : 12
    let padding = 63 - (text.utf8.count + start) % 64
    let length = text.utf8.count + padding + 1
    let lengthBytes: [UInt8] =
      [UInt8(length & 0xff), UInt8(length >> 8)] + [UInt8](repeating: 0, count: version == 1 ? 0 : 2)
    var file: [UInt8] = [0x93] + Array("NUMPY".utf8)
    file += [version, 0]
    file += lengthBytes
    file += Array(text.utf8)
    file += [UInt8](repeating: 0x20, count: padding)
    file.append(0x0a)
    return file + data
  }

  static let f4: [UInt8] = [0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0, 0x3f, 0, 0, 0, 0]

  @Test func writesWhatItReads() throws {
    let matrix = NpyMatrix(rows: 2, columns: 3, elements: [1, -2, 0.5, 0x1p-140, 1e38, 0])
    let bytes = matrix.fileContent
    #expect(bytes.count == 128 + 24)
    #expect(try NpyMatrix(parsing: bytes) == matrix)
  }

  @Test(arguments: [UInt8(1), 2, 3])
  func readsWhatNumpyWrites(version: UInt8) throws {
    let bytes = Self.numpyFile("'<f4'", "(2, 2)", Self.f4, version: version)
    #expect(bytes.count % 64 == 16)
    #expect(try NpyMatrix(parsing: bytes) == NpyMatrix(rows: 2, columns: 2, elements: [1, -2, 0.5, 0]))
  }

  @Test func readsHalfAndDouble() throws {
    // 1, −2, 2⁻²⁴ (the smallest), 65504 (the largest)
    let half = Self.numpyFile("'<f2'", "(1, 4)", [0, 0x3c, 0, 0xc0, 1, 0, 0xff, 0x7b])
    #expect(try NpyMatrix(parsing: half).elements == [1, -2, 0x1p-24, 65504])
    let double = Self.numpyFile("'<f8'", "(1, 2)", [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0])
    #expect(try NpyMatrix(parsing: double).elements == [1, -2])
  }

  @Test func readsAnEmptyMatrix() throws {
    #expect(try NpyMatrix(parsing: Self.numpyFile("'<f4'", "(0, 8)", [])).rows == 0)
  }

  @Test(arguments: [
    ("'|O'", "(2, 2)", "False", "little-endian floats"),
    ("'>f4'", "(2, 2)", "False", "little-endian floats"),
    ("'<i4'", "(2, 2)", "False", "little-endian floats"),
    ("[('a', '<f4')]", "(4,)", "False", "structured"),
    ("'<f4'", "(2, 2)", "True", "Fortran order"),
    ("'<f4'", "(4,)", "False", "1 dimensions"),
    ("'<f4'", "(9223372036854775807, 2)", "False", "limits"),
    ("'<f4'", "(4294967296, 4294967296)", "False", "limits"),
    ("'<f4'", "(99999999999999999999, 2)", "False", "over 2⁶³"),
    ("'<f4'", "(2, 3)", "False", "where 2 × 3 take 24"),
    ("'<f4'", "(1, 2)", "False", "follow the numbers"),
    ("'<f4'", "(-2, 2)", "False", "whole number"),
    ("__import__('os')", "(2, 2)", "False", "a string should stand"),
    ("'<f4'", "(1+1, 2)", "False", "should stand"),
    ("'<f4'", "(2, 2)", "exit()", "True or False"),
    ("'<f4'", "(2, 2)", "False, 'x': 1", "not known"),
    ("'<f4'", "(2, 2)", "False, 'descr': '<f4'", "repeated"),
    ("'<f4", "(2, 2)", "False", "should stand"),
  ])
  func refusesWhatItCannotRead(descr: String, shape: String, order: String, reason: String) throws {
    let bytes = Self.numpyFile(descr, shape, order: order, Self.f4)
    let error = try refusal { try NpyMatrix(parsing: bytes) }
    #expect(error.description.contains(reason), "\(error)")
  }

  @Test func refusesALyingHeaderLength() throws {
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8)
    bytes += [2, 0, 0xff, 0xff, 0xff, 0xff] as [UInt8]
    bytes += [UInt8](repeating: 0x20, count: 64)
    let error = try refusal { try NpyMatrix(parsing: bytes) }
    #expect(error.kind == .tooLarge)
  }

  @Test func refusesEveryTruncation() {
    let bytes = Self.numpyFile("'<f4'", "(2, 2)", Self.f4)
    for count in 0..<bytes.count {
      #expect(throws: InputError.self) { try NpyMatrix(parsing: Array(bytes.prefix(count))) }
    }
  }

  @Test(arguments: [([UInt8(0), 0, 0xc0, 0x7f], "a NaN"), ([0, 0, 0x80, 0x7f], "an infinity")])
  func namesRowsThatAreNotFinite(value: [UInt8], what: String) throws {
    let bytes = Self.numpyFile("'<f4'", "(2, 2)", Array(Self.f4.prefix(12)) + value)
    let error = try refusal { try NpyMatrix(parsing: bytes) }
    #expect(error.description.contains("row 1: it holds \(what)"))
  }
}
