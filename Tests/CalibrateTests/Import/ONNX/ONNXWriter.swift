/// Writes protobuf messages field by field, also ones that no program should write.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ number: Int, _ value: UInt64) {
    key(number, 0)
    raw(value)
  }

  mutating func varint(_ number: Int, _ value: Int) { varint(number, UInt64(bitPattern: Int64(value))) }

  mutating func fixed32(_ number: Int, _ value: Float) {
    key(number, 5)
    bytes += withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init)
  }

  mutating func message(_ number: Int, _ content: [UInt8], length: UInt64? = nil) {
    key(number, 2)
    raw(length ?? UInt64(content.count))
    bytes += content
  }

  mutating func text(_ number: Int, _ text: String) { message(number, Array(text.utf8)) }

  mutating func key(_ number: Int, _ wireType: UInt64) { raw(UInt64(number) << 3 | wireType) }

  mutating func append(_ content: [UInt8]) { bytes += content }

  private mutating func raw(_ value: UInt64) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }
}

/// A protobuf message that `build` writes.
func protobuf(_ build: (inout ProtobufWriter) -> Void) -> [UInt8] {
  var writer = ProtobufWriter()
  build(&writer)
  return writer.bytes
}

/// The messages of an ONNX file.
enum ONNXBytes {
  static func tensor(
    _ name: String, _ shape: [Int], type: Int = 1, raw: [UInt8]? = nil, floats: [Float] = [],
    external: [(String, String)]? = nil
  ) -> [UInt8] {
    protobuf { writer in
      for side in shape { writer.varint(1, side) }
      writer.varint(2, type)
      for value in floats { writer.fixed32(4, value) }
      writer.text(8, name)
      if let raw { writer.message(9, raw) }
      for (key, value) in external ?? [] {
        writer.message(
          13,
          protobuf {
            $0.text(1, key)
            $0.text(2, value)
          })
      }
      if external != nil { writer.varint(14, 1) }
    }
  }

  static func floats(_ name: String, _ shape: [Int], _ value: Float = 0.5) -> [UInt8] {
    let count = shape.reduce(1, *)
    return tensor(name, shape, floats: [Float](repeating: value, count: count))
  }

  static func integers(_ name: String, _ values: [Int]) -> [UInt8] {
    tensor(name, [values.count], type: 7, raw: values.flatMap { little(Int64($0)) })
  }

  static func attribute(_ name: String, integers: [Int]) -> [UInt8] {
    protobuf { writer in
      writer.text(1, name)
      for value in integers { writer.varint(8, value) }
      writer.varint(20, 7)
    }
  }

  static func attribute(_ name: String, integer: Int) -> [UInt8] {
    protobuf {
      $0.text(1, name)
      $0.varint(3, integer)
      $0.varint(20, 2)
    }
  }

  static func attribute(_ name: String, float: Float) -> [UInt8] {
    protobuf {
      $0.text(1, name)
      $0.fixed32(2, float)
      $0.varint(20, 1)
    }
  }

  static func attribute(_ name: String, text: String) -> [UInt8] {
    protobuf {
      $0.text(1, name)
      $0.text(4, text)
      $0.varint(20, 3)
    }
  }

  static func attribute(_ name: String, graph: [UInt8]) -> [UInt8] {
    protobuf {
      $0.text(1, name)
      $0.message(6, graph)
      $0.varint(20, 5)
    }
  }

  static func node(
    _ type: String, _ inputs: [String], _ outputs: [String], name: String = "", domain: String = "",
    _ attributes: [[UInt8]] = []
  ) -> [UInt8] {
    protobuf { writer in
      for input in inputs { writer.text(1, input) }
      for output in outputs { writer.text(2, output) }
      writer.text(3, name)
      writer.text(4, type)
      for attribute in attributes { writer.message(5, attribute) }
      if !domain.isEmpty { writer.text(7, domain) }
    }
  }

  /// A negative side is a dynamic one.
  static func value(_ name: String, _ shape: [Int], type: Int = 1) -> [UInt8] {
    let dimensions = protobuf { writer in
      for side in shape {
        writer.message(1, protobuf { if side < 0 { $0.text(2, "n") } else { $0.varint(1, side) } })
      }
    }
    let tensor = protobuf {
      $0.varint(1, type)
      $0.message(2, dimensions)
    }
    return protobuf {
      $0.text(1, name)
      $0.message(2, protobuf { $0.message(1, tensor) })
    }
  }

  static func graph(
    _ nodes: [[UInt8]], _ tensors: [[UInt8]] = [], inputs: [[UInt8]]? = nil, outputs: [String] = ["y"]
  ) -> [UInt8] {
    protobuf { writer in
      for node in nodes { writer.message(1, node) }
      writer.text(2, "graph")
      for tensor in tensors { writer.message(5, tensor) }
      for input in inputs ?? [value("x", [1, 3, 8, 8])] { writer.message(11, input) }
      for output in outputs { writer.message(12, value(output, [1, -1])) }
    }
  }

  static func model(_ graph: [UInt8], opset: Int = 13) -> [UInt8] {
    protobuf { writer in
      writer.varint(1, 8)
      writer.text(2, "test")
      writer.message(7, graph)
      writer.message(8, protobuf { $0.varint(2, opset) })
    }
  }

  static func model(
    _ nodes: [[UInt8]], _ tensors: [[UInt8]] = [], inputs: [[UInt8]]? = nil, outputs: [String] = ["y"],
    opset: Int = 13
  ) -> [UInt8] {
    model(graph(nodes, tensors, inputs: inputs, outputs: outputs), opset: opset)
  }
}
