import Quant

/// A tensor of an ONNX file: its type and shape, and where its numbers are.
package struct ONNXTensor: Sendable {
  package enum Payload: Sendable {
    case none
    /// Little-endian, in row-major order.
    case raw(ByteView)
    /// The typed list of the message; its fields, packed or not, in order.
    case typed(field: Int, [ProtobufField])
    case external([(key: String, value: String)])
  }

  package let name: String
  package let type: ONNXElement
  package let shape: [Int]
  package let elementCount: Int
  package let payload: Payload

  /// At least as many of its numbers stand in the file itself.
  var storedCount: Int {
    switch payload {
    case .none, .external: 0
    case .raw(let bytes): min(elementCount, bytes.count)
    case .typed(_, let fields):
      min(elementCount, fields.reduce(0) { $0 + (((try? $1.bytes())?.count) ?? 1) })
    }
  }
}

/// The types of numbers that ONNX knows, by their number in the format.
package enum ONNXElement: Int, Sendable {
  case float = 1
  case uint8, int8, uint16, int16, int32, int64, string, bool, float16, double, uint32, uint64
  case complex64, complex128, bfloat16
  case float8E4M3FN, float8E4M3FNUZ, float8E5M2, float8E5M2FNUZ, uint4, int4, float4E2M1

  /// nil for what no weights or shapes of an image network are.
  package var elementType: ElementType? {
    switch self {
    case .float: .f32
    case .double: .f64
    case .float16: .f16
    case .bfloat16: .bf16
    case .int64: .i64
    case .int32: .i32
    case .int8: .i8
    case .uint8: .u8
    case .bool: .bool
    default: nil
    }
  }

  package var isFloatingPoint: Bool { elementType?.isFloatingPoint ?? false }
}

extension ONNXTensor {
  /// Field numbers of TensorProto.
  private enum Field {
    static let floats = 4
    static let int32s = 5
    static let int64s = 7
    static let raw = 9
    static let doubles = 10
  }

  /// - Throws: `InputError` naming the tensor: an undefined type, negative sides, more than the limits, data in two places.
  init(_ message: ByteView) throws {
    var (name, shape, type) = ("", [Int64](), Int64(0))
    var raw: ByteView?
    var typed: [ProtobufField] = []
    var (external, isExternal) = ([(key: String, value: String)](), false)
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      switch field.number {
      case 1: try field.integers(into: &shape, limit: 256)
      case 2: type = try field.integer()
      case 3: throw InputError(.unsupported, name.short, "a tensor in segments")
      case Field.floats, Field.int32s, Field.int64s, Field.doubles, 6, 11: typed.append(field)
      case 8: name = try field.text()
      case Field.raw:
        guard raw == nil else { throw InputError(.malformed, name.short, "it has its data twice") }
        raw = try field.bytes()
      case 13: external.append(try Self.entry(field.bytes()))
      case 14: isExternal = try field.integer() == 1
      default: break
      }
      guard external.count <= 16 else { throw InputError(.malformed, name.short, "too many keys") }
    }
    guard let element = ONNXElement(rawValue: Int(clamping: type)) else {
      throw InputError(.malformed, name.short, "a tensor of the undefined type \(type)")
    }
    guard let count = ONNXLimits.elementCount(of: shape.map { Int($0) }) else {
      throw InputError(.tooLarge, name.short, "a tensor of the shape \(shape.prefix(9))")
    }
    self.name = name
    self.type = element
    self.shape = shape.map { Int($0) }
    elementCount = count
    payload = try Self.payload(name, raw, typed, isExternal ? external : nil)
  }

  /// Data must stand in one place.
  private static func payload(
    _ name: String, _ raw: ByteView?, _ typed: [ProtobufField], _ external: [(key: String, value: String)]?
  ) throws -> Payload {
    let places = (raw == nil ? 0 : 1) + (typed.isEmpty ? 0 : 1) + (external == nil ? 0 : 1)
    guard places <= 1, typed.allSatisfy({ $0.number == typed[0].number }) else {
      throw InputError(.malformed, name.short, "the tensor has data in more than one place")
    }
    if let external { return .external(external) }
    if let raw { return .raw(raw) }
    return typed.isEmpty ? .none : .typed(field: typed[0].number, typed)
  }

  private static func entry(_ message: ByteView) throws -> (key: String, value: String) {
    var (key, value) = ("", "")
    var reader = ProtobufReader(message)
    while let field = try reader.next() {
      if field.number == 1 { key = try field.text() }
      if field.number == 2 { value = try field.text() }
    }
    return (key, value)
  }

  // MARK: - Elements

  /// The numbers, those in other files read by `external`.
  ///
  /// - Throws: `InputError` naming the tensor when they are fewer or more than the shape, or of a type that is not read.
  func constant(_ external: ONNXExternalData) throws -> ONNXConstant {
    do {
      guard let type = type.elementType else {
        throw InputError(.unsupported, "", "numbers of the type \(type) are not read")
      }
      let values = try values(type, external)
      guard values.count == elementCount else {
        throw InputError(.malformed, "", "\(values.count) numbers for a tensor of the shape \(shape)")
      }
      return ONNXConstant(shape: shape, values: values)
    } catch let error as InputError {
      throw error.inTensor(name)
    }
  }

  private func values(_ type: ElementType, _ external: ONNXExternalData) throws -> ONNXConstant.Values {
    switch payload {
    case .none: return type.isFloatingPoint ? .floats([]) : .integers([])
    case .raw(let bytes): return try values(type, bytes)
    case .external(let entries):
      return try values(type, external.bytes(entries, byteCount: elementCount * type.byteCount))
    case .typed(let number, let fields): return try values(type, number, fields)
    }
  }

  private func values(_ type: ElementType, _ bytes: ByteView) throws -> ONNXConstant.Values {
    let (count, overflow) = elementCount.multipliedReportingOverflow(by: type.byteCount)
    guard !overflow, bytes.count == count else {
      throw InputError(.malformed, "", "\(bytes.count) bytes for a tensor of the shape \(shape)")
    }
    if let floats = bytes.withUnsafeBytes({ type.floats($0, count: elementCount) }) {
      return .floats(floats)
    }
    return .integers((0..<elementCount).map { bytes.wholeNumber(type, at: $0) })
  }

  private func values(_ type: ElementType, _ number: Int, _ fields: [ProtobufField]) throws
    -> ONNXConstant.Values
  {
    var (floats, integers) = ([Float](), [Int64]())
    for field in fields {
      switch (number, type) {
      case (Field.floats, .f32): try field.floats(into: &floats, limit: elementCount)
      case (Field.doubles, .f64): try field.doubles(into: &floats, limit: elementCount)
      case (Field.int64s, .i64), (Field.int32s, .i32), (Field.int32s, .i8), (Field.int32s, .u8),
        (Field.int32s, .bool), (Field.int32s, .f16), (Field.int32s, .bf16):
        try field.integers(into: &integers, limit: elementCount * 10)
      default: throw InputError(.malformed, "", "numbers of the type \(self.type) in the field \(number)")
      }
    }
    switch type {
    case .f16: return .floats(integers.map { Float(half: UInt16(truncatingIfNeeded: $0)) })
    case .bf16: return .floats(integers.map { Float(brain: UInt16(truncatingIfNeeded: $0)) })
    case .f32, .f64: return .floats(floats)
    default: return .integers(integers)
    }
  }
}

extension ByteView {
  /// The whole number `index` of a list of `type`; 0 outside.
  fileprivate func wholeNumber(_ type: ElementType, at index: Int) -> Int64 {
    switch type {
    case .i64: integer(Int64.self, at: index * 8) ?? 0
    case .i32: Int64(integer(Int32.self, at: index * 4) ?? 0)
    case .i8: Int64(integer(Int8.self, at: index) ?? 0)
    default: Int64(byte(at: index) ?? 0)
    }
  }
}

extension InputError {
  /// The same error about the tensor `name`.
  func inTensor(_ name: String) -> InputError {
    InputError(kind, name.short, subject.isEmpty ? reason : "\(subject): \(reason)", remedy: remedy)
  }
}

extension String {
  /// Names come from hostile files and may be long.
  var short: String {
    guard utf8.count > 96 else { return self }
    return String(prefix(64).unicodeScalars.prefix(64)) + "…"
  }
}
