import Int8Kernels

/// The tensors of a safetensors file: eight bytes of header length, a JSON header, then the tensors' bytes.
///
/// Stricter than the format's own reader where that costs nothing: tensors must cover the data without overlap or hole.
/// Elements may stand on any byte offset.
public final class SafetensorsFile: Sendable {
  public enum ElementType: String, Hashable, Sendable, CaseIterable {
    case bool = "BOOL"
    case u8 = "U8"
    case i8 = "I8"
    case i16 = "I16"
    case u16 = "U16"
    case f16 = "F16"
    case bf16 = "BF16"
    case i32 = "I32"
    case u32 = "U32"
    case f32 = "F32"
    case i64 = "I64"
    case u64 = "U64"
    case f64 = "F64"

    public var byteCount: Int {
      switch self {
      case .bool, .u8, .i8: 1
      case .i16, .u16, .f16, .bf16: 2
      case .i32, .u32, .f32: 4
      case .i64, .u64, .f64: 8
      }
    }
  }

  public struct Entry: Hashable, Sendable {
    public let name: String
    public let type: ElementType
    public let shape: [Int]
    /// In the file.
    public let range: Range<Int>

    public var elementCount: Int { range.count / type.byteCount }
  }

  public static let headerLimit = 16 << 20
  public static let tensorLimit = 100_000

  public let metadata: [String: String]
  /// In the order of the data.
  public let entries: [Entry]
  /// Where the data begin.
  public let dataStart: Int
  private let file: FileBytes
  private let indices: [String: Int]

  /// - Throws: `InputError`, without the file's name, that says what in the header cannot be.
  public init(_ file: FileBytes) throws {
    self.file = file
    let header = try file.withUnsafeBytes { try Self.header($0) }
    guard case .object(let members) = header.json else {
      throw InputError(.malformed, "", "the safetensors header is no JSON object")
    }
    guard members.count <= Self.tensorLimit + 1 else {
      throw InputError(.tooLarge, "", "\(members.count) tensors; \(Self.tensorLimit) are the limit")
    }
    dataStart = header.end
    metadata = try Self.metadata(members["__metadata__"])
    let dataCount = file.count - header.end
    let entries = try members.filter { $0.key != "__metadata__" }.map { name, json in
      try Self.entry(name, json, dataStart: header.end, dataCount: dataCount)
    }
    self.entries = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound, $0.name) < (
        $1.range.lowerBound, $1.range.upperBound, $1.name
      )
    }
    var position = header.end
    for entry in self.entries {
      guard entry.range.lowerBound == position else {
        throw InputError(
          .malformed, entry.name,
          "its bytes overlap another tensor's, or a hole precedes them (offset \(entry.range.lowerBound - header.end))"
        )
      }
      position = entry.range.upperBound
    }
    guard position == file.count else {
      throw InputError(
        .malformed, "", "the tensors end at byte \(position - header.end) of \(dataCount)",
        remedy: "the file is damaged or was not downloaded whole")
    }
    indices = Dictionary(
      self.entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  public subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

  /// Calls `body` with the bytes of a tensor, little-endian, in row-major order; the pointer must not leave it.
  public func withUnsafeBytes<Result>(
    of entry: Entry, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try file.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[entry.range])) }
  }

  /// Calls `body` with all bytes after the header; the pointer must not leave it.
  public func withUnsafeData<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try file.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[dataStart...])) }
  }

  /// The elements of a tensor whose type has the width of `Element`.
  func elements<Element: BitwiseCopyable>(of entry: Entry, as type: Element.Type) -> [Element] {
    withUnsafeBytes(of: entry) { bytes in
      let count = bytes.count / MemoryLayout<Element>.size
      return [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
        initialized = count
      }
    }
  }

  /// The elements of an I8 tensor, where they stand: the file stays open as long as they are there.
  func weights(of entry: Entry) -> Int8Weights {
    withUnsafeBytes(of: entry) { Int8Weights($0, of: file) }
  }

  private static func header(_ bytes: UnsafeRawBufferPointer) throws -> (json: JSON, end: Int) {
    guard bytes.count >= 8 else {
      throw InputError(.truncated, "", "\(bytes.count) bytes are too few for a safetensors file")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(headerLimit) else {
      throw InputError(
        .malformed, "", "a safetensors header of \(length) bytes; \(headerLimit) are the limit")
    }
    let end = 8 + Int(length)
    guard end <= bytes.count else {
      throw InputError(
        .truncated, "", "the safetensors header has \(length) bytes, the file \(bytes.count)",
        remedy: "the file is damaged or was not downloaded whole")
    }
    return (try JSON.parse(bytes[8..<end]), end)
  }

  private static func metadata(_ json: JSON?) throws -> [String: String] {
    guard let json else { return [:] }
    guard let members = json.object else {
      throw InputError(.malformed, "__metadata__", "it is no JSON object")
    }
    return try members.mapValues {
      guard let text = $0.string else { throw InputError(.malformed, "__metadata__", "a value is no string") }
      return text
    }
  }

  private static func entry(_ name: String, _ json: JSON, dataStart: Int, dataCount: Int) throws -> Entry {
    func fault(_ reason: String) -> InputError { InputError(.malformed, name, reason) }
    guard let typeName = json["dtype"]?.string else { throw fault("the tensor has no type") }
    guard let type = ElementType(rawValue: typeName) else {
      throw InputError(.unsupported, name, "tensors of type \(typeName) are not read")
    }
    guard let sides = json["shape"]?.array, sides.count <= 8 else {
      throw fault("its shape is no list of up to 8 sides")
    }
    var shape: [Int] = []
    var byteCount = type.byteCount
    for side in sides {
      guard case .integer(let side) = side, side >= 0 else {
        throw fault("a side of its shape is no whole number")
      }
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: side)
      guard !overflow else { throw fault("its shape has more elements than can be counted") }
      byteCount = product
      shape.append(side)
    }
    guard let offsets = json["data_offsets"]?.array, offsets.count == 2,
      case .integer(let start) = offsets[0],
      case .integer(let end) = offsets[1], 0 <= start, start <= end, end <= dataCount
    else { throw fault("its bytes lie outside the file's \(dataCount) bytes of data") }
    guard end - start == byteCount else {
      throw fault("its shape needs \(byteCount) bytes, it has \(end - start)")
    }
    return Entry(name: name, type: type, shape: shape, range: dataStart + start..<dataStart + end)
  }
}
