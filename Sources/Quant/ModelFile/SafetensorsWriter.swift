import Int8Kernels

/// Builds the bytes of a safetensors file: the same tensors and metadata give the same bytes.
struct SafetensorsWriter {
  private struct Tensor {
    let name: String
    let type: SafetensorsFile.ElementType
    let shape: [Int]
    let start: Int
    let end: Int
  }

  private var tensors: [Tensor] = []
  private(set) var data: [UInt8] = []

  /// Appends a tensor; elements are written little-endian.
  mutating func append<Element: FixedWidthInteger & BitwiseCopyable>(
    _ name: String, _ type: SafetensorsFile.ElementType, shape: [Int], _ elements: [Element]
  ) {
    let start = data.count
    elements.map(\.littleEndian).withUnsafeBytes { data.append(contentsOf: $0) }
    tensors.append(Tensor(name: name, type: type, shape: shape, start: start, end: data.count))
  }

  mutating func append(_ name: String, shape: [Int], _ elements: [Float]) {
    append(name, .f32, shape: shape, elements.map(\.bitPattern))
  }

  /// The whole file; its data begin at a multiple of 64 bytes.
  func file(metadata: [String: String]) -> [UInt8] {
    var members: [String: JSON] = ["__metadata__": .object(metadata.mapValues(JSON.string))]
    for tensor in tensors {
      members[tensor.name] = [
        "dtype": .string(tensor.type.rawValue), "shape": .array(tensor.shape.map(JSON.integer)),
        "data_offsets": .array([.integer(tensor.start), .integer(tensor.end)]),
      ]
    }
    var header = Array(JSON.object(members).text().utf8)
    header.append(
      contentsOf: repeatElement(
        0x20, count: (header.count + 8).roundedUp(toMultipleOf: 64) - header.count - 8))
    var file = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Array($0) }
    file.append(contentsOf: header)
    file.append(contentsOf: data)
    return file
  }
}
