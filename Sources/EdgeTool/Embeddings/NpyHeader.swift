import Quant

/// What stands before the numbers of a `.npy` file.
struct NpyHeader {
  enum ElementType: String {
    case half = "<f2"
    case single = "<f4"
    case double = "<f8"

    var byteCount: Int {
      switch self {
      case .half: 2
      case .single: 4
      case .double: 8
      }
    }

    /// - Precondition: `bytes` holds `count` elements.
    func floats(in bytes: UnsafeRawBufferPointer, count: Int) -> [Float] {
      (0..<count).map { index in
        let offset = index * byteCount
        switch self {
        case .half:
          return Self.float(
            half: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)))
        case .single:
          return Float(
            bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        case .double:
          return Float(
            Double(
              bitPattern: UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))))
        }
      }
    }

    /// IEEE binary16, which Swift's `Float16` is not on every platform.
    private static func float(half bits: UInt16) -> Float {
      let sign: Float = bits & 0x8000 == 0 ? 1 : -1
      let exponent = Int(bits >> 10 & 31)
      let fraction = Float(bits & 0x3ff)
      switch exponent {
      case 0: return sign * fraction * 0x1p-24
      case 31: return fraction == 0 ? sign * .infinity : .nan
      default:
        return sign * (1 + fraction * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
      }
    }
  }

  let element: ElementType
  let shape: [Int]
  /// Where the numbers begin.
  let byteCount: Int

  /// numpy refuses longer headers as well.
  private static let textLimit = 10_000

  init(parsing bytes: [UInt8]) throws {
    guard bytes.starts(with: NpyMatrix.magic) else {
      throw InputError(
        .malformed, "", "this is not a .npy file", remedy: "numpy.save and edge embed write them")
    }
    guard bytes.count >= 12 else { throw InputError(.truncated, "", "the file ends in its header") }
    guard (1...3).contains(bytes[6]) else {
      throw InputError(.unsupported, "", ".npy version \(bytes[6]).\(bytes[7]) is not known")
    }
    let start = bytes[6] == 1 ? 10 : 12
    let length = (8..<start).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
    guard length <= Self.textLimit else {
      throw InputError(.tooLarge, "", "its header claims \(length) bytes; \(Self.textLimit) are the limit")
    }
    guard bytes.count - start >= length else {
      throw InputError(.truncated, "", "the file ends in its header")
    }
    byteCount = start + length
    var parser = NpyDictionaryParser(text: Array(bytes[start..<start + length]))
    let dictionary = try parser.parse()
    guard !dictionary.fortranOrder || dictionary.shape.count < 2 else {
      throw InputError(
        .unsupported, "", "the array is in Fortran order", remedy: "save numpy.ascontiguousarray(array)")
    }
    guard let element = ElementType(rawValue: dictionary.descr) else {
      throw InputError(
        .unsupported, "", "its elements are '\(dictionary.descr)', not little-endian floats",
        remedy: "save array.astype('<f4')")
    }
    self.element = element
    shape = dictionary.shape
  }
}

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }` and nothing else.
private struct NpyDictionaryParser {
  let text: [UInt8]
  var position = 0

  struct Result {
    var descr = ""
    var fortranOrder = false
    var shape: [Int] = []
  }

  init(text: [UInt8]) { self.text = text }

  mutating func parse() throws -> Result {
    var result = Result()
    var keys: Set<String> = []
    try expect("{")
    while !skip("}") {
      let key = try parseString()
      guard keys.insert(key).inserted else { throw fault("the key '\(key)' is repeated") }
      try expect(":")
      switch key {
      case "descr": result.descr = try parseDescription()
      case "fortran_order": result.fortranOrder = try parseBool()
      case "shape": result.shape = try parseShape()
      default: throw fault("the key '\(key)' is not known")
      }
      if !skip(",") {
        try expect("}")
        break
      }
    }
    skipSpace()
    guard position == text.count else { throw fault("text follows the dictionary") }
    guard keys.count == 3 else { throw fault("descr, fortran_order or shape is missing") }
    return result
  }

  private func fault(_ reason: String) -> InputError { InputError(.malformed, "", ".npy header: \(reason)") }

  private mutating func skipSpace() {
    while position < text.count, text[position] == 0x20 || text[position] == 0x0a { position += 1 }
  }

  private mutating func skip(_ word: StaticString) -> Bool {
    skipSpace()
    let count = word.utf8CodeUnitCount
    guard text.count - position >= count,
      (0..<count).allSatisfy({ text[position + $0] == word.utf8Start[$0] })
    else { return false }
    position += count
    return true
  }

  private mutating func expect(_ word: StaticString) throws {
    guard skip(word) else { throw fault("\(word) should stand at byte \(position)") }
  }

  /// Structured arrays have a list for `descr`.
  private mutating func parseDescription() throws -> String {
    guard !skip("[") else {
      throw InputError(.unsupported, "", "the array is structured", remedy: "save a plain array of floats")
    }
    return try parseString()
  }

  private mutating func parseString() throws -> String {
    skipSpace()
    guard position < text.count, text[position] == UInt8(ascii: "'") || text[position] == UInt8(ascii: "\"")
    else {
      throw fault("a string should stand at byte \(position)")
    }
    let quote = text[position]
    let start = position + 1
    guard let end = text[start...].firstIndex(of: quote), !text[start..<end].contains(UInt8(ascii: "\\"))
    else {
      throw fault("the string at byte \(position) does not end, or has an escape")
    }
    position = end + 1
    return String(decoding: text[start..<end], as: UTF8.self)
  }

  private mutating func parseBool() throws -> Bool {
    if skip("True") { return true }
    if skip("False") { return false }
    throw fault("True or False should stand at byte \(position)")
  }

  private mutating func parseShape() throws -> [Int] {
    try expect("(")
    var shape: [Int] = []
    while !skip(")") {
      guard shape.count < 8 else { throw fault("the array has more than 8 dimensions") }
      shape.append(try parseCount())
      if !skip(",") {
        try expect(")")
        break
      }
    }
    return shape
  }

  private mutating func parseCount() throws -> Int {
    skipSpace()
    let start = position
    while position < text.count, (0x30...0x39).contains(text[position]) { position += 1 }
    guard position > start else { throw fault("a whole number should stand at byte \(start)") }
    guard let value = Int(String(decoding: text[start..<position], as: UTF8.self)) else {
      throw InputError(.tooLarge, "", ".npy header: a side of the array is over 2⁶³")
    }
    return value
  }
}
