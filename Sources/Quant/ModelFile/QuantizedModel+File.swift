import Int8Kernels

extension QuantizedModel {
  public static let formatVersion = 1

  /// The model file's bytes (Docs/file-format.md): the same model gives the same bytes.
  public func fileBytes() -> [UInt8] {
    var writer = SafetensorsWriter()
    for value in graph.shapes.indices {
      if value > 0 { append(graph.nodes[value - 1], to: &writer) }
      guard let quantization = quantization[value] else { continue }
      let name = graph.name(of: value)
      writer.append(ModelTensorName.scale(name), shape: [quantization.channels], quantization.scales)
      writer.append(
        ModelTensorName.zeroPoint(name), .i8, shape: [quantization.channels], quantization.zeroPoints)
    }
    var checksum = CRC32C()
    writer.data.withUnsafeBytes { checksum.update($0) }
    return writer.file(metadata: [
      "format": "edge", "format_version": String(Self.formatVersion), "crc32c": checksum.value.hexadecimal,
      "graph": graph.json.text(), "recipe": recipe.json.text(), "provenance": provenance.json.text(),
    ])
  }

  /// Writes the model file whole, or nothing.
  ///
  /// - Throws: `InputError` naming the file when its folder is missing, not writable or full; nothing is left behind.
  public func write(to path: String) throws { _ = try write(to: FilePath(path)) }

  /// The same; returns the file's size in bytes.
  package func write(to path: FilePath) throws -> Int {
    let bytes = fileBytes()
    let file = try OutputFile(path)
    try file.write(bytes)
    try file.commit()
    return bytes.count
  }

  private func append(_ node: Int8Graph.Node, to writer: inout SafetensorsWriter) {
    switch (node.operation, node.parameters) {
    case (.convolution(let attributes), .convolution(let numbers)):
      let outputs = attributes.outputChannels
      writer.append(
        ModelTensorName.weight(node.name), .i8,
        shape: [
          outputs, attributes.kernel.height, attributes.kernel.width, attributes.inputChannelsPerGroup,
        ],
        Array(numbers.weights))
      writer.append(ModelTensorName.weightScale(node.name), shape: [outputs], numbers.weightScales)
      writer.append(ModelTensorName.bias(node.name), .i32, shape: [outputs], numbers.bias)
      if let slopes = numbers.negativeSlopes {
        writer.append(ModelTensorName.slope(node.name), shape: [outputs], slopes)
      }
      if let activation = numbers.activation {
        writer.append(ModelTensorName.shift(node.name), .u8, shape: [outputs], activation.shifts)
        writer.append(ModelTensorName.gain(node.name), .i16, shape: [outputs], activation.gains)
        writer.append(
          ModelTensorName.table(node.name), .i16, shape: [3, 16],
          activation.table.a0 + activation.table.a1 + activation.table.a2)
      }
    case (.dense(let attributes), .dense(let numbers)):
      writer.append(
        ModelTensorName.weight(node.name), .i8, shape: [attributes.outputs, attributes.inputs],
        Array(numbers.weights))
      writer.append(ModelTensorName.weightScale(node.name), shape: [attributes.outputs], numbers.weightScales)
      writer.append(ModelTensorName.bias(node.name), shape: [attributes.outputs], numbers.bias)
      if let slopes = numbers.negativeSlopes {
        writer.append(ModelTensorName.slope(node.name), shape: [attributes.outputs], slopes)
      }
    case (_, .affine(let numbers)):
      writer.append(ModelTensorName.factor(node.name), shape: [numbers.factor.count], numbers.factor)
      writer.append(ModelTensorName.offset(node.name), shape: [numbers.offset.count], numbers.offset)
    case (_, .slopes(let slopes)):
      writer.append(ModelTensorName.slope(node.name), shape: [slopes.count], slopes)
    default: break
    }
  }

  /// Reads a model file.
  ///
  /// - Throws: `InputError` naming the file and what in it cannot be.
  public init(path: String) throws {
    let file = try FileBytes(path: path)
    do {
      try self.init(file)
    } catch let error as InputError {
      throw error.inFile(path)
    }
  }

  /// Whether the file's first bytes look like a safetensors file that says it is a model of this package.
  public static func isModel(_ file: FileBytes) -> Bool {
    guard let tensors = try? SafetensorsFile(file) else { return false }
    return tensors.isModel
  }

  public init(_ file: FileBytes) throws { try self.init(SafetensorsFile(file)) }

  /// - Throws: `InputError`, without the file's name, that says what in the model cannot be.
  package init(_ tensors: SafetensorsFile) throws {
    let metadata = tensors.metadata
    guard tensors.isModel else {
      throw InputError(
        .unsupported, "", "this safetensors file is no model of this tool",
        remedy: "edge quantize makes one from float weights")
    }
    guard metadata["format_version"] == String(Self.formatVersion) else {
      throw InputError(
        .unsupported, "",
        "the model file has version \(metadata["format_version"] ?? "none"); this tool reads \(Self.formatVersion)",
        remedy: "use a newer tool, or quantize again")
    }
    var checksum = CRC32C()
    tensors.withUnsafeData { checksum.update($0) }
    guard metadata["crc32c"] == checksum.value.hexadecimal else {
      throw InputError(
        .malformed, "", "its checksum differs: the file was changed or damaged",
        remedy: "copy it again, or quantize again")
    }
    try self.init(ModelReader(tensors: tensors))
  }

  private init(_ reader: ModelReader) throws {
    let graph = try Int8Graph(json: reader.json("graph"), parameters: reader.parameters)
    let quantization = try graph.shapes.indices.map { value in
      graph.shapes[value].isMap ? try reader.quantization(of: graph.name(of: value)) : nil
    }
    try reader.checkAllWereRead()
    try self.init(
      graph: graph, quantization: quantization, recipe: Recipe(json: reader.json("recipe")),
      provenance: Provenance(json: reader.json("provenance")))
  }
}

extension SafetensorsFile {
  package var isModel: Bool { metadata["format"] == "edge" }
}

/// Reads the numbers of nodes from a file's tensors and remembers which were read.
private final class ModelReader {
  private let tensors: SafetensorsFile
  private var readNames: Set<String> = []

  init(tensors: SafetensorsFile) { self.tensors = tensors }

  func json(_ key: String) throws -> JSON {
    guard let text = tensors.metadata[key] else {
      throw InputError(.malformed, key, "it is missing from the metadata")
    }
    do {
      return try JSON.parse(text)
    } catch let error as InputError {
      throw InputError(error.kind, key, error.reason)
    }
  }

  func parameters(_ name: String, _ operation: Operation) throws -> Int8Parameters {
    switch operation {
    case .convolution(let convolution):
      var numbers = Int8Convolution(
        weights: try weights(ModelTensorName.weight(name)),
        bias: try elements(ModelTensorName.bias(name), .i32, as: Int32.self),
        weightScales: try elements(ModelTensorName.weightScale(name), .f32, as: Float.self))
      if convolution.activation.isLeaky {
        numbers.negativeSlopes = try elements(ModelTensorName.slope(name), .f32, as: Float.self)
      }
      if let form = ActivationTable.Form.form(of: convolution.activation) {
        numbers.activation = Int8Activation(
          shifts: try elements(ModelTensorName.shift(name), .u8, as: UInt8.self),
          gains: try elements(ModelTensorName.gain(name), .i16, as: Int16.self),
          table: try table(ModelTensorName.table(name), form: form))
      }
      return .convolution(numbers)
    case .dense(let dense):
      return .dense(
        Int8Dense(
          weights: try weights(ModelTensorName.weight(name)),
          weightScales: try elements(ModelTensorName.weightScale(name), .f32, as: Float.self),
          bias: try elements(ModelTensorName.bias(name), .f32, as: Float.self),
          negativeSlopes: dense.activation == .prelu
            ? try elements(ModelTensorName.slope(name), .f32, as: Float.self) : nil))
    case .batchNormalization:
      return .affine(
        Int8Affine(
          factor: try elements(ModelTensorName.factor(name), .f32, as: Float.self),
          offset: try elements(ModelTensorName.offset(name), .f32, as: Float.self)))
    case .activation(.prelu), .add(.prelu):
      return .slopes(try elements(ModelTensorName.slope(name), .f32, as: Float.self))
    default: return .none
    }
  }

  private func table(_ name: String, form: ActivationTable.Form) throws -> ActivationTable {
    let numbers = try elements(name, .i16, as: Int16.self)
    guard numbers.count == 48 else {
      throw InputError(.malformed, name, "it has \(numbers.count) elements, not 48")
    }
    return ActivationTable(
      form: form, a0: Array(numbers[0..<16]), a1: Array(numbers[16..<32]), a2: Array(numbers[32..<48]))
  }

  func quantization(of name: String) throws -> ChannelQuantization {
    let scales = try elements(ModelTensorName.scale(name), .f32, as: Float.self)
    let zeroPoints = try elements(ModelTensorName.zeroPoint(name), .i8, as: Int8.self)
    guard scales.count == zeroPoints.count else {
      throw InputError(.malformed, name, "\(scales.count) scales and \(zeroPoints.count) zero points")
    }
    return ChannelQuantization(scales: scales, zeroPoints: zeroPoints)
  }

  private func elements<Element: BitwiseCopyable>(
    _ name: String, _ type: SafetensorsFile.ElementType, as element: Element.Type
  ) throws -> [Element] {
    tensors.elements(of: try entry(name, type), as: element)
  }

  /// They stay where they are in the file.
  private func weights(_ name: String) throws -> Int8Weights { tensors.weights(of: try entry(name, .i8)) }

  private func entry(_ name: String, _ type: SafetensorsFile.ElementType) throws -> SafetensorsFile.Entry {
    guard let entry = tensors[name] else { throw InputError(.malformed, name, "the tensor is missing") }
    guard entry.type == type else {
      throw InputError(.malformed, name, "the tensor is of type \(entry.type.rawValue), not \(type.rawValue)")
    }
    readNames.insert(name)
    return entry
  }

  func checkAllWereRead() throws {
    if let entry = tensors.entries.first(where: { !readNames.contains($0.name) }) {
      throw InputError(.malformed, entry.name, "the tensor belongs to no layer")
    }
  }
}

extension UInt32 {
  /// Eight hexadecimal digits.
  fileprivate var hexadecimal: String {
    let digits = String(self, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
