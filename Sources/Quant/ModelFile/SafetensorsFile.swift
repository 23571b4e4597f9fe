/// A safetensors file: a JSON header that lists tensors, then their bytes without gaps.
///
/// Layout: a little-endian 64-bit length of the header, the header, the data. Source: the format's description in
/// the safetensors project's README. Tensors need not be aligned.
///
/// - Invariant: the byte ranges of `tensors` follow one another from 0 to the end of the data.
public struct SafetensorsFile: Sendable {
  public struct Tensor: Hashable, Sendable {
    public let name: String
    public let elementType: ElementType
    public let shape: [Int]
    /// Where the bytes stand in the data, which starts after the header.
    public let range: Range<Int>

    package var elementCount: Int { range.count / elementType.byteCount }
  }

  /// In the order of their bytes.
  public let tensors: [Tensor]
  public let metadata: [String: String]
  /// The bytes after the header.
  public let data: ByteView
  private let indices: [String: Int]

  package static let headerLimit = 16 << 20

  /// - Throws: `InputError` without a file's name: truncated, malformed, unsupported (an unknown type of numbers),
  ///   too large.
  public init(_ file: ByteView) throws {
    let header = try Self.header(of: file)
    guard let data = file.slice(at: 8 + header.count, count: file.count - 8 - header.count),
      var members = try header.withUnsafeBytes({ try JSON.parse($0) }).object
    else { throw InputError(.malformed, "", "the safetensors header is not an object") }
    metadata = try Self.metadata(members.removeValue(forKey: "__metadata__"))
    guard members.count <= TensorLimits.tensors else {
      throw InputError(
        .tooLarge, "", "\(members.count) tensors, more than the \(TensorLimits.tensors) that are read")
    }
    let tensors = try members.map { try Self.tensor($0.key, $0.value) }.sorted(by: Self.standsBefore)
    try Self.checkCoverage(tensors, byteCount: data.count)
    self.data = data
    self.tensors = tensors
    indices = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
  }

  public subscript(name: String) -> Tensor? { indices[name].map { tensors[$0] } }
}

// MARK: - Header

extension SafetensorsFile {
  private static func header(of file: ByteView) throws -> ByteView {
    guard let length = file.integer(UInt64.self, at: 0) else {
      throw InputError(.truncated, "", "\(file.count) bytes are too few for a safetensors file")
    }
    guard length <= UInt64(headerLimit) else {
      throw InputError(
        .tooLarge, "", "a safetensors header of \(length) bytes, more than the \(headerLimit) that are read")
    }
    guard let header = file.slice(at: 8, count: Int(length)) else {
      throw InputError(
        .truncated, "", "the safetensors header has \(length) bytes, the file only \(file.count)",
        remedy: "fetch or export the file again")
    }
    guard header.byte(at: 0) == UInt8(ascii: "{") else {
      throw InputError(.malformed, "", "the safetensors header does not start with a brace")
    }
    return header
  }

  private static func metadata(_ value: JSON?) throws -> [String: String] {
    guard let value else { return [:] }
    guard let members = value.object else {
      throw InputError(.malformed, "", "__metadata__ is not an object")
    }
    return try members.mapValues { member in
      guard let text = member.string else {
        throw InputError(.malformed, "", "__metadata__ holds something that is not a string")
      }
      return text
    }
  }

  private static func tensor(_ name: String, _ value: JSON) throws -> Tensor {
    guard let typeName = value["dtype"]?.string, let sides = value["shape"]?.array,
      let offsets = value["data_offsets"]?.array, offsets.count == 2,
      let begin = wholeNumber(offsets[0]), let end = wholeNumber(offsets[1]), value.object?.count == 3
    else { throw InputError(.malformed, name, "the header does not say type, shape and place of the tensor") }
    guard let elementType = ElementType(rawValue: typeName) else {
      throw InputError(
        .unsupported, name, "numbers of the type \(typeName) are not read",
        remedy: "export the weights as F32, F16 or BF16")
    }
    let shape = sides.compactMap(wholeNumber)
    guard shape.count == sides.count, let count = TensorLimits.elementCount(of: shape) else {
      throw InputError(.malformed, name, "the shape is negative, no whole number or over the limits")
    }
    // At most 2³⁴ · 8 bytes: no overflow.
    guard begin >= 0, begin <= end, end - begin == count * elementType.byteCount else {
      throw InputError(.malformed, name, "the shape \(shape) does not fit the bytes \(begin) to \(end)")
    }
    return Tensor(name: name, elementType: elementType, shape: shape, range: begin..<end)
  }

  /// Offsets and sides are written as integers; 1.0 is none.
  private static func wholeNumber(_ value: JSON) -> Int? {
    if case .integer(let number) = value { number } else { nil }
  }

  private static func standsBefore(_ a: Tensor, _ b: Tensor) -> Bool {
    (a.range.lowerBound, a.range.upperBound) == (b.range.lowerBound, b.range.upperBound)
      ? a.name < b.name : (a.range.lowerBound, a.range.upperBound) < (b.range.lowerBound, b.range.upperBound)
  }

  private static func checkCoverage(_ tensors: [Tensor], byteCount: Int) throws {
    var position = 0
    for tensor in tensors {
      guard tensor.range.lowerBound == position else {
        let fault = tensor.range.lowerBound < position ? "overlap those before" : "leave a gap before them"
        throw InputError(.malformed, tensor.name, "the tensor's bytes \(fault)")
      }
      position = tensor.range.upperBound
    }
    guard position <= byteCount else {
      throw InputError(
        .truncated, "", "the tensors take \(position) bytes, the file has only \(byteCount) for them",
        remedy: "fetch or export the file again")
    }
    guard position == byteCount else {
      throw InputError(.malformed, "", "\(byteCount - position) bytes after the last tensor")
    }
  }
}

// MARK: - Typed access

extension SafetensorsFile {
  /// The bytes of the tensor `name`.
  ///
  /// - Throws: `InputError` (mismatch) when there is no such tensor.
  public func bytes(of name: String) throws -> ByteView { try bytes(of: tensor(name)) }

  private func tensor(_ name: String) throws -> Tensor {
    guard let tensor = self[name] else { throw InputError(.mismatch, name, "the file has no such tensor") }
    return tensor
  }

  private func bytes(of tensor: Tensor) throws -> ByteView {
    guard let bytes = data.slice(at: tensor.range.lowerBound, count: tensor.range.count) else {
      throw InputError(.truncated, tensor.name, "the tensor's bytes end past the file")
    }
    return bytes
  }

  /// The elements of an F32, F16, BF16 or F64 tensor, in row-major order.
  public func floats(of name: String) throws -> [Float] {
    let tensor = try tensor(name)
    let values = try bytes(of: tensor).withUnsafeBytes {
      tensor.elementType.floats($0, count: tensor.elementCount)
    }
    guard let values else { throw mismatch(tensor, "floating-point numbers") }
    return values
  }

  public func int8s(of name: String) throws -> [Int8] { try integers(of: name, .int8) }
  public func uint8s(of name: String) throws -> [UInt8] { try integers(of: name, .uint8) }
  public func int16s(of name: String) throws -> [Int16] { try integers(of: name, .int16) }
  public func int32s(of name: String) throws -> [Int32] { try integers(of: name, .int32) }

  private func integers<Integer: FixedWidthInteger>(
    of name: String, _ elementType: ElementType
  ) throws -> [Integer] {
    let tensor = try tensor(name)
    guard tensor.elementType == elementType else { throw mismatch(tensor, elementType.rawValue) }
    return try bytes(of: tensor).withUnsafeBytes { bytes in
      let size = MemoryLayout<Integer>.size
      return (0..<tensor.elementCount).map {
        Integer(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * size, as: Integer.self))
      }
    }
  }

  private func mismatch(_ tensor: Tensor, _ wanted: String) -> InputError {
    InputError(.mismatch, tensor.name, "holds \(tensor.elementType.rawValue), not \(wanted)")
  }
}
