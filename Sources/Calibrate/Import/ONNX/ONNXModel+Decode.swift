import Quant

extension ONNXModel {
  /// - Throws: `InputError` (truncated, malformed, unsupported, tooLarge) naming the node or tensor where it is known.
  package init(_ file: ByteView) throws {
    var hasGraph = false
    var reader = ProtobufReader(file)
    while let field = try reader.next() {
      switch field.number {
      case 1: irVersion = try field.integer()
      case 2: producer = try field.text()
      case 3: producerVersion = try field.text()
      case 7:
        guard !hasGraph else { throw InputError(.malformed, "", "the file holds two graphs") }
        hasGraph = true
        graph = try ONNXGraph(field.bytes())
      case 8: try readOpset(field.bytes())
      default: break
      }
    }
    guard hasGraph else { throw InputError(.malformed, "", "the ONNX file holds no graph") }
  }

  private mutating func readOpset(_ message: ByteView) throws {
    var (domain, version) = ("", Int64(0))
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      if field.number == 1 { domain = try field.text() }
      if field.number == 2 { version = try field.integer() }
    }
    if ONNXNode.isDefault(domain: domain) { opset = version }
  }
}

extension ONNXGraph {
  init(_ message: ByteView) throws {
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: nodes.append(try ONNXNode(field.bytes()))
      case 5: tensors.append(try ONNXTensor(field.bytes()))
      case 11: inputs.append(try ONNXValueInfo(field.bytes()))
      case 12: outputs.append(try ONNXValueInfo(field.bytes()))
      case 14:
        throw InputError(
          .unsupported, "", "the graph is already quantized", remedy: "give the float model")
      case 15: throw InputError(.unsupported, "", "the graph holds sparse tensors")
      default: break
      }
      try checkCounts()
    }
  }

  private func checkCounts() throws {
    let counts = [
      ("nodes", nodes.count, ONNXLimits.nodes), ("tensors", tensors.count, ONNXLimits.tensors),
      ("inputs", inputs.count, ONNXLimits.tensors), ("outputs", outputs.count, ONNXLimits.values),
    ]
    for (what, count, limit) in counts where count > limit {
      throw InputError(.tooLarge, "", "the graph has more than \(limit) \(what)")
    }
  }
}

extension ONNXNode {
  static func isDefault(domain: String) -> Bool { domain.isEmpty || domain == "ai.onnx" }

  init(_ message: ByteView) throws {
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: inputs.append(try field.text())
      case 2: outputs.append(try field.text())
      case 3: name = try field.text()
      case 4: type = try field.text()
      case 5: attributes.append(try ONNXAttribute(field.bytes()))
      case 7: domain = try field.text()
      default: break
      }
      guard inputs.count <= ONNXLimits.values, outputs.count <= ONNXLimits.values,
        attributes.count <= ONNXLimits.attributes
      else { throw InputError(.tooLarge, name.short, "the node has too many inputs or attributes") }
    }
  }
}

extension ONNXAttribute {
  init(_ message: ByteView) throws {
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: name = try field.text()
      case 2: float = try field.float()
      case 3: integer = try field.integer()
      // Text of an operation that is never computed may be long.
      case 4: text = try? field.text()
      case 5: tensor = try ONNXTensor(field.bytes())
      case 6, 11: hasSubgraph = true
      case 7: try field.floats(into: &floats, limit: ONNXLimits.numbers)
      case 8: try field.integers(into: &integers, limit: ONNXLimits.numbers)
      default: break
      }
    }
  }
}

extension ONNXValueInfo {
  init(_ message: ByteView) throws {
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      if field.number == 1 { name = try field.text() }
      if field.number == 2 { try readType(field.bytes()) }
    }
  }

  /// TypeProto, of which only a tensor's is read.
  private mutating func readType(_ message: ByteView) throws {
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      var tensor = ProtobufReader(try field.bytes())
      while let field = try tensor.next() {
        if field.number == 1 { type = ONNXElement(rawValue: Int(clamping: try field.integer())) }
        if field.number == 2 { shape = try Self.shape(field.bytes()) }
      }
    }
  }

  private static func shape(_ message: ByteView) throws -> [Side] {
    var sides: [Side] = []
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      guard sides.count < TensorLimits.rank else {
        throw InputError(.tooLarge, "", "a value of more than \(TensorLimits.rank) dimensions")
      }
      sides.append(try side(field.bytes()))
    }
    return sides
  }

  /// Zero and negative sides are how some programs write dynamic ones.
  private static func side(_ message: ByteView) throws -> Side {
    var result = Side.dynamic
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      guard field.number == 1 else { continue }
      let side = Int(clamping: try field.integer())
      guard side <= TensorLimits.side else { throw InputError(.tooLarge, "", "a side of \(side)") }
      result = side > 0 ? .fixed(side) : .dynamic
    }
    return result
  }
}
