/// Collects tensors and writes them as one safetensors file: equal tensors in equal order give equal bytes.
public struct SafetensorsWriter: Sendable {
  private struct Part: Sendable {
    let name: String
    let elementType: ElementType
    let shape: [Int]
    let bytes: [UInt8]
  }

  private var parts: [Part] = []
  public var metadata: [String: String] = [:]

  /// The data starts at a multiple of this, so that a mapped file's first tensor is aligned.
  private static let alignment = 64

  public init() {}

  /// Adds a tensor behind the others.
  ///
  /// - Precondition: `name` is new and not `__metadata__`; `elements` are as many as the product of `shape`.
  public mutating func add(_ name: String, shape: [Int], _ elements: [Float]) {
    add(name, .float32, shape, elements.map(\.bitPattern))
  }
  public mutating func add(_ name: String, shape: [Int], _ elements: [Int8]) {
    add(name, .int8, shape, elements)
  }
  public mutating func add(_ name: String, shape: [Int], _ elements: [UInt8]) {
    add(name, .uint8, shape, elements)
  }
  public mutating func add(_ name: String, shape: [Int], _ elements: [Int16]) {
    add(name, .int16, shape, elements)
  }
  public mutating func add(_ name: String, shape: [Int], _ elements: [Int32]) {
    add(name, .int32, shape, elements)
  }

  private mutating func add(
    _ name: String, _ elementType: ElementType, _ shape: [Int], _ elements: [some FixedWidthInteger]
  ) {
    precondition(TensorLimits.elementCount(of: shape) == elements.count)
    precondition(name != "__metadata__")
    let bytes = elements.map(\.littleEndian).withUnsafeBytes { Array($0) }
    parts.append(Part(name: name, elementType: elementType, shape: shape, bytes: bytes))
  }

  /// CRC-32C of the data: of all tensors' bytes in order.
  public var checksum: UInt32 {
    parts.reduce(0) { check, part in
      part.bytes.withUnsafeBytes { CRC32C.checksum($0, continuing: check) }
    }
  }

  // MARK: - Output

  /// The length and the header, padded with spaces.
  private var head: [UInt8] {
    var members: [String: JSON] = [:]
    var position = 0
    for part in parts {
      let range: JSON = [.integer(position), .integer(position + part.bytes.count)]
      let shape = JSON.array(part.shape.map(JSON.integer))
      let previous = members.updateValue(
        ["dtype": .string(part.elementType.rawValue), "shape": shape, "data_offsets": range],
        forKey: part.name)
      precondition(previous == nil, "two tensors of the name \(part.name)")
      position += part.bytes.count
    }
    if !metadata.isEmpty { members["__metadata__"] = .object(metadata.mapValues(JSON.string)) }
    var text = Array(JSON.object(members).text().utf8)
    let padding = (Self.alignment - (8 + text.count) % Self.alignment) % Self.alignment
    text += [UInt8](repeating: UInt8(ascii: " "), count: padding)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init) + text
  }

  /// The whole file.
  public func encoded() -> [UInt8] { parts.reduce(into: head) { $0 += $1.bytes } }

  /// Writes the file at `path` in one step: a reader sees the old file or the whole new one, also after a crash.
  ///
  /// - Throws: `InputError` (unreadable) when the folder cannot be written; nothing is left behind.
  public func write(to path: String) throws {
    try AtomicFile.write(path) { file in
      try file.append(head)
      for part in parts { try file.append(part.bytes) }
    }
  }
}
